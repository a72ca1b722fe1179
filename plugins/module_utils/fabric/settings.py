# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable that shapes the network: one table, which role ``fabric`` documents and a test holds it to."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Dict, Optional

from . import bgp_values, values

PREFIX = "fabric_"
CLUSTER = "cluster"
HOST = "host"

MODES = ("vxlan", "geneve", "direct", "hybrid", "bgp")
OVERLAYS = ("vxlan", "geneve")
TOPOLOGIES = ("mesh", "reflectors", "routers")


@dataclass(frozen=True)
class Setting:
    """One variable. ``scope`` cluster: all hosts must agree on its value; host: each may have its own.

    ``parse`` makes a typed value of a raw one or raises :class:`values.Invalid`; it is applied to ``default`` as well,
    unless that is None: then the plan computes the value.
    """

    name: str
    scope: str
    default: Any
    parse: values.Parser
    description: str

    @property
    def field(self) -> str:
        """Its name in :mod:`inputs`: without the prefix."""
        return self.name[len(PREFIX) :]


_ALL = (
    Setting("fabric_mode", CLUSTER, "vxlan", values.choice(*MODES), "How packets get from node to node."),
    Setting(
        "fabric_cluster_cidr",
        CLUSTER,
        ["10.244.0.0/16"],
        values.network_a_family,
        "The network that holds all pods, at most one of each address family.",
    ),
    Setting(
        "fabric_service_cidr",
        CLUSTER,
        ["10.96.0.0/12"],
        values.network_a_family,
        "The network of Kubernetes Services, as the API server knows it.",
    ),
    Setting(
        "fabric_node_mask_size",
        CLUSTER,
        24,
        values.number(1, values.LONGEST_PREFIX[4]),
        "Prefix length of a node's IPv4 pod subnet.",
    ),
    Setting(
        "fabric_node_mask_size_ipv6",
        CLUSTER,
        64,
        values.number(1, values.LONGEST_PREFIX[6]),
        "Prefix length of a node's IPv6 pod subnet.",
    ),
    Setting(
        "fabric_underlay_cidr",
        CLUSTER,
        [],
        values.networks,
        "Networks that the nodes use and pods must not; nodes in the same one, the narrowest, are on one subnet.",
    ),
    Setting("fabric_underlay_mtu", HOST, 1500, values.number(68, 65535), "MTU of the host's way to the other nodes."),
    Setting(
        "fabric_node_ip",
        HOST,
        None,
        values.node_address,
        "The host's address on the underlay; by default ansible_host where that is an IP address.",
    ),
    Setting(
        "fabric_pod_subnet",
        HOST,
        None,
        values.pod_subnet,
        "The host's pod subnet; by default the lock file's, or else the lowest free one.",
    ),
    Setting(
        "fabric_tunnel_mac",
        HOST,
        None,
        values.mac,
        "MAC address of the host's tunnel device; by default computed from the host's name.",
    ),
    Setting("fabric_bridge_name", CLUSTER, "cni0", values.link_name, "Name of the bridge that pods attach to."),
    Setting(
        "fabric_masquerade",
        CLUSTER,
        True,
        values.boolean,
        "Whether what leaves the cluster gets the node's address as its source.",
    ),
    Setting(
        "fabric_masquerade_exclude",
        CLUSTER,
        [],
        values.networks,
        "Destinations outside the cluster that see the pods' own addresses.",
    ),
    Setting("fabric_vxlan_name", CLUSTER, "podnet-vxlan", values.link_name, "Name of the VXLAN device."),
    Setting("fabric_vxlan_vni", CLUSTER, 244, values.number(1, 2**24 - 1), "VXLAN network identifier (RFC 7348)."),
    Setting("fabric_vxlan_port", CLUSTER, 4789, values.number(1, 65535), "UDP port of VXLAN packets."),
    Setting("fabric_geneve_name", CLUSTER, "podnet-geneve", values.link_name, "Name of the Geneve device."),
    Setting("fabric_geneve_vni", CLUSTER, 244, values.number(1, 2**24 - 1), "Geneve network identifier (RFC 8926)."),
    Setting("fabric_geneve_port", CLUSTER, 6081, values.number(1, 65535), "UDP port of Geneve packets."),
    Setting(
        "fabric_overlay",
        CLUSTER,
        "vxlan",
        values.choice(*OVERLAYS),
        "In mode hybrid, what carries packets between nodes that are not on one subnet.",
    ),
    Setting(
        "fabric_bgp_topology",
        CLUSTER,
        "mesh",
        values.choice(*TOPOLOGIES),
        "In mode bgp, who tells whom: each node all others, reflectors the nodes, or the racks' routers the nodes.",
    ),
    Setting("fabric_asn", HOST, 64512, bgp_values.asn, "In mode bgp, the host's autonomous system number."),
    Setting(
        "fabric_router_id",
        HOST,
        None,
        bgp_values.router_id,
        "In mode bgp, the host's router ID; by default its IPv4 node IP, or else computed from its name.",
    ),
    Setting("fabric_bgp_reflector", HOST, False, values.boolean, "In mode bgp, whether the host is a route reflector."),
    Setting(
        "fabric_bgp_cluster_id",
        HOST,
        "0.0.0.244",
        bgp_values.router_id,
        "In mode bgp, which reflectors serve the host: those with the same cluster ID (RFC 4456).",
    ),
    Setting(
        "fabric_bgp_routers",
        HOST,
        [],
        bgp_values.routers,
        "In mode bgp, the routers beside the nodes that the host has sessions with.",
    ),
    Setting(
        "fabric_reclaim",
        CLUSTER,
        False,
        values.boolean,
        "Whether pod subnets of hosts that left the inventory are given to others.",
    ),
)

TABLE: Dict[str, Setting] = {setting.name: setting for setting in _ALL}

#: Names with the prefix that are no input of the plan: the path of its lock file, what to do where that says other
#: paths, and the result the role registers.
NOT_PLANNED = ("fabric_lock_file", "fabric_paths", "fabric_plan")


def is_known(name: str) -> bool:
    return name in TABLE or name in NOT_PLANNED


def nearest(name: str) -> Optional[str]:
    """The known variable that was probably meant."""
    return next(iter(difflib.get_close_matches(name, [*TABLE, *NOT_PLANNED[:2]], n=1, cutoff=0.7)), None)
