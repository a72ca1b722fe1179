# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ``vxlan``: the tunnel device and every peer behind it.

Nothing is flooded and nothing learnt: for each peer the kernel holds a route to its pod subnet, a neighbor that gives
the gateway its MAC, and a forwarding entry that gives the MAC its node IP (RFC 7348 without its multicast).
"""

from __future__ import annotations

from typing import Any, Dict, List

from .model import Host, Plan, family, of_family
from .rules import chain


def document(plan: Plan, name: str) -> Dict[str, Any]:
    host = plan.hosts[name]
    vxlan = plan.cluster.vxlan
    neighbors: List[Dict[str, Any]] = []
    fdb: List[Dict[str, Any]] = []
    routes: List[Dict[str, Any]] = []
    sources = {family(gateway): gateway for gateway in host.gateway}
    for _peer, other in plan.peers(name):
        fdb.append({"dev": vxlan.name, "lladdr": other.tunnel_mac, "dst": _underlay(plan, other)})
        for gateway, subnet in zip(other.gateway, other.pod_subnet):
            neighbors.append({"dev": vxlan.name, "dst": gateway, "lladdr": other.tunnel_mac})
            routes.append(
                {
                    "dst": subnet,
                    "gateway": gateway,
                    "dev": vxlan.name,
                    "onlink": True,
                    "src": sources[family(subnet)],
                }
            )
    return {
        "version": 1,
        "links": [_link(plan, name)],
        "neighbors": neighbors,
        "fdb": fdb,
        "routes": routes,
        "sysctls": _sysctls(plan),
        "ipsets": [_peer_set(plan, name)],
        "iptables": [_input(plan, host), _notrack(plan)],
    }


def _link(plan: Plan, name: str) -> Dict[str, Any]:
    """Without ``dev``: packets leave by the route to the peer, so bonds and multihomed hosts need no setting here.

    ``recreate``, for the kernel can change neither VNI nor port, and all that rides on the device is in this document.
    """
    host = plan.hosts[name]
    vxlan = plan.cluster.vxlan
    return {
        "name": vxlan.name,
        "type": "vxlan",
        "vni": vxlan.vni,
        "local": _underlay(plan, host),
        "dstport": vxlan.port,
        "learning": False,
        "address": host.tunnel_mac,
        "mtu": plan.cluster.mtu,
        "state": "up",
        "alias": "podnet: tunnel of %s" % name,
        "recreate": True,
    }


def _sysctls(plan: Plan) -> List[Dict[str, str]]:
    families = [family(cidr) for cidr in plan.cluster.cluster_cidr]
    # Loose: a node may speak to a pod with its node IP, which the peer has no route to through the tunnel.
    wanted = {"net/ipv4/conf/%s/rp_filter" % plan.cluster.vxlan.name: "2"} if 4 in families else {}
    if 6 in families:
        wanted["net/ipv6/conf/%s/accept_ra" % plan.cluster.vxlan.name] = "0"
    return [{"name": name, "value": value} for name, value in wanted.items()]


def _peer_set(plan: Plan, name: str) -> Dict[str, Any]:
    return {
        "name": _set_name(plan),
        "type": "hash:ip",
        "family": "inet" if plan.cluster.underlay_family == 4 else "inet6",
        "entries": [_underlay(plan, other) for _peer, other in plan.peers(name)],
    }


def _input(plan: Plan, host: Host) -> Dict[str, Any]:
    """Opens the tunnel's port for peers, and closes it for everyone else.

    Whoever can send such a packet to the node IP speaks as any pod he likes: the packet inside is not authenticated.
    """
    version = plan.cluster.underlay_family
    own = "%s/%d" % (_underlay(plan, host), 32 if version == 4 else 128)
    packets = "-p udp -m udp --dport %d" % plan.cluster.vxlan.port
    rules = [
        "%s -m set --match-set %s src -j ACCEPT" % (packets, _set_name(plan)),
        "-d %s %s -j DROP" % (own, packets),
    ]
    return chain(version, "filter", "PODNET-INPUT", ["INPUT"], rules)


def _notrack(plan: Plan) -> Dict[str, Any]:
    """Keeps tunnel packets between peers out of connection tracking, and with that out of NAT.

    A masqueraded tunnel packet is how "ping works, TCP does not" came about: its checksum, left to the device, was
    spoilt by the rewrite. Tracking them would also cost an entry for every flow's source port.
    """
    packets = "-p udp -m udp --dport %d" % plan.cluster.vxlan.port
    rules = [
        "%s -m set --match-set %s %s -j CT --notrack" % (packets, _set_name(plan), side) for side in ("src", "dst")
    ]
    return chain(plan.cluster.underlay_family, "raw", "PODNET-NOTRACK", ["PREROUTING", "OUTPUT"], rules)


def _set_name(plan: Plan) -> str:
    return "podnet-peers-v%d" % plan.cluster.underlay_family


def _underlay(plan: Plan, host: Host) -> str:
    """The node IP that tunnels run over."""
    return of_family(host.node_ip, plan.cluster.underlay_family)[0]
