# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the jumps to own chains ("anchors") stand in built-in chains, and where they belong. Pure.

``first`` means that only anchors of own chains stand ahead, ``last`` that only those stand behind. Own chains at the
same end keep an order of their own: by priority, which an anchor carries in a comment, then by name. So it takes no
more than the listing to tell the place of a chain, whatever documents the others belong to.
"""

from __future__ import annotations

import re
from typing import Any, Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..state.filters import PRIORITY_MARK, jump
from ..state.marks import CHAIN

#: Where an anchor stands that is neither first nor last.
DISPLACED = "displaced"
_ANCHOR = re.compile(r'(?:-m comment --comment "%s(-?\d+)" )?-j (\S+)' % re.escape(PRIORITY_MARK))


class Anchor(NamedTuple):
    """A jump to an own chain, whose order is that of these tuples."""

    priority: int
    chain: str


def anchor(rule: str, own: Collection[str]) -> Optional[Anchor]:
    """The anchor that a rule is; None where it is another rule. ``own``: chains that are ours whatever their names."""
    found = _ANCHOR.fullmatch(rule)
    if found is None or not (found.group(2) in own or found.group(2).startswith(CHAIN)):
        return None
    return Anchor(int(found.group(1) or 0), found.group(2))


def standing(
    builtin: Mapping[str, Sequence[str]], chain: str, own: Collection[str], wanted: Sequence[Mapping[str, Any]]
) -> List[Dict[str, Any]]:
    """The chain's anchors in the ``builtin`` chains, sorted; one at both ends is where ``wanted`` wants it."""
    wishes = {each["chain"]: each["position"] for each in wanted}
    found = []
    for name in sorted(builtin):
        order = [anchor(rule, own) for rule in builtin[name]] if any(chain in rule for rule in builtin[name]) else []
        for index, here in enumerate(order):
            if here is not None and here.chain == chain:
                possible = ["first"] if all(each and each <= here for each in order[:index]) else []
                possible += ["last"] if all(each and each >= here for each in order[index + 1 :]) else []
                possible.append(DISPLACED)
                wish = wishes.get(name)
                place = {"chain": name, "position": wish if wish in possible else possible[0]}
                found.append({**place, "priority": here.priority} if here.priority else place)
    return found


def moves(
    builtin: Dict[str, List[str]], chain: str, own: Collection[str], wanted: Sequence[Mapping[str, Any]]
) -> List[str]:
    """The lines of ``iptables-restore`` that bring the chain's anchors to where ``wanted`` has them.

    ``builtin`` is brought there too, for the moves of the next chain.
    """
    lines = []
    for name, rules in builtin.items():
        for rule in [each for each in rules if _leads_to(each, chain, own)]:
            rules.remove(rule)
            lines.append("-D %s %s" % (name, rule))
    for each in wanted:
        rules = builtin.setdefault(each["chain"], [])
        rule = jump(chain, each.get("priority", 0))
        index = _index(rules, Anchor(each.get("priority", 0), chain), each["position"], own)
        lines.append("-A %s %s" % (each["chain"], rule) if index == len(rules) else _insert(each["chain"], index, rule))
        rules.insert(index, rule)
    return lines


def _insert(builtin: str, index: int, rule: str) -> str:
    return "-I %s %d %s" % (builtin, index + 1, rule)


def _leads_to(rule: str, chain: str, own: Collection[str]) -> bool:
    found = anchor(rule, own)
    return found is not None and found.chain == chain


def _index(rules: Sequence[str], new: Anchor, position: str, own: Collection[str]) -> int:
    """Behind the anchors at its end that come before it, and ahead of those that come after it.

    One that was displaced before (``position`` of a state to go back to) goes to the top.
    """
    ends: Tuple[Sequence[str], ...] = (rules, rules[::-1])
    at_end = []
    for rule in ends[position == "last"]:
        found = anchor(rule, own)
        if found is None or (found < new) == (position == "last"):
            break
        at_end.append(rule)
    return len(rules) - len(at_end) if position == "last" else len(at_end)
