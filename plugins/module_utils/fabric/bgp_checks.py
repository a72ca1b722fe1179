# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mode ``bgp`` asks of the inputs beyond each value being valid, and the router ID where none is given."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Dict, Iterator, List, Sequence

from .inputs import ClusterInputs, HostInputs
from .problems import EVERY_HOST, Problem, some


def router_id(host: HostInputs) -> str:
    """The one that is set, or else the IPv4 node IP, or else 31 bits of a hash of the name (RFC 6286: any number)."""
    if host.router_id:
        return host.router_id
    for address in host.node_ip:
        if address.version == 4:
            return str(address)
    digest = hashlib.sha256(("podnet router %s" % host.name).encode()).digest()
    return str(ipaddress.IPv4Address(int.from_bytes(digest[:4], "big") & 0x7FFFFFFF | 1))


def problems(cluster: ClusterInputs, hosts: Sequence[HostInputs]) -> Iterator[Problem]:
    """No two nodes are one router, and each has whom its topology gives it."""
    yield from _shared_router_id(hosts)
    if cluster.bgp_topology == "routers":
        yield from _without_router(hosts)
        return
    yield from _another_asn(hosts)
    if cluster.bgp_topology == "reflectors":
        yield from _without_reflector(hosts)


def _shared_router_id(hosts: Sequence[HostInputs]) -> Iterator[Problem]:
    first: Dict[str, str] = {}
    for host in hosts:
        holder = first.setdefault(router_id(host), host.name)
        if holder != host.name:
            reason = "is that of %s as well" % holder
            yield Problem(host.name, "fabric_router_id", router_id(host), reason, "give each host its own")


def _without_router(hosts: Sequence[HostInputs]) -> Iterator[Problem]:
    for host in hosts:
        if not host.bgp_routers:
            way_out = "list the routers of its rack, such as [{address: 192.0.2.1, asn: 64600}]"
            yield Problem(host.name, "fabric_bgp_routers", "", "is empty, and the topology is routers", way_out)


def _another_asn(hosts: Sequence[HostInputs]) -> Iterator[Problem]:
    """Sessions between nodes are internal (RFC 4271, RFC 4456): all are of one autonomous system."""
    groups: Dict[int, List[str]] = {}
    for host in hosts:
        groups.setdefault(host.asn, []).append(host.name)
    majority = max(groups, key=lambda asn: len(groups[asn]))
    for asn, names in groups.items():
        if asn != majority:
            reason = "differs from %d on %s, and nodes speak to each other within one" % (
                majority,
                some(groups[majority]),
            )
            for name in names:
                yield Problem(
                    name, "fabric_asn", asn, reason, "give all hosts one, or set fabric_bgp_topology to routers"
                )


def _without_reflector(hosts: Sequence[HostInputs]) -> Iterator[Problem]:
    reflectors = [host for host in hosts if host.bgp_reflector]
    if not reflectors:
        way_out = "set it on two hosts, so that one can fail"
        yield Problem(EVERY_HOST, "fabric_bgp_reflector", "false", "leaves the nodes without a reflector", way_out)
        return
    served = {host.bgp_cluster_id for host in reflectors}
    for host in hosts:
        if host.bgp_cluster_id not in served:
            known = ["%s has %s" % (reflector.name, reflector.bgp_cluster_id) for reflector in reflectors]
            reason = "is that of no reflector: %s" % some(known)
            way_out = "give it that of the reflectors that are to serve it"
            yield Problem(host.name, "fabric_bgp_cluster_id", host.bgp_cluster_id, reason, way_out)
