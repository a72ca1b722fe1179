# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way packets go from a host to each of its peers: over a tunnel, straight to the peer, or where BGP says."""

from __future__ import annotations

from typing import Dict, Iterator, List, Mapping, NamedTuple, Tuple

from .model import Host, Overlay, Plan, family

#: The layer that carries a cluster from one tunnel to another of the same kind, and the name of its device.
DETOUR, DETOUR_LINK = "detour", "podnet-detour"

#: Each way is a layer as well, a document of that name, and this is what its routes bear. No two alike, so that the
#: routes of all ways can lie side by side. BGP's is what FRR gives to all its routes (``ROUTE_INSTALLATION_METRIC``).
METRICS: Mapping[str, int] = {"direct": 12, "vxlan": 14, "geneve": 16, DETOUR: 18, "bgp": 20}

#: Added to the metric of a route that is there to lose. In the top byte, for that is what FRR takes for the
#: administrative distance of a route that is not its own: with 254 its own win (20 and 200), with 0 it would not even
#: lay them.
BESIDE = 254 << 24


class Route(NamedTuple):
    """One pod subnet of a peer, and what it takes to get there: the peer's gateway and node IP of either family.

    ``node_ip`` is of the subnet's own family where the way is direct, and of the underlay's where it is a tunnel.
    """

    peer: str
    host: Host
    subnet: str
    gateway: str
    node_ip: str
    metric: int


def layers(plan: Plan) -> Tuple[str, ...]:
    """The ways that the hosts of a plan have, in the order in which they are laid."""
    mode, overlay = plan.cluster.mode, plan.cluster.overlay
    if overlay is None:
        return (mode,)
    return (tunnel(overlay), "direct") if mode == "hybrid" else (tunnel(overlay),)


def tunnel(overlay: Overlay) -> str:
    """The way that a device is."""
    return DETOUR if overlay.name == DETOUR_LINK else overlay.kind


def way(plan: Plan, host: Host, peer: Host, version: int) -> str:
    """The way from one to the other for packets of an address family, 4 or 6."""
    mode, overlay = plan.cluster.mode, plan.cluster.overlay
    if overlay is None:
        return mode
    return "direct" if mode == "hybrid" and are_near(host, peer, version) else tunnel(overlay)


def are_near(host: Host, peer: Host, version: int) -> bool:
    """Whether both have a node IP of that family on one and the same subnet."""
    ours, theirs = segment(host, version), segment(peer, version)
    return ours != "" and ours == theirs


def segment(host: Host, version: int) -> str:
    """The subnet of the host's node IP of that family, '' where it has none or nothing is known of it."""
    return next((found for address, found in zip(host.node_ip, host.segment) if family(address) == version), "")


def routes(plan: Plan, name: str, layer: str) -> Iterator[Route]:
    """What a host's layer leads to: every pod subnet whose way it is."""
    host = plan.hosts[name]
    metric = METRICS[layer]
    for peer, other in plan.peers(name):
        for gateway, subnet in zip(other.gateway, other.pod_subnet):
            version = family(subnet)
            if way(plan, host, other, version) == layer:
                yield Route(peer, other, subnet, gateway, _end(plan, other, layer, version), metric)


def _end(plan: Plan, peer: Host, layer: str, version: int) -> str:
    """The address of the peer's that packets are sent to."""
    wanted = version if layer == "direct" else plan.cluster.underlay_family
    return by_family(peer)[wanted]


def by_family(host: Host) -> Dict[int, str]:
    """The node IPs of a host."""
    return {family(address): address for address in host.node_ip}


def near_peers(plan: Plan, name: str) -> List[int]:
    """How many other hosts are on the host's own subnet, for each of its node IPs: their neighbors are resolved."""
    host = plan.hosts[name]
    return [sum(1 for _name, peer in plan.peers(name) if subnet and subnet in peer.segment) for subnet in host.segment]
