"""Kubernetes' objects for the tests of the actions on policy, as the API lists them."""

from __future__ import annotations

from typing import Any


def pod(name: str, address: str, node: str = "node-1", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"nodeName": node, **spec},
        "status": {"phase": "Running", "podIPs": [{"ip": address}]},
    }


def policy(name: str = "allow-only-client", selected: str = "server", **spec: Any) -> dict[str, Any]:
    """By default the guide's."""
    client = {"podSelector": {"matchLabels": {"app": "client"}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "podSelector": {"matchLabels": {"app": selected}},
            **(spec or {"ingress": [{"from": [client], "ports": [{"protocol": "TCP", "port": 80}]}]}),
        },
    }


SERVER = pod("server", "10.244.0.2")
CLIENT = pod("client", "10.244.1.2", "node-2")
OTHER = pod("other", "10.244.1.3", "node-2")
OBJECTS = [SERVER, CLIENT, OTHER, policy()]
