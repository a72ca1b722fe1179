"""Clusters in few words, for cases of the compiler and of verdicts, and tables told by what their sets hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Objects
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Allow, Class, Table

NODE = "node-1"


def cluster(case: Mapping[str, Any]) -> Cluster:
    """The cluster of a case."""
    return Cluster(objects(case))


def objects(case: Mapping[str, Any]) -> Objects:
    """By name, ``namespaces`` have their labels, ``pods`` what ``pod`` takes, and ``policies`` their spec."""
    return read(
        [
            *(_object("v1", "Namespace", name, labels) for name, labels in case.get("namespaces", {}).items()),
            *(pod(title, **said) for title, said in case.get("pods", {}).items()),
            *(
                _object("networking.k8s.io/v1", "NetworkPolicy", title, {}, spec=spec)
                for title, spec in case.get("policies", {}).items()
            ),
        ]
    )


def pod(
    title: str, ips: str, labels: Mapping[str, str] | None = None, ports: str = "", node: str = NODE
) -> dict[str, Any]:
    """An API object. ``ips`` are separated by spaces, and so are ``ports``, each ``name:PROTOCOL/number``."""
    addresses = [{"ip": each} for each in ips.split()]
    spec = {"nodeName": node, "containers": [{"name": "main", "ports": [_port(each) for each in ports.split()]}]}
    return _object("v1", "Pod", title, labels or {}, spec=spec, status={"phase": "Running", "podIPs": addresses})


def told(table: Table) -> dict[str, Any]:
    """``free`` addresses, and the allows of each class by its pods."""
    found: dict[str, Any] = {"free": " ".join(table.free)}
    for direction, classes in (("ingress", table.ingress), ("egress", table.egress)):
        found[direction] = {" ".join(each.pods): _class(each, table) for each in classes}
    return found


def _class(told_of: Class, table: Table) -> list[str] | str:
    return "everything" if told_of.allows is None else [_allow(each, table) for each in told_of.allows]


def _allow(allow: Allow, table: Table) -> str:
    """Such as ``TCP 80 8000-8080 | 10.0.0.2 10.0.0.3 | a/one a/two``."""
    ports = [str(first) if first == last else f"{first}-{last}" for first, last in allow.ports]
    peers = "anybody" if allow.peers is None else " ".join(table.sets[allow.peers].entries)
    return " | ".join([" ".join([allow.protocol or "all", *ports]), peers, " ".join(allow.policies)])


def _object(api: str, kind: str, title: str, labels: Mapping[str, str], **rest: Any) -> dict[str, Any]:
    namespace, _slash, name = title.rpartition("/")
    metadata = {"name": name, "labels": dict(labels), **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def _port(text: str) -> dict[str, Any]:
    name, protocol, number = text.replace("/", ":").split(":")
    return {"name": name, "protocol": protocol, "containerPort": int(number)}
