"""Apply, list, enter and delete the pods of one host."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Any

from . import manifest as manifests
from .runtime import Runtime

READY = 0
RUNNING = 1


class NoSuchPod(Exception):
    """No pod or container of that name is on this host."""


class Pods:
    """The pods of this host, as its runtime knows them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def apply(self, wanted: Sequence[Mapping[str, Any]]) -> list[str]:
        """Start those of `wanted` that belong here and do not run just as written; give one line for each."""
        for manifest in wanted:
            manifests.check(manifest)
        here = [manifest for manifest in wanted if manifest["spec"].get("nodeName") == socket.gethostname()]
        return [self._apply(manifest) for manifest in here]

    def _apply(self, manifest: Mapping[str, Any]) -> str:
        name = manifest["metadata"]["name"]
        present = [pod for pod in self.all() if pod["name"] == name]
        identity = manifests.uid(manifest)
        if [(pod["uid"], pod["status"]) for pod in present] == [(identity, "Running")]:
            return f"pod/{name} unchanged"
        for pod in present:
            self._remove(pod["id"])
        self._start(manifest)
        return f"pod/{name} configured" if present else f"pod/{name} created"

    def _start(self, manifest: Mapping[str, Any]) -> None:
        sandbox = manifests.sandbox(manifest)
        identity = self._runtime.call("RunPodSandbox", config=sandbox).pod_sandbox_id
        for config in manifests.containers(manifest):
            created = self._runtime.call(
                "CreateContainer", pod_sandbox_id=identity, config=config, sandbox_config=sandbox
            )
            self._runtime.call("StartContainer", container_id=created.container_id)

    def all(self) -> list[dict[str, Any]]:
        """Each pod: name, namespace, status, ready (`1/1`), ips, node, tcp_ports, containers (name to id), uid, id."""
        containers = sorted(self._runtime.call("ListContainers").containers, key=lambda container: container.created_at)
        pods = []
        for sandbox in self._runtime.call("ListPodSandbox").items:
            own = [container for container in containers if container.pod_sandbox_id == sandbox.id]
            running = [container for container in own if container.state == RUNNING]
            ready = sandbox.state == READY
            pods.append(
                {
                    "name": sandbox.metadata.name,
                    "namespace": sandbox.metadata.namespace,
                    "status": "Running" if ready and own and len(running) == len(own) else "NotReady",
                    "ready": f"{len(running)}/{len(own)}",
                    "ips": self._addresses(sandbox.id) if ready else [],
                    "node": socket.gethostname(),
                    "tcp_ports": [int(port) for port in sandbox.annotations[manifests.PORTS].split(",") if port],
                    "containers": {container.metadata.name: container.id for container in own},
                    "uid": sandbox.metadata.uid,
                    "id": sandbox.id,
                }
            )
        return sorted(pods, key=lambda pod: str(pod["name"]))

    def _addresses(self, identity: str) -> list[str]:
        network = self._runtime.call("PodSandboxStatus", pod_sandbox_id=identity).status.network
        return [network.ip, *(other.ip for other in network.additional_ips)] if network.ip else []

    def execute(self, name: str, container: str | None, command: Sequence[str]) -> tuple[int, bytes, bytes]:
        """Run `command` in a pod's (first) container; give its exit status, standard output and standard error."""
        found = [pod for pod in self.all() if pod["name"] == name]
        if not found:
            raise NoSuchPod(f"no pod {name} on {socket.gethostname()}")
        containers = found[0]["containers"]
        if container is not None and container not in containers:
            raise NoSuchPod(f"pod {name} has no container {container}, but {', '.join(containers)}")
        identity = containers[container] if container else next(iter(containers.values()))
        done = self._runtime.call("ExecSync", within=None, container_id=identity, cmd=list(command))
        return done.exit_code, done.stdout, done.stderr

    def delete(self, names: Sequence[str]) -> list[str]:
        """Delete the pods of these names, or all if there are none, and what they held of the network."""
        doomed = [pod for pod in self.all() if not names or pod["name"] in names]
        for pod in doomed:
            self._remove(pod["id"])
        return [f"pod/{pod['name']} deleted" for pod in doomed]

    def _remove(self, identity: str) -> None:
        self._runtime.call("StopPodSandbox", pod_sandbox_id=identity)
        self._runtime.call("RemovePodSandbox", pod_sandbox_id=identity)
