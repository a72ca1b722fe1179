# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a reading a document could say. Hosts have links of kinds, scopes and more that it has no word for."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Tuple

from .change import Attributes, Key
from .document import to_document
from .rows import Attribute, Policy
from .schema import properties
from .text import word


def sayable(section: str, attributes: Mapping[str, Any]) -> Tuple[Attributes, List[str]]:
    """The attributes that a document could have, and in words those whose values it could not."""
    rows = properties(section, attributes)
    said: Attributes = {}
    foreign: List[str] = []
    for name, value in attributes.items():
        row = rows.get(name)
        if row is None or value is None or row.policy is Policy.DIRECTIVE:
            continue
        if _takes(row, value):
            said[name] = value
        else:
            foreign.append("%s %s" % (name, word(value)))
    return said, foreign


def objects(section: str, found: Mapping[Key, Attributes]) -> List[Dict[str, Any]]:
    """The objects of a state as a document has them, without what is not set."""
    listed = to_document({section: dict(found)}).get(section, [])
    return [{name: value for name, value in item.items() if value is not None} for item in listed]


def _takes(row: Attribute, value: Any) -> bool:
    try:
        row.normalise(value)
    except ValueError:
        return False
    return True
