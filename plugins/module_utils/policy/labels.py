# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels of objects and of selectors, checked."""

from __future__ import annotations

from typing import Any, Dict, Set, Tuple

from . import syntax
from .fields import Fields
from .model import Labels


class LabelReader:
    """Reads labels of one listing. Each is checked once, and equal ones, as replicas have them, are one object."""

    def __init__(self) -> None:
        self._right: Set[Tuple[str, str]] = set()
        self._known: Dict[Tuple[Tuple[str, str], ...], Labels] = {}

    def read(self, fields: Fields, value: Any, field: str) -> Labels:
        """Labels; what is wrong with them was noted."""
        labels = fields.strings(value, field)
        pairs = tuple(labels.items())
        known = self._known.get(pairs)
        if known is not None:
            return known
        for pair in pairs:
            if pair not in self._right:
                self._check(fields, pair, field)
        if self._right.issuperset(pairs):
            self._known[pairs] = labels
        return labels

    def _check(self, fields: Fields, pair: Tuple[str, str], field: str) -> None:
        key, value = pair
        wrong_key, wrong_value = syntax.label_key(key), syntax.label_value(value)
        fields.note_all(field, key, wrong_key)
        fields.note_all(field, value, wrong_value)
        if not wrong_key and not wrong_value:
            self._right.add(pair)
