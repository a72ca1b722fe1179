# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How netlink words a link's attributes: one row an attribute, by the names of linux/if_link.h."""

from __future__ import annotations

import socket
from typing import Dict, Mapping

from ..state import link_values
from .link_forms import (
    Field,
    address,
    device,
    in_order,
    multicast,
    numbered,
    plain,
    port_range,
    positive,
    presence,
    switch,
    tos,
    ttl,
    unicast,
)

#: Of every link.
COMMON: Dict[str, Field] = {
    "address": plain("IFLA_ADDRESS"),
    "mtu": plain("IFLA_MTU"),
    "master": device("IFLA_MASTER"),
    "alias": plain("IFLA_IFALIAS"),
    "txqueuelen": plain("IFLA_TXQLEN"),
    "gso_max_size": plain("IFLA_GSO_MAX_SIZE"),
}

#: Of a kind, but among the attributes of every link.
BELOW: Mapping[str, Mapping[str, Field]] = {"vlan": {"link": device("IFLA_LINK")}}

#: Of a bridge's port.
PORT: Dict[str, Field] = {
    "port.priority": plain("IFLA_BRPORT_PRIORITY"),
    "port.cost": plain("IFLA_BRPORT_COST"),
    "port.guard": switch("IFLA_BRPORT_GUARD"),
    "port.root_block": switch("IFLA_BRPORT_PROTECT"),
    "port.fastleave": switch("IFLA_BRPORT_FAST_LEAVE"),
    "port.hairpin": switch("IFLA_BRPORT_MODE"),
    "port.learning": switch("IFLA_BRPORT_LEARNING"),
    "port.flood": switch("IFLA_BRPORT_UNICAST_FLOOD"),
    "port.mcast_flood": switch("IFLA_BRPORT_MCAST_FLOOD"),
    "port.bcast_flood": switch("IFLA_BRPORT_BCAST_FLOOD"),
    "port.mcast_to_unicast": switch("IFLA_BRPORT_MCAST_TO_UCAST"),
    "port.mcast_router": plain("IFLA_BRPORT_MULTICAST_ROUTER"),
    "port.neigh_suppress": switch("IFLA_BRPORT_NEIGH_SUPPRESS"),
    "port.isolated": switch("IFLA_BRPORT_ISOLATED"),
    "port.proxy_arp": switch("IFLA_BRPORT_PROXYARP"),
    "port.proxy_arp_wifi": switch("IFLA_BRPORT_PROXYARP_WIFI"),
    "port.vlan_tunnel": switch("IFLA_BRPORT_VLAN_TUNNEL"),
    "port.group_fwd_mask": plain("IFLA_BRPORT_GROUP_FWD_MASK"),
}

#: pyroute2 takes a VXLAN's flow label, which the kernel has in network byte order, for a number of the host's.
_VXLAN_LABEL = Field(
    lambda value, _devices: {"IFLA_VXLAN_LABEL": socket.htonl(value)},
    lambda found, _devices: socket.ntohl(found.get("IFLA_VXLAN_LABEL", 0)),
)

