# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of links of one kind: a table a kind, a row an attribute.

Names are those of ``ip link`` (ip-link(8)), without its abbreviations. Units: hundredths of a second for the times of
bridges, milliseconds for those of bonds, seconds for a VXLAN's ``ageing``, hops for ``ttl``. What can be changed in
place is what the kernel's ``changelink`` of the kind accepts.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from . import link_values, values
from .rows import KEEP, Attribute, Policy

_ETHERNET_MTU = values.integer(68, 65535)


def _other_family(before: Mapping[str, Any], wanted: Optional[str]) -> Optional[Policy]:
    """A tunnel's socket is of one address family, so its addresses change only within that. Without any it is IPv4."""
    ipv6 = any(values.is_ipv6(before.get(name) or "") for name in ("local", "remote", "group"))
    return Policy.RECREATE if values.is_ipv6(wanted or "") != ipv6 else None


def _inherited(before: Mapping[str, Any], wanted: Any) -> Optional[Policy]:
    """A VXLAN takes the TTL of the packet inside for good or never."""
    return Policy.RECREATE if "inherit" in (before.get("ttl"), wanted) else None


def _fixed(normalise: Any, default: Any = None) -> Attribute:
    return Attribute(normalise, Policy.RECREATE, default)


def _never_without(_before: Mapping[str, Any], wanted: Optional[str]) -> Optional[Policy]:
    """The kernel takes another link below a VXLAN, but ignores that there is to be none."""
    return Policy.RECREATE if wanted is None else None


def _switch(on: bool, policy: Policy = Policy.MUTABLE) -> Attribute:
    return Attribute(values.boolean, policy, on)


#: What is the same in all tunnels over UDP.
_TUNNEL: Dict[str, Attribute] = {
    "vni": _fixed(values.integer(1, 2**24 - 1), KEEP),
    "remote": Attribute(link_values.unicast, exception=_other_family),
    "dstport": _fixed(values.integer(1, 65535), KEEP),
    "ttl": Attribute(link_values.inheritable, default=0),
    "tos": Attribute(link_values.tos, default=0),
    "df": Attribute(values.choice(*link_values.DF), default="unset"),
    "flowlabel": Attribute(values.integer(0, 2**20 - 1), default=0),
    "external": _switch(False, Policy.RECREATE),
    "udp6_zero_csum_tx": _switch(False, Policy.RECREATE),
    "udp6_zero_csum_rx": _switch(False, Policy.RECREATE),
}

KINDS: Mapping[str, Mapping[str, Attribute]] = {
    "bridge": {
        "mtu": Attribute(_ETHERNET_MTU, default=KEEP),
        "stp": _switch(False),
        "priority": Attribute(values.integer(0, 65535), default=32768),
        "forward_delay": Attribute(values.integer(0, 3000), default=1500),
        "hello_time": Attribute(values.integer(100, 1000), default=200),
        "max_age": Attribute(values.integer(600, 4000), default=2000),
        "ageing_time": Attribute(values.integer(0, 2**31 - 1), default=30000),
        "group_fwd_mask": Attribute(link_values.group_forward_mask, default=0),
        "vlan_filtering": _switch(False),
        "vlan_protocol": Attribute(values.choice(*link_values.VLAN_PROTOCOLS), default="802.1Q"),
        "vlan_default_pvid": Attribute(values.integer(0, 4094), default=1),
        "mcast_snooping": _switch(True),
        "mcast_querier": _switch(False),
        "mcast_router": Attribute(values.integer(0, 2), default=1),
        "nf_call_iptables": _switch(False),
        "nf_call_ip6tables": _switch(False),
        "nf_call_arptables": _switch(False),
    },
    "veth": {
        "mtu": Attribute(_ETHERNET_MTU, default=KEEP),
        "peer.name": _fixed(values.device, KEEP),
        "peer.namespace": _fixed(values.namespace),
    },
    "vxlan": {
        **_TUNNEL,
        "mtu": Attribute(_ETHERNET_MTU, default=KEEP),
        "ttl": Attribute(link_values.inheritable, default=0, exception=_inherited),
        "local": Attribute(values.ip, exception=_other_family),
        "group": Attribute(link_values.multicast, exception=_other_family),
        "dev": Attribute(values.device, exception=_never_without),
        "learning": _switch(True),
        "ageing": Attribute(values.integer(1, 2**31 - 1), default=300),
        "maxaddress": _fixed(values.integer(0, 2**32 - 1), 0),
        "srcport": _fixed(link_values.port_range),
        "proxy": _switch(False, Policy.RECREATE),
        "l2miss": _switch(False, Policy.RECREATE),
        "l3miss": _switch(False, Policy.RECREATE),
        "udp_csum": _switch(True, Policy.RECREATE),
        "gbp": _switch(False, Policy.RECREATE),
        "gpe": _switch(False, Policy.RECREATE),
    },
    "geneve": {
        **_TUNNEL,
        "mtu": Attribute(values.integer(68, 65505), default=KEEP),
        "udp_csum": _switch(False, Policy.RECREATE),
    },
    "dummy": {},
    "vlan": {
        "mtu": Attribute(_ETHERNET_MTU, default=KEEP),
        "link": _fixed(values.device),
        "id": _fixed(values.integer(1, 4094), KEEP),
        "protocol": _fixed(values.choice(*link_values.VLAN_PROTOCOLS), "802.1Q"),
    },
    "vrf": {
        "mtu": Attribute(values.integer(1280, 65575), default=KEEP),
        "table": _fixed(values.integer(1, 2**32 - 1), KEEP),
    },
    # What the kernel changes only while a bond is down or has no ports counts as not to be changed.
    "bond": {
        "mtu": Attribute(_ETHERNET_MTU, default=KEEP),
        "mode": _fixed(values.choice(*link_values.BOND_MODES), "balance-rr"),
        "miimon": Attribute(values.integer(0, 2**31 - 1), default=KEEP),
        "updelay": Attribute(values.integer(0, 2**31 - 1), default=0),
        "downdelay": Attribute(values.integer(0, 2**31 - 1), default=0),
        "xmit_hash_policy": Attribute(values.choice(*link_values.XMIT_HASH_POLICIES), default="layer2"),
        "lacp_rate": _fixed(values.choice(*link_values.LACP_RATES), "slow"),
        "ad_select": _fixed(values.choice(*link_values.AD_SELECTS), "stable"),
        "min_links": Attribute(values.integer(0, 2**31 - 1), default=0),
        "primary": Attribute(values.device, default=KEEP),
        "primary_reselect": Attribute(values.choice(*link_values.PRIMARY_RESELECTS), default="always"),
        "fail_over_mac": _fixed(values.choice(*link_values.FAIL_OVER_MACS), "none"),
        "num_peer_notif": Attribute(values.integer(0, 255), default=1),
        "resend_igmp": Attribute(values.integer(0, 255), default=1),
    },
}
