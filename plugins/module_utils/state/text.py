# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as lines of text, for ``before``, ``after`` and diff mode."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

from .change import Change, Key
from .names import describe
from .order import in_order
from .rows import Policy
from .schema import properties

#: Shown one item a line, because an operator compares items and not lists.
_LISTS = ("rules", "anchors", "entries", "nexthops")
_IMPLIED = ("scope", "protocol")


def before(changes: Iterable[Change]) -> List[str]:
    """The changed objects as the kernel has them; what is absent has no line."""
    return [line for change in in_order(changes) for line in _lines(change, _seen(change))]


def after(changes: Iterable[Change]) -> List[str]:
    """The changed objects as they are going to be."""
    return [line for change in in_order(changes) for line in _lines(change, change.after)]


def _seen(change: Change) -> Optional[Mapping[str, Any]]:
    """The present attributes without those that every reading has and only few documents declare."""
    if change.before is None or change.after is None:
        return change.before
    return {name: value for name, value in change.before.items() if name not in _IMPLIED or name in change.after}


def _lines(change: Change, attributes: Optional[Mapping[str, Any]]) -> List[str]:
    if attributes is None:
        return []
    return lines(change.section, change.key, attributes)


def lines(section: str, key: Key, attributes: Mapping[str, Any]) -> List[str]:
    """One object: its name and its attributes in the schema's order, items of lists on lines of their own."""
    name, words, items = describe(section, key), [], []
    for attribute, row in properties(section, attributes).items():
        value = attributes.get(attribute)
        if value is None or row.policy is Policy.DIRECTIVE:
            continue
        if attribute in _LISTS:
            items += ["%s: %s" % (name, item(each)) for each in value]
        else:
            words.append("%s %s" % (attribute, word(value)))
    return [": ".join([name, " ".join(words)]) if words else name] + items


def word(value: Any) -> str:
    """An attribute's value."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return repr(value) if isinstance(value, str) and (" " in value or not value) else str(value)


def item(each: Any) -> str:
    """One item of a list."""
    if not isinstance(each, dict):
        return str(each)
    if "position" in each:
        priority = " at priority %d" % each["priority"] if each.get("priority") else ""
        return "%s in %s%s" % (each["position"], each["chain"], priority)
    return " ".join("%s %s" % (name, word(each[name])) for name in sorted(each))
