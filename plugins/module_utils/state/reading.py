# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a reading a document could say. Hosts have links of kinds, scopes and more that it has no word for."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Tuple

from .change import Attributes, Key
from .document import VERSION, normalise, to_document
from .errors import DocumentError
from .rows import Attribute, Policy
from .schema import properties


def sayable(section: str, attributes: Mapping[str, Any]) -> Tuple[Attributes, List[str]]:
    """The attributes that a document could have, with these values, and the names of those that it could not."""
    rows = properties(section, attributes)
    said: Attributes = {}
    unsaid: List[str] = []
    for name, value in attributes.items():
        row = rows.get(name)
        if value is not None and row is not None and _takes(row, value):
            said[name] = value
        elif value is not None:
            unsaid.append(name)
    return said, unsaid


def unsayable(section: str, item: Mapping[str, Any]) -> List[str]:
    """What keeps an object in a document's form from being in a document: names of attributes, or ``object``."""
    try:
        normalise({"version": VERSION, section: [item]})
    except DocumentError as error:
        return sorted({problem.path.partition("].")[2] or "object" for problem in error.problems})
    return []


def objects(section: str, found: Mapping[Key, Attributes]) -> List[Dict[str, Any]]:
    """The objects of a state as a document has them, without what is not set."""
    listed = to_document({section: dict(found)}).get(section, [])
    return [{name: value for name, value in item.items() if value is not None} for item in listed]


def _takes(row: Attribute, value: Any) -> bool:
    if row.policy is Policy.DIRECTIVE:
        return False
    try:
        row.normalise(value)
    except ValueError:
        return False
    return True
