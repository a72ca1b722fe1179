# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal forms and checks of the iptables and ipset sections' values."""

from __future__ import annotations

import re
from typing import Any, Dict, List

from . import values

BUILT_IN_CHAINS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
TABLES = ("filter", "nat", "mangle", "raw", "security")
_CHAIN = re.compile(r"[A-Za-z0-9_.-]{1,28}")  # XT_EXTENSION_MAXNAMELEN less one: what both backends take
_SET = re.compile(r"[A-Za-z0-9_.-]{1,31}")  # IPSET_MAXNAMELEN less one
_SET_TYPE = re.compile(r"(hash|bitmap|list):[a-z,]+")


def chain(raw: Any) -> str:
    """The name of a chain of one's own. Built-in chains are others': a document anchors into them, no more."""
    if not isinstance(raw, str) or not _CHAIN.fullmatch(raw):
        raise ValueError("is no chain name: 1 to 28 letters, digits, '_', '.' or '-'")
    if raw in BUILT_IN_CHAINS:
        raise ValueError("is a built-in chain; hold a chain of your own and anchor it there")
    return raw


def rules(raw: Any) -> List[str]:
    """Rules in order, each as it stands after ``-A CHAIN``."""
    if not isinstance(raw, list):
        raise ValueError("is no list of rules")
    for rule in raw:
        # A line break would smuggle a further line into iptables-restore's input.
        if not isinstance(rule, str) or not rule.strip() or not rule.isprintable():
            raise ValueError("holds %r, which is no single line as after '-A CHAIN'" % (rule,))
        if rule.split()[0] in ("-A", "-I", "-D", "-N", "-P", "-F", "-X", "-t", "--append", "--insert", "--table"):
            raise ValueError("holds %r: leave out table, command and chain" % rule)
    return [rule.strip() for rule in raw]


def anchors(raw: Any) -> List[Dict[str, str]]:
    """The built-in chains that jump to the chain, each from its first or its last rule."""
    if not isinstance(raw, list):
        raise ValueError("is no list of {chain, position}")
    normal = []
    for each in raw:
        if not isinstance(each, dict) or not set(each) <= {"chain", "position"}:
            raise ValueError("holds %r, which is no {chain, position}" % (each,))
        position = each.get("position", "last")
        if each.get("chain") not in BUILT_IN_CHAINS or position not in ("first", "last"):
            raise ValueError(
                "holds %r: chain is one of %s, position is first or last" % (each, ", ".join(BUILT_IN_CHAINS))
            )
        normal.append({"chain": each["chain"], "position": position})
    normal.sort(key=lambda anchor: anchor["chain"])
    if len({anchor["chain"] for anchor in normal}) < len(normal):
        raise ValueError("names a built-in chain twice")
    return normal


def set_name(raw: Any) -> str:
    """An ipset's name."""
    if not isinstance(raw, str) or not _SET.fullmatch(raw):
        raise ValueError("is no set name: 1 to 31 letters, digits, '_', '.' or '-'")
    return raw


def set_type(raw: Any) -> str:
    """An ipset's type, such as ``hash:net``; the kernel says which there are."""
    if not isinstance(raw, str) or not _SET_TYPE.fullmatch(raw):
        raise ValueError("is no set type like hash:net")
    return raw


def set_entries(raw: Any) -> List[str]:
    """An ipset's entries, sorted, each once: addresses and networks in normal form, options after white space."""
    if not isinstance(raw, list):
        raise ValueError("is no list of entries")
    return sorted({set_entry(entry) for entry in raw})


def set_entry(raw: Any) -> str:
    """One entry as ``ipset save`` prints it: a single host without its ``/32``."""
    if not isinstance(raw, str) or not raw.strip() or not raw.isprintable():
        raise ValueError("holds %r, which is no entry" % (raw,))
    element, *options = raw.split()
    return " ".join([",".join(_set_part(part) for part in element.split(","))] + options)


def _set_part(part: str) -> str:
    try:
        normal = values.network(part)
    except ValueError as error:
        if "/" in part:
            raise ValueError("holds %r, which %s" % (part, error)) from None
        return part.lower()  # a port, a mark, a MAC, a set's name … or an interface, which no set of ours holds
    address, _slash, length = normal.partition("/")
    return address if length == ("128" if values.is_ipv6(address) else "32") else normal
