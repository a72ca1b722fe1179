# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal forms and checks of an iptables chain's values."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Mapping

from . import values

BUILT_IN_CHAINS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
#: The tables, and the built-in chains that each has.
TABLES = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "mangle": BUILT_IN_CHAINS,
    "raw": ("PREROUTING", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}
#: What an anchor's comment begins with.
PRIORITY_MARK = "podnet: priority "
_PRIORITY = values.integer(-1000, 1000)
_CHAIN = re.compile(r"[A-Za-z0-9_.-]{1,28}")  # XT_EXTENSION_MAXNAMELEN less one: what both backends take


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


def anchors(raw: Any) -> List[Dict[str, Any]]:
    """The built-in chains that jump to the chain, each from its first or its last rule.

    Among own chains that are anchored at the same end, those of lower ``priority`` (0 where none is given) stand ahead,
    and of those with the same the one whose name comes first.
    """
    if not isinstance(raw, list):
        raise ValueError("is no list of {chain, position, priority}")
    normal = [_anchor(each) for each in raw]
    normal.sort(key=lambda anchor: str(anchor["chain"]))
    if len({anchor["chain"] for anchor in normal}) < len(normal):
        raise ValueError("names a built-in chain twice")
    return normal


def _anchor(raw: Any) -> Dict[str, Any]:
    if not isinstance(raw, dict) or not set(raw) <= {"chain", "position", "priority"}:
        raise ValueError("holds %r, which is no {chain, position, priority}" % (raw,))
    position = raw.get("position", "last")
    if raw.get("chain") not in BUILT_IN_CHAINS or position not in ("first", "last"):
        raise ValueError("holds %r: chain is one of %s, position is first or last" % (raw, ", ".join(BUILT_IN_CHAINS)))
    try:
        priority = _PRIORITY(raw.get("priority", 0))
    except ValueError as error:
        raise ValueError("holds %r: priority %s" % (raw, error)) from None
    anchor = {"chain": raw["chain"], "position": position}
    return {**anchor, "priority": priority} if priority else anchor


def check_anchors(table: str, chain_name: str, anchored: Iterable[Mapping[str, Any]]) -> None:
    """Raise ``ValueError`` where the table has no such built-in chain."""
    for anchor in anchored:
        if anchor["chain"] not in TABLES[table]:
            raise ValueError(
                "anchors %s in %s, which table %s does not have; it has %s"
                % (chain_name, anchor["chain"], table, ", ".join(TABLES[table]))
            )


def jump(chain_name: str, priority: int = 0) -> str:
    """An anchor as it stands after ``-A``: a jump which tells its priority, where that is not 0, so that any run of
    ours can read it off the host.
    """
    told = '-m comment --comment "%s%d" ' % (PRIORITY_MARK, priority) if priority else ""
    return "%s-j %s" % (told, chain_name)
