"""Where the hosts stand: which networks there are, who is on which, and at which address. Pure.

Addresses are of the ranges for documentation (RFC 5737, RFC 3849).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

FIRST = {"router": 2, "node": 11}
"""The last part of the addresses of the first host of a kind, within its network; 1 is the machine's."""
NODES_OF_A_RACK = 2
"""Of each but the last, which has all that are left."""


@dataclass(frozen=True)
class Network:
    """One underlay network, a podman network of that name: a switch, with a prefix of each address family."""

    name: str
    subnet: str
    subnet_ipv6: str

    def address(self, part: int) -> str:
        """The IPv4 address that many places after the network's first one."""
        return str(ipaddress.ip_network(self.subnet)[part])

    def address_ipv6(self, part: int) -> str:
        """The IPv6 address with these digits at its end."""
        return f"{self.subnet_ipv6.removesuffix('/64')}{part}"

    def mac(self, part: int) -> str:
        """The MAC there: fixed, as a network card's, so that no reboot leaves others with a wrong neighbor entry."""
        return "02:00:" + ipaddress.IPv4Address(self.address(part)).packed.hex(":")


@dataclass(frozen=True)
class Host:
    """One host of the lab, a `node` or a `router`; `routes` are lines for `ip -batch`."""

    kind: str
    number: int
    networks: tuple[Network, ...]
    routes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.number}"

    @property
    def part(self) -> int:
        """The last part of its addresses."""
        return FIRST[self.kind] + self.number - 1

    @property
    def address(self) -> str:
        return self.networks[0].address(self.part)

    @property
    def address_ipv6(self) -> str:
        return self.networks[0].address_ipv6(self.part)

    @property
    def forwards(self) -> bool:
        """Whether it forwards packets from the first moment on. A node that was just installed does not."""
        return self.kind == "router"


@dataclass(frozen=True)
class Topology:
    """Networks with nodes on them, and routers that stand on all of these and forward between them."""

    networks: tuple[Network, ...]
    routers: int = 0

    def hosts(self, nodes: int) -> list[Host]:
        """The routers, and node-1 to node-`nodes`."""
        routers = [Host("router", number, self.networks) for number in range(1, self.routers + 1)]
        return [*routers, *(self.node(number, routers) for number in range(1, nodes + 1))]

    def node(self, number: int, routers: list[Host]) -> Host:
        """A node on its network, with routes to the other networks over all routers."""
        own = self.networks[min((number - 1) // NODES_OF_A_RACK, len(self.networks) - 1)]
        others = [network for network in self.networks if network != own]
        by_family = (
            *((network.subnet, [own.address(router.part) for router in routers]) for network in others),
            *((network.subnet_ipv6, [own.address_ipv6(router.part) for router in routers]) for network in others),
        )
        return Host("node", number, (own,), tuple(route(subnet, gateways) for subnet, gateways in by_family))


def route(subnet: str, gateways: list[str]) -> str:
    """The line for `ip -batch` that makes a route over all `gateways` alike."""
    return " ".join([f"route add {subnet}", *(f"nexthop via {gateway}" for gateway in gateways)])


TOPOLOGIES: dict[str, Topology] = {
    # All nodes on one network, as on one switch.
    "flat": Topology((Network("podnet-lab", "198.51.100.0/24", "2001:db8:100::/64"),)),
    # Two racks, each a network of its own: node-1 and node-2 on the first, node-3 on the second.
    "racks": Topology(
        (
            Network("podnet-lab-a", "198.51.100.0/25", "2001:db8:100::/64"),
            Network("podnet-lab-b", "198.51.100.128/25", "2001:db8:200::/64"),
        ),
        routers=2,
    ),
}
