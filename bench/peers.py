"""The peers of a host on an overlay, as a document for the engine and as batches for `ip` and `bridge`."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from bench.sandbox import run

DEVICE = "vx0"
SOURCE = "10.0.0.1"
"""The host's own gateway address: what it sends to pods of others bears it."""

_PODS = int(ipaddress.ip_address("10.0.0.0"))
_NODES = int(ipaddress.ip_address("198.18.0.0"))
_SUBNET = 64
"""Addresses a peer: 100,000 subnets of this size fit into 10.0.0.0/8, and as many nodes into 198.18.0.0/15."""


class Peer(NamedTuple):
    """What a host knows of one other: where its pods are, and its tunnel's MAC and node IP."""

    subnet: str
    gateway: str
    mac: str
    node: str


class Peers:
    """`count` different peers, with a route, a neighbor and an FDB entry each.

    The kernel compares a new route's gateway with that of every other route of the same device and metric
    (`fib_find_info`), so that so many routes cost it the square of their number, whoever adds them. With `metrics`
    each route has a metric of its own, and what grows is the work around the kernel.
    """

    def __init__(self, count: int, metrics: bool = False) -> None:
        self.count = count
        self._metrics = metrics

    def __iter__(self) -> Iterator[Peer]:
        for number in range(1, self.count + 1):
            base = _PODS + number * _SUBNET
            yield Peer(
                subnet=f"{ipaddress.ip_address(base)}/26",
                gateway=str(ipaddress.ip_address(base + 1)),
                mac=f"02:00:5e:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
                node=str(ipaddress.ip_address(_NODES + number)),
            )

    def document(self) -> dict[str, Any]:
        """For the engine."""
        return {
            "version": 1,
            "neighbors": [{"dev": DEVICE, "dst": peer.gateway, "lladdr": peer.mac} for peer in self],
            "fdb": [{"dev": DEVICE, "lladdr": peer.mac, "dst": peer.node} for peer in self],
            "routes": self.routes(),
        }

    def routes(self) -> list[dict[str, Any]]:
        """The document's routes."""
        routes = [
            {"dst": peer.subnet, "gateway": peer.gateway, "dev": DEVICE, "src": SOURCE, "onlink": True} for peer in self
        ]
        return [{**route, "metric": metric} for metric, route in enumerate(routes, 1)] if self._metrics else routes

    def neighbor_commands(self) -> list[str]:
        """What to tell `ip` for the same neighbors."""
        return [f"neighbor replace {peer.gateway} lladdr {peer.mac} dev {DEVICE} nud permanent" for peer in self]

    def route_commands(self) -> list[str]:
        """What to tell `ip` for the same routes; 244 is the protocol that the engine gives to routes of documents."""
        commands = [
            f"route replace {peer.subnet} via {peer.gateway} dev {DEVICE} src {SOURCE} proto 244 onlink"
            for peer in self
        ]
        return [f"{each} metric {metric}" for metric, each in enumerate(commands, 1)] if self._metrics else commands

    def fdb_commands(self) -> list[str]:
        """What to tell `bridge` for the same FDB entries."""
        return [f"fdb replace {peer.mac} dev {DEVICE} dst {peer.node} self permanent" for peer in self]


def make_devices() -> None:
    """A bridge with the gateway address and a VXLAN, anew: with the old ones all of their entries go."""
    if "cni0" in run("ip", "-brief", "link"):
        run("ip", "link", "delete", DEVICE)
        run("ip", "link", "delete", "cni0")
    run("ip", "link", "add", "cni0", "address", "02:00:5e:ff:00:01", "up", "type", "bridge")
    run("ip", "address", "add", f"{SOURCE}/26", "dev", "cni0")
    vxlan = ("type", "vxlan", "id", "244", "local", "198.18.0.0", "dstport", "4789", "nolearning")
    run("ip", "link", "add", DEVICE, "address", "02:00:5e:ff:00:02", "up", *vxlan)


def read() -> list[Any]:
    """Routes, neighbors and FDB, as `ip` and `bridge` tell a program of them."""
    tables = (("ip", "-json", "route"), ("ip", "-json", "neighbor"), ("bridge", "-json", "fdb"))
    return [json.loads(run(*command)) for command in tables]
