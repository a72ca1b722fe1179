# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of sysctls and packet filters as the ``sysctl``, ``ipset`` and ``iptables`` commands of an operator.

The engine itself writes a table in one commit; these commands lead to the same end one after another.
"""

from __future__ import annotations

from typing import Any, List, Mapping

from . import filters, sets
from .change import Change
from .marks import SWAP_SET
from .words import line

_IPTABLES = {"ipv4": "iptables", "ipv6": "ip6tables"}


def sysctl(change: Change) -> List[str]:
    """A ``sysctl`` command; one that is left alone has its value as it was."""
    return [line(["sysctl", "-w", "%s=%s" % (change.key[0], (change.after or {}).get("value", ""))])]


def ipset(change: Change) -> List[str]:
    """``ipset`` commands: a set made, filled, changed by its differing entries, swapped for another, or destroyed."""
    name, before, after = change.key[0], change.before, change.after
    if after is None:
        return ["ipset destroy " + name]
    if before is None:
        return _filled_set(name, after)
    if not change.recreate:
        had, wanted = set(before.get("entries", ())), set(after.get("entries", ()))
        added = [sets.addition(name, entry, before) for entry in sorted(wanted - had)]
        return _ipset(added + [sets.deletion(name, entry) for entry in sorted(had - wanted)])
    if not sets.same_kind(before, after):
        return ["ipset destroy " + name, *_filled_set(name, after)]
    swapped = ["ipset swap %s %s" % (SWAP_SET, name), "ipset destroy " + SWAP_SET]
    return _filled_set(SWAP_SET, {**before, **after}) + swapped


def _filled_set(name: str, attributes: Mapping[str, Any]) -> List[str]:
    entries = [sets.addition(name, entry, attributes) for entry in attributes.get("entries", ())]
    return _ipset([sets.creation(name, attributes), *entries])


def _ipset(arguments: List[str]) -> List[str]:
    return [line(["ipset", *sets.words(each)]) for each in arguments]


def chain(change: Change) -> List[str]:
    """``iptables`` commands: the chain filled before the first jump into it, and left by all jumps before it goes."""
    family, table, name = change.key
    tool = "%s -w -t %s" % (_IPTABLES[family], table)
    before, after = change.before or {}, change.after or {}
    had, wanted = before.get("anchors", []), after.get("anchors", [])
    lines = ["%s -D %s %s" % (tool, each["chain"], _jump(name, each)) for each in had if each not in wanted]
    if change.before is None:
        lines.append("%s -N %s" % (tool, name))
    if change.before is not None and before.get("rules") and before.get("rules") != after.get("rules"):
        lines.append("%s -F %s" % (tool, name))
    if change.after is None:
        return lines + ["%s -X %s" % (tool, name)]
    if before.get("rules") != after.get("rules"):
        lines += ["%s -A %s %s" % (tool, name, rule) for rule in after.get("rules", [])]
    for each in wanted:
        if each not in had:
            place = "-I %s 1" if each["position"] == "first" else "-A %s"
            lines.append("%s %s %s" % (tool, place % each["chain"], _jump(name, each)))
    return lines


def _jump(chain_name: str, anchor: Mapping[str, Any]) -> str:
    return filters.jump(chain_name, anchor.get("priority", 0))
