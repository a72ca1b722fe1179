# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why something has to be changed, for the log of what was repaired and for ``podnet status``."""

from __future__ import annotations

from typing import Any, List, Sequence

from .change import Change
from .names import describe
from .rows import Policy
from .schema import properties
from .text import item, word

#: More items than this of a list help nobody; the rest is counted.
_SHOWN = 5


def reason(change: Change) -> str:
    """Why a change is needed to keep an object as its document has it."""
    name = describe(change.section, change.key)
    if change.before is None:
        return "%s is missing" % name
    if change.after is None:
        return "%s is left over" % name
    return "%s: %s" % (name, ", ".join(differences(change)))


def differences(change: Change) -> List[str]:
    """What is not as it is wanted of an object that is there and is to stay."""
    before, after = change.before or {}, change.after or {}
    rows = properties(change.section, after)
    return [
        _difference(attribute, before.get(attribute), value)
        for attribute, value in after.items()
        if attribute in rows and rows[attribute].policy is not Policy.DIRECTIVE and before.get(attribute) != value
    ]


def _difference(attribute: str, here: Any, wanted: Any) -> str:
    if not isinstance(wanted, list) or not isinstance(here, list):
        return "%s is %s instead of %s" % (attribute, word(here), word(wanted))
    have, want = [item(each) for each in here], [item(each) for each in wanted]
    lacking, surplus = _beyond(want, have), _beyond(have, want)
    parts = ["lack %s" % _some(lacking)] if lacking else []
    parts += ["have %s too many" % _some(surplus)] if surplus else []
    return "%s %s" % (attribute, " and ".join(parts) or "are in another order, or not as often")


def _beyond(items: Sequence[str], others: Sequence[str]) -> List[str]:
    known = set(others)
    return [each for each in items if each not in known]


def _some(items: Sequence[str]) -> str:
    shown = ", ".join("'%s'" % each if " " in each else each for each in items[:_SHOWN])
    return shown + (" and %d more" % (len(items) - _SHOWN) if len(items) > _SHOWN else "")
