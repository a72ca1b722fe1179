# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both overlays have: a tunnel device that knows every peer, whose UDP port is for peers alone.

A layer's chains and sets are named after it, so that two overlays can be there at once while a cluster moves.
"""

from __future__ import annotations

import struct
from typing import Any, Dict, List

from .model import Host, Overlay, Plan, family, of_family
from .rules import chain
from .ways import Route


def document(plan: Plan, name: str, layer: str, link: Dict[str, Any], to_peers: Dict[str, List[Any]]) -> Dict[str, Any]:
    """The whole layer: what is the tunnel's own comes as ``link``, what it knows of its peers as sections."""
    overlay = device(plan)
    host = plan.hosts[name]
    return {
        "version": 1,
        "links": [
            {
                "name": overlay.name,
                "type": overlay.kind,
                **link,
                "dstport": overlay.port,
                "address": host.tunnel_mac,
                "mtu": plan.cluster.mtu,
                "state": "up",
                "alias": "podnet: tunnel of %s" % name,
                # The kernel can change neither VNI nor port, and all that rides on the device is in this document.
                "recreate": True,
            }
        ],
        "addresses": _addresses(overlay, host),
        **to_peers,
        "sysctls": _sysctls(plan),
        "ipsets": [_peer_set(plan, name, layer)],
        "iptables": [_input(plan, host, layer), _notrack(plan, layer)],
    }


def _addresses(overlay: Overlay, host: Host) -> List[Dict[str, str]]:
    """The first address of the IPv4 pod subnet, which no pod has: nothing is sent from it.

    While hosts move from one way to another, packets come by this one that are answered by the other. A link without an
    address takes no such packet, not even where reverse paths are filtered loosely (``__fib_validate_source``,
    net/ipv4/fib_frontend.c); and it is there for good, for with a link's last address go all routes over it.
    """
    networks = (subnet.partition("/")[0] for subnet in of_family(host.pod_subnet, 4))
    return [{"dev": overlay.name, "address": "%s/32" % network} for network in networks]


def device(plan: Plan) -> Overlay:
    """The plan's tunnel. Raises ValueError where it has none."""
    if plan.cluster.overlay is None:
        raise ValueError("mode %s has no overlay" % plan.cluster.mode)
    return plan.cluster.overlay


def to_gateway(plan: Plan, name: str, route: Route) -> Dict[str, Any]:
    """A peer's pod subnet by way of its tunnel's own address, which need not be on any subnet of the device.

    The host's own packets bear its gateway address, which pods everywhere have a way to.
    """
    sources = {family(gateway): gateway for gateway in plan.hosts[name].gateway}
    return {
        "dst": route.subnet,
        "gateway": _next_hop(route),
        "dev": device(plan).name,
        "onlink": True,
        "src": sources[family(route.subnet)],
        "metric": route.metric,
    }


def neighbor(plan: Plan, route: Route) -> Dict[str, Any]:
    """That the next hop of the route is at the peer's tunnel MAC."""
    return {"dev": device(plan).name, "dst": _next_hop(route), "lladdr": route.host.tunnel_mac}


def _next_hop(route: Route) -> str:
    """The peer's gateway address; in IPv6 the link-local address that its tunnel has by its MAC (RFC 4291, appendix A).

    Linux takes no IPv6 gateway that it has a route to over another link. While two ways lie side by side, the other
    way's route to the peer's subnet would be one to the gateway in it.
    """
    if family(route.gateway) == 4:
        return route.gateway
    mac = bytes.fromhex(route.host.tunnel_mac.replace(":", ""))
    return "fe80::%x:%x:%x:%x" % struct.unpack("!4H", bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:])


def underlay(plan: Plan, host: Host) -> str:
    """The node IP that tunnels run over."""
    return of_family(host.node_ip, plan.cluster.underlay_family)[0]


def _sysctls(plan: Plan) -> List[Dict[str, str]]:
    families = [family(cidr) for cidr in plan.cluster.cluster_cidr]
    # Loose: a node may speak to a pod with its node IP, which the peer has no route to through the tunnel.
    wanted = {"net/ipv4/conf/%s/rp_filter" % device(plan).name: "2"} if 4 in families else {}
    if 6 in families:
        wanted["net/ipv6/conf/%s/accept_ra" % device(plan).name] = "0"
    return [{"name": name, "value": value} for name, value in wanted.items()]


def _peer_set(plan: Plan, name: str, layer: str) -> Dict[str, Any]:
    return {
        "name": _set_name(plan, layer),
        "type": "hash:ip",
        "family": "inet" if plan.cluster.underlay_family == 4 else "inet6",
        "entries": [underlay(plan, other) for _peer, other in plan.peers(name)],
    }


def _input(plan: Plan, host: Host, layer: str) -> Dict[str, Any]:
    """Opens the tunnel's port for peers, and closes it for everyone else.

    Whoever can send such a packet to the node IP speaks as any pod he likes: the packet inside is not authenticated.
    Both rules ask the set, so that a boot where the kernel has none closes the port to nobody, rather than to peers.
    """
    version = plan.cluster.underlay_family
    own = "%s/%d" % (underlay(plan, host), 32 if version == 4 else 128)
    packets, peers = _packets(plan), _set_name(plan, layer)
    rules = [
        "%s -m set --match-set %s src -j ACCEPT" % (packets, peers),
        "-d %s %s -m set ! --match-set %s src -j DROP" % (own, packets, peers),
    ]
    return chain(version, "filter", _chain_name(layer), ["INPUT"], rules)


def _notrack(plan: Plan, layer: str) -> Dict[str, Any]:
    """Keeps tunnel packets between peers out of connection tracking, and with that out of NAT.

    A masqueraded tunnel packet is how "ping works, TCP does not" came about: its checksum, left to the device, was
    spoilt by the rewrite. Tracking them would also cost an entry for every flow's source port.
    """
    name = _set_name(plan, layer)
    rules = ["%s -m set --match-set %s %s -j CT --notrack" % (_packets(plan), name, side) for side in ("src", "dst")]
    return chain(plan.cluster.underlay_family, "raw", _chain_name(layer), ["PREROUTING", "OUTPUT"], rules)


def _packets(plan: Plan) -> str:
    return "-p udp -m udp --dport %d" % device(plan).port


def _chain_name(layer: str) -> str:
    return "PODNET-%s" % layer.upper()


def _set_name(plan: Plan, layer: str) -> str:
    return "podnet-%s-v%d" % (layer, plan.cluster.underlay_family)
