# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host announces and what it accepts, in FRR's prefix lists and route maps. What no entry permits is denied.

For either family: prefix list ``podnet-own``, what the host announces; ``podnet-pods``, what it accepts, and, if it is
a reflector, passes on; route maps ``podnet-in-nodes-v4`` and ``podnet-in-routers-v4`` for what those announce, and
``podnet-out-v4`` for what they are told; ``podnet-src-v4`` for what goes to the kernel.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, Tuple

from .frr_options import Options
from .model import Plan, of_family
from .sessions import families, reflects
from .ways import by_family

LONGEST = {4: 32, 6: 128}
_WORD = {4: "ip", 6: "ipv6"}
#: Of the two next hops that come with an IPv6 route (RFC 2545) the node IP, not the link-local address: it is what an
#: operator knows the node by, and it is still right when the node gets another NIC.
_NODE_IP: Dict[int, List[str]] = {4: [], 6: ["set ipv6 next-hop prefer-global"]}


def announced(plan: Plan, name: str, options: Options, version: int) -> Tuple[str, ...]:
    """The host's own pod subnets and what else it was told to announce."""
    others = tuple(str(network) for network in options.announced_prefixes)
    return of_family(plan.hosts[name].pod_subnet + others, version)


def prefix_lists(plan: Plan, name: str, options: Options) -> List[str]:
    lines: List[str] = []
    for version in families(plan):
        own = ["permit %s" % prefix for prefix in announced(plan, name, options, version)]
        accepted = [
            "permit %s%s" % (entry.network, entry.lengths)
            for entry in options.accepted_prefixes
            if entry.network.version == version
        ]
        lines += _prefix_list(version, "podnet-own", own)
        lines += _prefix_list(version, "podnet-pods", [*_pods(plan, name, version), *accepted])
        lines.append("!")
    return lines


def _prefix_list(version: int, name: str, entries: List[str]) -> List[str]:
    return [
        "%s prefix-list %s seq %d %s" % (_WORD[version], name, 5 * at, entry) for at, entry in enumerate(entries, 1)
    ]


def _pods(plan: Plan, name: str, version: int) -> Iterator[str]:
    """Pod subnets of others: what is within the cluster's network and no larger or smaller than any node's.

    Not each subnet by itself, so that a new node is news only to whom it speaks to.
    """
    for subnet in of_family(plan.hosts[name].pod_subnet, version):
        yield "deny %s le %d" % (subnet, LONGEST[version])
    lengths = {_length(subnet) for host in plan.hosts.values() for subnet in of_family(host.pod_subnet, version)}
    for cidr in of_family(plan.cluster.cluster_cidr, version):
        shortest = max(min(lengths), _length(cidr) + 1)
        if shortest <= max(lengths):
            yield "permit %s ge %d le %d" % (cidr, shortest, max(lengths))


def _length(network: str) -> int:
    return int(network.partition("/")[2])


def route_maps(plan: Plan, name: str, options: Options) -> List[str]:
    lines: List[str] = []
    communities = ["set community %s" % " ".join(options.communities)] if options.communities else []
    for version in families(plan):
        if plan.cluster.bgp_topology != "routers":
            lines += _entry("podnet-in-nodes-v%d" % version, 10, version, "podnet-pods", _NODE_IP[version])
        if plan.speakers[name].routers:
            lines += _entry("podnet-in-routers-v%d" % version, 10, version, "podnet-pods", [])
        lines += _entry("podnet-out-v%d" % version, 10, version, "podnet-own", communities)
        if reflects(plan, name):
            lines += _entry("podnet-out-v%d" % version, 20, version, "podnet-pods", [])
    return lines


def source(plan: Plan, name: str) -> List[str]:
    """Gives the host's own IPv4 packets its node IP where they leave by routers.

    The kernel would take an address of the link to the router, which nobody beyond it need have a route to, or where
    that link has none, the first that it finds on any other. Of IPv6 addresses it takes one that fits (RFC 6724); told
    to take one that is still tried for duplicates it would refuse the route, and FRR never offers it again.
    """
    node_ip = by_family(plan.hosts[name]).get(4)
    if not plan.speakers[name].routers or node_ip is None or 4 not in families(plan):
        return []
    return [
        *_entry("podnet-src-v4", 10, 4, "podnet-pods", ["set src %s" % node_ip]),
        "route-map podnet-src-v4 permit 20",
        "exit",
        "!",
        "ip protocol bgp route-map podnet-src-v4",
        "!",
    ]


def _entry(route_map: str, number: int, version: int, prefix_list: str, actions: List[str]) -> List[str]:
    match = "match %s address prefix-list %s" % (_WORD[version], prefix_list)
    return ["route-map %s permit %d" % (route_map, number), *(" " + line for line in (match, *actions)), "exit", "!"]
