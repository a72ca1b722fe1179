"""A large cluster as the API tells it: namespaces of teams, deployments in tiers, and their policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

#: In each namespace: deployments, and the tier of each by turns.
APPS, TIERS = 10, ("frontend", "backend", "database")
TEAMS = 10


class Size(NamedTuple):
    """How much there is of everything; pods and policies are spread over all namespaces alike, pods over all nodes."""

    policies: int = 1000
    pods: int = 10_000
    nodes: int = 100
    namespaces: int = 100


def objects(size: Size) -> list[dict[str, Any]]:
    """All objects, decoded as from ``kubectl get namespaces,pods,networkpolicies -A -o json``."""
    return [*_namespaces(size), *(pod(size, number) for number in range(size.pods)), *_policies(size)]


def subnets(node: int) -> tuple[str, str]:
    """A node's pod subnets."""
    return f"10.{128 + node // 256}.{node % 256}.0/24", f"fd00:10:{node:x}::/64"


def _namespaces(size: Size) -> Iterator[dict[str, Any]]:
    for number in range(size.namespaces):
        labels = {"kubernetes.io/metadata.name": _namespace(number), "team": f"team-{number % TEAMS}"}
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _namespace(number), "labels": labels}}


def _namespace(number: int) -> str:
    return f"ns-{number}"


def pod(size: Size, number: int) -> dict[str, Any]:
    """One pod. Those of a namespace follow each other, so that each is on another node; nodes have pods of all apps."""
    place = number // size.nodes
    node = (number + place) % size.nodes
    namespace, member = divmod(number, size.pods // size.namespaces)
    app = member % APPS
    high, low = divmod(node, 256)
    addresses = f"10.{128 + high}.{low}.{place % 250 + 2}", f"fd00:10:{node:x}::{place + 2:x}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"app-{app}-{number}",
            "namespace": _namespace(namespace),
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {
                "app": f"app-{app}",
                "tier": TIERS[app % len(TIERS)],
                "version": f"v{member % 2}",
                "pod-template-hash": f"{namespace * APPS + app:x}",
            },
        },
        "spec": {
            "nodeName": f"node-{node}",
            "containers": [
                {
                    "name": "main",
                    "image": f"app-{app}:v{member % 2}",
                    "ports": [
                        {"name": "http", "containerPort": 8080 + app % 2, "protocol": "TCP"},
                        {"name": "metrics", "containerPort": 9100},
                    ],
                }
            ],
        },
        "status": {"phase": "Running", "podIP": addresses[0], "podIPs": [{"ip": each} for each in addresses]},
    }


def _policies(size: Size) -> Iterator[dict[str, Any]]:
    kinds = [_default_deny, _dns, _same_namespace, _from_ingress, _tiers, _metrics, _team, _outside, _http, _except]
    for number in range(size.policies):
        namespace, turn = number % size.namespaces, number // size.namespaces
        # A namespace with one policy has another kind of it than the next; with one of each kind all have the same.
        turn += (turn + namespace) % len(kinds) - turn % len(kinds)
        name, spec = f"policy-{turn}", kinds[turn % len(kinds)](namespace, turn)
        metadata = {"name": name, "namespace": _namespace(namespace)}
        yield {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _default_deny(_namespace: int, _turn: int) -> dict[str, Any]:
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def _dns(_namespace: int, _turn: int) -> dict[str, Any]:
    peer = {**_in_namespace("ns-0"), "podSelector": _labels(app="app-0")}
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [peer], "ports": ports}]}


def _same_namespace(_namespace: int, turn: int) -> dict[str, Any]:
    return {"podSelector": _labels(app=f"app-{turn % APPS}"), "ingress": [{"from": [{"podSelector": {}}]}]}


def _from_ingress(_namespace: int, _turn: int) -> dict[str, Any]:
    rule = {"from": [_in_namespace("ns-1")], "ports": [{"port": "http"}]}
    return {"podSelector": _labels(tier="frontend"), "ingress": [rule]}


def _tiers(_namespace: int, _turn: int) -> dict[str, Any]:
    ingress = {"from": [{"podSelector": _labels(tier="frontend")}], "ports": [{"port": 8080, "endPort": 8090}]}
    egress = {"to": [{"podSelector": _labels(tier="database")}], "ports": [{"port": 5432}]}
    return {
        "podSelector": _labels(tier="backend"),
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [ingress],
        "egress": [egress],
    }


def _metrics(_namespace: int, _turn: int) -> dict[str, Any]:
    peer = {**_in_namespace("ns-2"), "podSelector": _labels(app="app-1")}
    return {"podSelector": {}, "ingress": [{"from": [peer], "ports": [{"port": "metrics"}]}]}


def _team(namespace: int, turn: int) -> dict[str, Any]:
    team = {"namespaceSelector": _labels(team=f"team-{namespace % TEAMS}")}
    peers = [{**team, "podSelector": _labels(app=f"app-{number % APPS}")} for number in (turn, namespace)]
    return {"podSelector": _labels(tier="database"), "ingress": [{"from": peers, "ports": [{"port": 5432}]}]}


def _outside(namespace: int, _turn: int) -> dict[str, Any]:
    own = f"172.16.{namespace % 256}.0/24"
    blocks = [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "169.254.169.254/32", own]}},
        {"ipBlock": {"cidr": "::/0", "except": ["fd00::/8"]}},
    ]
    rule = {"to": blocks, "ports": [{"port": 443}]}
    return {"podSelector": _labels(tier="frontend"), "policyTypes": ["Egress"], "egress": [rule]}


def _http(_namespace: int, turn: int) -> dict[str, Any]:
    expression = {"key": "version", "operator": "In", "values": ["v0", "v1"]}
    peers = [{"podSelector": {"matchExpressions": [expression]}}, {"ipBlock": {"cidr": "192.0.2.0/24"}}]
    rule = {"to": peers, "ports": [{"port": "http"}, {"port": 8443}]}
    return {"podSelector": _labels(app=f"app-{turn % APPS}"), "policyTypes": ["Egress"], "egress": [rule]}


def _except(namespace: int, _turn: int) -> dict[str, Any]:
    others = {"key": "team", "operator": "NotIn", "values": [f"team-{namespace % TEAMS}"]}
    peer = {"namespaceSelector": {"matchExpressions": [others]}, "podSelector": _labels(tier="frontend")}
    return {"podSelector": _labels(app="app-0"), "ingress": [{"from": [peer], "ports": [{"port": 80}, {"port": 443}]}]}


def _labels(**labels: str) -> dict[str, Any]:
    return {"matchLabels": labels}


def _in_namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
