"""From a Kubernetes Pod to what the Container Runtime Interface asks for. Pure: dicts in, dicts out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

NAMESPACE_MODE = {"pod": 0, "container": 1, "node": 2}
PROTOCOL = {"TCP": 0, "UDP": 1, "SCTP": 2}
PORTS = "podnet.lab/tcp-ports"
"""Annotation of a sandbox: the TCP ports that its containers declare, separated by commas."""

UNDERSTOOD = {
    "the manifest": {"apiVersion", "kind", "metadata", "spec"},
    "metadata": {"name", "namespace", "labels", "annotations"},
    "spec": {"nodeName", "hostname", "hostNetwork", "containers", "restartPolicy"},
    "a container": {"name", "image", "command", "args", "workingDir", "env", "ports"},
}


class ManifestError(Exception):
    """A manifest that is no Pod, or asks for something that podctl would have to leave out."""


def check(manifest: Any) -> None:
    """Refuse what cannot be started exactly as it is written."""
    if not isinstance(manifest, Mapping) or manifest.get("kind") != "Pod" or manifest.get("apiVersion") != "v1":
        raise ManifestError("not a Pod: apiVersion v1 and kind Pod are expected")
    name = manifest.get("metadata", {}).get("name")
    if not name:
        raise ManifestError("a Pod without metadata.name")
    containers = manifest.get("spec", {}).get("containers") or []
    parts = [("the manifest", manifest), ("metadata", manifest["metadata"]), ("spec", manifest["spec"])]
    for what, part in [*parts, *(("a container", container) for container in containers)]:
        unknown = sorted(set(part) - UNDERSTOOD[what])
        if unknown:
            raise ManifestError(f"Pod {name}: podctl does not know {', '.join(unknown)} in {what}")
    if not containers:
        raise ManifestError(f"Pod {name}: spec.containers is empty")
    for container in containers:
        if not container.get("name") or not container.get("image"):
            raise ManifestError(f"Pod {name}: every container needs a name and an image")


def uid(manifest: Mapping[str, Any]) -> str:
    """An identity that changes with the manifest, as the kubelet gives to static pods."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:32]


def labels(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The Pod's labels and those by which the kubelet marks sandboxes and containers."""
    metadata = manifest["metadata"]
    return {
        **metadata.get("labels", {}),
        "io.kubernetes.pod.name": metadata["name"],
        "io.kubernetes.pod.namespace": metadata.get("namespace", "default"),
        "io.kubernetes.pod.uid": uid(manifest),
    }


def ports(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ports that the Pod's containers declare, as in the manifest."""
    return [port for container in manifest["spec"]["containers"] for port in container.get("ports", [])]


def sandbox(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The `PodSandboxConfig` of a Pod: its network namespace, name and labels."""
    metadata = manifest["metadata"]
    name, namespace = metadata["name"], metadata.get("namespace", "default")
    tcp = [str(port["containerPort"]) for port in ports(manifest) if port.get("protocol", "TCP") == "TCP"]
    return {
        "metadata": {"name": name, "namespace": namespace, "uid": uid(manifest)},
        "hostname": manifest["spec"].get("hostname", name),
        "log_directory": f"/var/log/pods/{namespace}_{name}_{uid(manifest)}",
        "port_mappings": [
            {
                "protocol": PROTOCOL[port.get("protocol", "TCP")],
                "container_port": port["containerPort"],
                "host_port": port["hostPort"],
            }
            for port in ports(manifest)
            if "hostPort" in port
        ],
        "labels": labels(manifest),
        "annotations": {**metadata.get("annotations", {}), PORTS: ",".join(tcp)},
        "linux": {
            "cgroup_parent": "kubepods.slice",
            "security_context": {"namespace_options": namespaces(manifest)},
        },
    }


def containers(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The `ContainerConfig` of each of a Pod's containers."""
    return [
        {
            "metadata": {"name": container["name"]},
            "image": {"image": container["image"]},
            "command": container.get("command", []),
            "args": container.get("args", []),
            "working_dir": container.get("workingDir", ""),
            "envs": [{"key": env["name"], "value": env["value"]} for env in container.get("env", [])],
            "labels": {**labels(manifest), "io.kubernetes.container.name": container["name"]},
            "log_path": f"{container['name']}/0.log",
            "linux": {"security_context": {"namespace_options": namespaces(manifest)}},
        }
        for container in manifest["spec"]["containers"]
    ]


def namespaces(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Containers of a Pod share one network; each has its own process ids."""
    network = "node" if manifest["spec"].get("hostNetwork") else "pod"
    return {"network": NAMESPACE_MODE[network], "pid": NAMESPACE_MODE["container"]}
