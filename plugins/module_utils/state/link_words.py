# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ``ip link`` words the attributes of each kind of link (ip-link(8))."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from .words import Words

Worded = Callable[[Any], Words]


def _named(word: str) -> Worded:
    """The word and the value; 1 and 0 for what is on and off."""
    return lambda value: [word, str(int(value) if isinstance(value, bool) else value)]


def _on_off(word: str) -> Worded:
    return lambda value: [word, "on" if value else "off"]


def _no(word: str) -> Worded:
    """``learning`` or ``nolearning``."""
    return lambda value: [word if value else "no" + word]


def _flag(word: str) -> Worded:
    return lambda value: [word] if value else []


def _address(word: str) -> Worded:
    return lambda value: [word, value or "0.0.0.0"]


def _under(value: Optional[str]) -> Words:
    return ["dev", value] if value else ["nodev"]


def _tos(value: Any) -> Words:
    """iproute2 takes every number for a hexadecimal one."""
    return ["tos", value if value == "inherit" else "0x%02x" % value]


def _ports(value: Optional[str]) -> Words:
    return ["srcport", *(value or "0-0").split("-")]


def _same(*words: str) -> Dict[str, Worded]:
    return {word: _named(word) for word in words}


_TUNNEL: Dict[str, Worded] = {
    "vni": _named("id"),
    "remote": _address("remote"),
    **_same("dstport", "ttl", "df", "flowlabel"),
    "tos": _tos,
    "udp_csum": _no("udpcsum"),
    "udp6_zero_csum_tx": _no("udp6zerocsumtx"),
    "udp6_zero_csum_rx": _no("udp6zerocsumrx"),
    "external": _no("external"),
}

#: After ``type KIND``.
KIND_WORDS: Mapping[str, Mapping[str, Worded]] = {
    "bridge": {
        "stp": _named("stp_state"),
        **_same("priority", "forward_delay", "hello_time", "max_age", "ageing_time", "group_fwd_mask"),
        **_same("vlan_filtering", "vlan_protocol", "vlan_default_pvid"),
        **_same("mcast_snooping", "mcast_querier", "mcast_router"),
        **_same("nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables"),
    },
    "vxlan": {
        "vni": _named("id"),
        **{word: _address(word) for word in ("local", "remote", "group")},
        "dev": _under,
        "dstport": _named("dstport"),
        "srcport": _ports,
        "learning": _no("learning"),
        **_TUNNEL,
        **_same("ageing", "maxaddress"),
        **{word: _no(word) for word in ("proxy", "l2miss", "l3miss")},
        "gbp": _flag("gbp"),
        "gpe": _flag("gpe"),
    },
    "geneve": _TUNNEL,
    "vlan": _same("protocol", "id"),
    "vrf": _same("table"),
    "bond": {
        **_same("mode", "miimon", "updelay", "downdelay", "xmit_hash_policy", "lacp_rate", "ad_select", "min_links"),
        **_same("primary", "primary_reselect", "fail_over_mac", "resend_igmp"),
        "num_peer_notif": _named("num_grat_arp"),
    },
}

#: Before ``type KIND`` of a new link, which has no other place for them.
FIRST_WORDS: Mapping[str, Tuple[str, ...]] = {"vlan": ("link",)}

#: After ``set dev NAME``, in the order of an operator's habit.
COMMON_WORDS: Mapping[str, Worded] = {
    **_same("address", "mtu", "txqueuelen", "gso_max_size", "alias"),
    "promisc": _on_off("promisc"),
    "arp": _on_off("arp"),
    "master": lambda value: ["master", value] if value else ["nomaster"],
    "state": lambda value: [value],
}


def port_words(attribute: str, value: Any) -> Words:
    """After ``type bridge_slave``, whose words are the attributes' names."""
    word = attribute.partition(".")[2]
    return (_on_off if isinstance(value, bool) else _named)(word)(value)
