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

    number: int
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
                number=number,
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
            "routes": [self._route(peer) for peer in self],
        }

    def _route(self, peer: Peer) -> dict[str, Any]:
        route = {"dst": peer.subnet, "gateway": peer.gateway, "dev": DEVICE, "src": SOURCE, "onlink": True}
        return {**route, "metric": peer.number} if self._metrics else route

    def ip_batch(self) -> str:
        """Neighbors and routes for `ip -batch`; 244 is the protocol that the engine gives to routes."""
        lines = []
        for peer in self:
            metric = f" metric {peer.number}" if self._metrics else ""
            via = f"via {peer.gateway} dev {DEVICE} src {SOURCE} proto 244{metric} onlink"
            lines.append(f"neighbor replace {peer.gateway} lladdr {peer.mac} dev {DEVICE} nud permanent\n")
            lines.append(f"route replace {peer.subnet} {via}\n")
        return "".join(lines)

    def bridge_batch(self) -> str:
        """FDB entries for `bridge -batch`."""
        return "".join(f"fdb replace {peer.mac} dev {DEVICE} dst {peer.node} self permanent\n" for peer in self)


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
