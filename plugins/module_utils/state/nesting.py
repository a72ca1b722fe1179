# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes that are objects themselves: nested in a document, by names with a dot in a state.

So each of them is compared, changed and put back by itself, as any attribute is.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

from .rows import Section


def flat(section: Section, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """``item`` with what is in its nested objects by names with a dot: ``port.hairpin``."""
    if item.keys().isdisjoint(section.nested):
        return item
    found: Dict[str, Any] = {}
    for name, value in item.items():
        if name in section.nested and isinstance(value, Mapping):
            found.update({"%s.%s" % (name, each): inner for each, inner in value.items()})
        else:
            found[name] = value
    return found


def nested(section: Section, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The way back from ``flat``."""
    if not section.nested or "." not in "".join(attributes):
        return attributes
    found: Dict[str, Any] = {}
    for name, value in attributes.items():
        group, dot, inner = name.partition(".")
        if dot:
            found.setdefault(group, {})[inner] = value
        else:
            found[name] = value
    return found
