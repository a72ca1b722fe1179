# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of the rules that choose a routing table (ip-rule(8))."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Mapping, Optional

from . import values
from .marks import PROTOCOL
from .route_rows import protocol, table, tos
from .rows import Attribute, Policy

_NUMBER = re.compile(r"0x[0-9a-f]+|[0-9]+", re.IGNORECASE)
_RANGE = re.compile(r"([0-9]+)(?:-([0-9]+))?")
_WHOLE = 0xFFFFFFFF
_IP_PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "sctp": 132}
_IP_PROTOCOL = values.integer(1, 255)
_LOOKUP_ONLY = ("table", "l3mdev", "suppress_prefixlength", "suppress_ifgroup")


def _selector(normalise: Callable[[Any], Any]) -> Attribute:
    """A part of the key; None where the rule is for packets with any value of it."""
    return Attribute(lambda raw: None if raw is None else normalise(raw))


def _network(raw: Any) -> Optional[str]:
    if raw == "all":
        return None
    network = values.network(raw)
    return None if network.endswith("/0") else network


def _fwmark(raw: Any) -> str:
    """``0x10``, or ``0x10/0xff`` where not all bits count; no mark is ``0x0/0xffffffff``, for a lone 0 is any mark."""
    words = str(raw).partition("/") if not isinstance(raw, bool) else ("", "", "")
    if not _NUMBER.fullmatch(words[0]) or (words[1] and not _NUMBER.fullmatch(words[2])):
        raise ValueError("is no mark like 0x10 or 0x10/0xff")
    mark, mask = int(words[0], 0), int(words[2], 0) if words[1] else _WHOLE
    if mark > _WHOLE or mask > _WHOLE or not mask:
        raise ValueError("is no mark: mark and mask have at most 32 bits, and the mask at least one")
    if mark & ~mask:
        raise ValueError("has bits in the mark that the mask does not have")
    return "0x%x" % mark if mask == _WHOLE and mark else "0x%x/0x%x" % (mark, mask)


def _ip_protocol(raw: Any) -> int:
    return _IP_PROTOCOLS[raw] if isinstance(raw, str) and raw in _IP_PROTOCOLS else int(_IP_PROTOCOL(raw))


def _range(low: int, high: int) -> Callable[[Any], str]:
    def normalise(raw: Any) -> str:
        found = _RANGE.fullmatch(str(raw)) if not isinstance(raw, bool) else None
        first, last = (int(found.group(1)), int(found.group(2) or found.group(1))) if found else (1, 0)
        if not low <= first <= last <= high:
            raise ValueError("is no range like 1000-1999, within %d-%d" % (low, high))
        return "%d-%d" % (first, last) if last > first else str(first)

    return normalise


RULE: Mapping[str, Attribute] = {
    "family": Attribute(values.choice("ipv4", "ipv6")),
    "priority": Attribute(values.integer(0, _WHOLE)),
    "not": Attribute(values.boolean),
    "from": _selector(_network),
    "to": _selector(_network),
    "tos": Attribute(tos),
    "fwmark": _selector(_fwmark),
    "iif": _selector(values.device),
    "oif": _selector(values.device),
    "ipproto": _selector(_ip_protocol),
    "sport": _selector(_range(1, 65534)),
    "dport": _selector(_range(1, 65534)),
    "uidrange": _selector(_range(0, _WHOLE - 1)),
    "tun_id": _selector(values.integer(1, 2**64 - 1)),
    "action": Attribute(
        values.choice("lookup", "goto", "nop", "blackhole", "unreachable", "prohibit"), Policy.READD, default="lookup"
    ),
    "table": Attribute(table, Policy.READD),
    "l3mdev": Attribute(values.boolean, Policy.READD, default=False),
    "goto": Attribute(values.integer(1, _WHOLE), Policy.READD),
    "suppress_prefixlength": Attribute(values.integer(0, 128), Policy.READD),
    "suppress_ifgroup": Attribute(values.integer(0, 2**31 - 1), Policy.READD),
    "protocol": Attribute(protocol, Policy.READD, default=PROTOCOL),
}
#: What packets a rule is for: the kernel has as many rules of one priority as differ in that.
SELECTORS = ("not", "from", "to", "tos", "fwmark", "iif", "oif", "ipproto", "sport", "dport", "uidrange", "tun_id")
RULE_KEY = ("family", "priority", *SELECTORS)
#: What a selector is that selects nothing.
ANY: Mapping[str, Any] = {"not": False, "tos": 0}


def action_of(rule: Mapping[str, Any]) -> str:
    """What is done with a packet; a rule that names a priority to go to need not say so."""
    return str(rule.get("action") or ("goto" if rule.get("goto") is not None else "lookup"))


def looks_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the kernel takes two rules in one place for the same: protocol and goto may differ."""
    return action_of(one) == action_of(other) and all(
        one.get(name) == other.get(name) for name in ("table", "suppress_prefixlength", "suppress_ifgroup")
    )


def complete_rule_key(rule: Dict[str, Any]) -> None:
    """Fill in the family, which a network tells and is else IPv4, as for ``ip rule``, and the selectors not there."""
    for name in SELECTORS:
        rule.setdefault(name, ANY.get(name))
    networks = [rule[name] for name in ("from", "to") if rule[name]]
    rule.setdefault("family", "ipv6" if networks and ":" in networks[0] else "ipv4")
    if any((":" in network) != (rule["family"] == "ipv6") for network in networks):
        raise ValueError("has networks of another address family than its own or each other's")


def complete_rule(rule: Dict[str, Any]) -> None:
    """Fill in the key; raise ``ValueError`` where the attributes contradict one another."""
    complete_rule_key(rule)
    action = action_of(rule)
    if action == "lookup":
        if ("table" in rule) == bool(rule.get("l3mdev")):
            raise ValueError("needs a table to look up, or l3mdev for that of the packet's VRF")
    else:
        given = [name for name in _LOOKUP_ONLY if name in rule]
        if given:
            raise ValueError("of action %s looks up no table, and has no %s" % (action, " and no ".join(given)))
    if (action == "goto") != ("goto" in rule):
        raise ValueError("has the action goto and the priority to go to, or neither of them")
    if action == "goto" and rule["goto"] <= rule["priority"]:
        raise ValueError("goes to priority %d, and the kernel goes on only to later rules" % rule["goto"])
