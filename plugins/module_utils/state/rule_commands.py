# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule's change as the ``ip rule`` commands that an operator would type for it."""

from __future__ import annotations

from typing import Any, List, Mapping

from .change import Change, Key
from .marks import PROTOCOL
from .rule_rows import RULE_KEY, action_of, looks_same
from .words import Words, line

_SELECTORS = ("to", "fwmark", "iif", "oif", "ipproto", "sport", "dport", "uidrange", "tun_id")


def rules(change: Change) -> List[str]:
    """The new rule comes before the old one goes, so that no packet meets neither, where ``ip`` adds the like of it."""
    added = [] if change.after is None else [_command("add", change.key, change.after)]
    gone = [] if change.before is None else [_command("delete", change.key, change.before)]
    return gone + added if looks_same(change.before or {}, change.after or {}) else added + gone


def _command(verb: str, key: Key, rule: Mapping[str, Any]) -> str:
    packets = dict(zip(RULE_KEY, key))
    words: Words = ["ip"] + (["-6"] if packets["family"] == "ipv6" else []) + ["rule", verb]
    words += (["not"] if packets["not"] else []) + ["from", packets["from"] or "all"]
    words += ["tos", "0x%02x" % packets["tos"]] if packets["tos"] else []
    for name in _SELECTORS:
        if packets[name] is not None:
            words += [name, str(packets[name])]
    words += ["priority", str(packets["priority"])]
    for name in ("table", "suppress_prefixlength", "suppress_ifgroup", "goto"):
        if rule.get(name) is not None:
            words += [name, str(rule[name])]
    words += ["l3mdev"] if rule.get("l3mdev") else []
    if action_of(rule) not in ("lookup", "goto"):
        words.append(action_of(rule))
    return line(words + ["protocol", str(rule.get("protocol", PROTOCOL))])