KINDS: Dict[str, Dict[str, Field]] = {
    "bridge": {
        "stp": switch("IFLA_BR_STP_STATE"),
        "priority": plain("IFLA_BR_PRIORITY"),
        "forward_delay": plain("IFLA_BR_FORWARD_DELAY"),
        "hello_time": plain("IFLA_BR_HELLO_TIME"),
        "max_age": plain("IFLA_BR_MAX_AGE"),
        "ageing_time": plain("IFLA_BR_AGEING_TIME"),
        "group_fwd_mask": plain("IFLA_BR_GROUP_FWD_MASK"),
        "vlan_filtering": switch("IFLA_BR_VLAN_FILTERING"),
        "vlan_protocol": numbered("IFLA_BR_VLAN_PROTOCOL", link_values.VLAN_PROTOCOLS),
        "vlan_default_pvid": plain("IFLA_BR_VLAN_DEFAULT_PVID"),
        "mcast_snooping": switch("IFLA_BR_MCAST_SNOOPING"),
        "mcast_querier": switch("IFLA_BR_MCAST_QUERIER"),
        "mcast_router": plain("IFLA_BR_MCAST_ROUTER"),
        "nf_call_iptables": switch("IFLA_BR_NF_CALL_IPTABLES"),
        "nf_call_ip6tables": switch("IFLA_BR_NF_CALL_IP6TABLES"),
        "nf_call_arptables": switch("IFLA_BR_NF_CALL_ARPTABLES"),
    },
    "vxlan": {
        "vni": positive("IFLA_VXLAN_ID"),
        "local": address("IFLA_VXLAN_LOCAL", "IFLA_VXLAN_LOCAL6"),
        "remote": unicast("IFLA_VXLAN_GROUP", "IFLA_VXLAN_GROUP6"),
        "group": multicast("IFLA_VXLAN_GROUP", "IFLA_VXLAN_GROUP6"),
        "dev": device("IFLA_VXLAN_LINK"),
        "dstport": plain("IFLA_VXLAN_PORT"),
        "srcport": port_range("IFLA_VXLAN_PORT_RANGE"),
        "learning": switch("IFLA_VXLAN_LEARNING"),
        "ageing": plain("IFLA_VXLAN_AGEING"),
        "maxaddress": plain("IFLA_VXLAN_LIMIT"),
        "ttl": ttl("IFLA_VXLAN_TTL", "IFLA_VXLAN_TTL_INHERIT"),
        "tos": tos("IFLA_VXLAN_TOS"),
        "df": in_order("IFLA_VXLAN_DF", link_values.DF),
        "flowlabel": _VXLAN_LABEL,
        "proxy": switch("IFLA_VXLAN_PROXY"),
        "l2miss": switch("IFLA_VXLAN_L2MISS"),
        "l3miss": switch("IFLA_VXLAN_L3MISS"),
        "udp_csum": switch("IFLA_VXLAN_UDP_CSUM"),
        "udp6_zero_csum_tx": switch("IFLA_VXLAN_UDP_ZERO_CSUM6_TX"),
        "udp6_zero_csum_rx": switch("IFLA_VXLAN_UDP_ZERO_CSUM6_RX"),
        "gbp": presence("IFLA_VXLAN_GBP"),
        "gpe": presence("IFLA_VXLAN_GPE"),
        "external": switch("IFLA_VXLAN_COLLECT_METADATA"),
    },
    "geneve": {
        "vni": positive("IFLA_GENEVE_ID"),
        "remote": unicast("IFLA_GENEVE_REMOTE", "IFLA_GENEVE_REMOTE6"),
        "dstport": plain("IFLA_GENEVE_PORT"),
        "ttl": ttl("IFLA_GENEVE_TTL", "IFLA_GENEVE_TTL_INHERIT"),
        "tos": tos("IFLA_GENEVE_TOS"),
        "df": in_order("IFLA_GENEVE_DF", link_values.DF),
        "flowlabel": plain("IFLA_GENEVE_LABEL"),
        "udp_csum": switch("IFLA_GENEVE_UDP_CSUM"),
        "udp6_zero_csum_tx": switch("IFLA_GENEVE_UDP_ZERO_CSUM6_TX"),
        "udp6_zero_csum_rx": switch("IFLA_GENEVE_UDP_ZERO_CSUM6_RX"),
        "external": presence("IFLA_GENEVE_COLLECT_METADATA"),
    },
    "vlan": {
        "id": plain("IFLA_VLAN_ID"),
        "protocol": numbered("IFLA_VLAN_PROTOCOL", link_values.VLAN_PROTOCOLS),
    },
    "vrf": {"table": plain("IFLA_VRF_TABLE")},
    "bond": {
        "mode": in_order("IFLA_BOND_MODE", link_values.BOND_MODES),
        "miimon": plain("IFLA_BOND_MIIMON"),
        "updelay": plain("IFLA_BOND_UPDELAY"),
        "downdelay": plain("IFLA_BOND_DOWNDELAY"),
        "xmit_hash_policy": in_order("IFLA_BOND_XMIT_HASH_POLICY", link_values.XMIT_HASH_POLICIES),
        "lacp_rate": in_order("IFLA_BOND_AD_LACP_RATE", link_values.LACP_RATES),
        "ad_select": in_order("IFLA_BOND_AD_SELECT", link_values.AD_SELECTS),
        "min_links": plain("IFLA_BOND_MIN_LINKS"),
        "primary": device("IFLA_BOND_PRIMARY"),
        "primary_reselect": in_order("IFLA_BOND_PRIMARY_RESELECT", link_values.PRIMARY_RESELECTS),
        "fail_over_mac": in_order("IFLA_BOND_FAIL_OVER_MAC", link_values.FAIL_OVER_MACS),
        "num_peer_notif": plain("IFLA_BOND_NUM_PEER_NOTIF"),
        "resend_igmp": plain("IFLA_BOND_RESEND_IGMP"),
    },
}
