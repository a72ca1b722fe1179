"""The small cluster that all cases begin with: namespaces x, y and z with pods a, b and c each, on two nodes.

As in Kubernetes' own conformance tests of NetworkPolicy, namespaces have the label ``ns`` and pods the label ``pod``,
and each pod serves ports 80 and 81 of each protocol under names such as ``serve-80-tcp``. Every end has an address of
each family. ``world-1`` and ``world-2`` are hosts outside; a spare address is where a case may put a pod of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .evaluator import Node

FAMILIES = (4, 6)
PORTS = [
    {"name": f"serve-{number}-{protocol.lower()}", "containerPort": number, "protocol": protocol}
    for protocol in ("TCP", "UDP", "SCTP")
    for number in (80, 81)
]

#: A pod's place: the number of its node, and the last part of its address.
PLACES = {
    "x/a": (1, 11), "x/b": (2, 12), "x/c": (1, 13),
    "y/a": (2, 21), "y/b": (1, 22), "y/c": (2, 23),
    "z/a": (1, 31), "z/b": (2, 32), "z/c": (1, 33),
    "spare-1": (1, 41), "spare-2": (2, 42), "spare-3": (1, 43), "spare-4": (2, 44),
}  # fmt: skip
PODS = tuple(name for name in PLACES if "/" in name)

NODES = {
    f"node-{number}": Node(
        addresses=(f"10.99.0.{number}", f"fd99::{number}", f"10.244.{number}.1", f"fd00:244:{number}::1"),
        subnets=(f"10.244.{number}.0/24", f"fd00:244:{number}::/64"),
    )
    for number in (1, 2)
}
#: What a node masquerades as towards its own pods, and towards those of others where NAT hides a source.
GATEWAYS = {f"gateway-{number}": f"node-{number}" for number in (1, 2)}
WORLD = {
    "world-1": ("192.0.2.10", "2001:db8:0:1::10"),
    "world-2": ("198.51.100.10", "2001:db8:0:2::10"),
}


def address(place: str, family: int) -> str:
    """The address of a place, a node or a host of the world."""
    if place in WORLD:
        return WORLD[place][family == 6]
    if place in NODES:
        return NODES[place].addresses[family == 6]
    if place in GATEWAYS:
        return NODES[GATEWAYS[place]].addresses[2 + (family == 6)]
    node, host = PLACES[place]
    return f"10.244.{node}.{host}" if family == 4 else f"fd00:244:{node}::{host}"


def node_of(place: str) -> str:
    """The node that a place is on, or that has it itself; '' for the world."""
    if place in PLACES:
        return f"node-{PLACES[place][0]}"
    return place if place in NODES else GATEWAYS.get(place, "")


def is_pods(place: str) -> bool:
    """Whether a pod can be there."""
    return place in PLACES


def namespace(name: str, labels: Mapping[str, str] | None) -> dict[str, Any]:
    """A Namespace, by default with the label ``ns``."""
    own = {"ns": name} if labels is None else dict(labels)
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": own}}


def pod(name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A Pod ``namespace/name``. ``changes``: ``place``, ``labels``, ``ports``, ``families``, ``spec``, ``status``,
    ``metadata``, each where it is not as with all other pods.
    """
    unknown = changes.keys() - {"place", "labels", "ports", "families", "spec", "status", "metadata"}
    if unknown:
        raise ValueError(f"pod {name}: {sorted(unknown)}")
    in_namespace, _slash, own = name.partition("/")
    place = changes.get("place", name)
    addresses = [address(place, family) for family in changes.get("families", FAMILIES)]
    ports = copy.deepcopy(changes.get("ports", PORTS))
    labels = changes.get("labels", {"pod": own})
    status = {"phase": "Running", "podIP": addresses[0], "podIPs": [{"ip": each} for each in addresses]}
    containers = [{"name": "serve", "image": "serve", "ports": ports}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": own, "namespace": in_namespace, "labels": labels, **changes.get("metadata", {})},
        "spec": {"nodeName": node_of(place), "containers": containers, **changes.get("spec", {})},
        "status": {**status, **changes.get("status", {})},
    }


def policy(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A NetworkPolicy ``namespace/name``."""
    in_namespace, _slash, own = name.partition("/")
    metadata = {"name": own, "namespace": in_namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": dict(spec)}
