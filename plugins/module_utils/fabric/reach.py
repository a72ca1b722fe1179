# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the nodes can reach each other as the mode has it: without a tunnel only those on one subnet."""

from __future__ import annotations

from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from .inputs import ClusterInputs, HostInputs
from .problems import Problem, show, some
from .segments import Segments, segments
from .values import Address, Network

#: What reaches no peer through a router, and what does.
_WAY_OUT = {
    "direct": "use fabric_mode hybrid, which takes a tunnel to other subnets, or bgp with fabric_bgp_topology routers",
    "bgp": "set fabric_bgp_topology to routers, who then carry packets between the subnets, or use fabric_mode hybrid",
}
_SAME = "; or, if they are on one subnet, list that in fabric_underlay_cidr"


def problems(cluster: ClusterInputs, hosts: Sequence[HostInputs]) -> Iterator[Problem]:
    """In the modes whose packets go straight from node to node: a node IP of each family of pods, all on one subnet."""
    straight = cluster.mode == "direct" or (cluster.mode == "bgp" and cluster.bgp_topology != "routers")
    if not straight:
        return
    subnet_of = segments(hosts, cluster.underlay_cidr)
    for cidr in cluster.cluster_cidr:
        yield from _without_address(cluster, hosts, cidr.version)
        yield from _elsewhere(cluster, hosts, subnet_of, cidr.version)


def _without_address(cluster: ClusterInputs, hosts: Sequence[HostInputs], family: int) -> Iterator[Problem]:
    for host in hosts:
        if host.node_ip and not any(address.version == family for address in host.node_ip):
            reason = "has no IPv%d address, by which %s reaches its IPv%d pods" % (family, cluster.mode, family)
            way_out = "give it one, or use an overlay, which carries either family over the other"
            yield Problem(host.name, "fabric_node_ip", show(host.node_ip), reason, way_out)


def _elsewhere(
    cluster: ClusterInputs, hosts: Sequence[HostInputs], subnet_of: Segments, family: int
) -> Iterator[Problem]:
    """Those that are not where most are."""
    groups: Dict[Optional[Network], List[Tuple[str, Address]]] = {}
    for host, subnets in zip(hosts, subnet_of):
        for address, subnet in zip(host.node_ip, subnets):
            if address.version == family:
                groups.setdefault(subnet, []).append((host.name, address))
    majority = max(groups, key=lambda subnet: len(groups[subnet]), default=None)
    for subnet, members in groups.items():
        # Nobody is next to one of whom nothing is known, not even the others of whom nothing is.
        if subnet is None and len(hosts) > 1:
            reason = "is in no network of fabric_underlay_cidr, so no other node is known to be on its subnet"
        elif subnet != majority:
            reason = "is on %s, and %s on %s" % (subnet, some([name for name, _address in groups[majority]]), majority)
        else:
            continue
        for name, address in members:
            yield Problem(name, "fabric_node_ip", address, reason, _WAY_OUT[cluster.mode] + _SAME)
