# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Label selectors: read from the API's form into a normal one, and held against labels.

Source: ``k8s.io/apimachinery/pkg/apis/meta/v1/validation`` and ``pkg/labels``.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from . import problems, syntax
from .fields import WRONG, Fields
from .labels import LabelReader
from .model import DOES_NOT_EXIST, EXISTS, IN, NOT_IN, Labels, Requirement, Selector

_SELECTOR = frozenset(("matchLabels", "matchExpressions"))
_EXPRESSION = frozenset(("key", "operator", "values"))


def matches(selector: Selector, labels: Labels) -> bool:
    """Whether all requirements hold. ``NotIn`` holds as well where there is no such label."""
    return all(_holds(requirement, labels.get(requirement.key)) for requirement in selector)


def _holds(requirement: Requirement, value: Optional[str]) -> bool:
    operator = requirement.operator
    if operator == IN:
        return value in requirement.values
    if operator == NOT_IN:
        return value not in requirement.values
    return (value is not None) is (operator == EXISTS)


class SelectorReader:
    """Reads selectors; those that say the same are one object, without repetitions and in one order."""

    def __init__(self, labels: LabelReader) -> None:
        self._labels = labels
        self._known: Dict[Selector, Selector] = {}

    def read(self, fields: Fields, value: Any, field: str) -> Selector:
        """A selector; whatever of it is wrong was noted, and is left out."""
        body = fields.mapping(value, field, _SELECTOR)
        if not body:
            return ()
        labels = self._labels.read(fields, body.get("matchLabels"), field + ".matchLabels")
        found = [Requirement(key, IN, frozenset((each,))) for key, each in labels.items()]
        expressions = fields.sequence(body.get("matchExpressions"), field + ".matchExpressions")
        for number, each in enumerate(expressions):
            requirement = _requirement(fields, each, "%s.matchExpressions[%d]" % (field, number))
            if requirement is not None:
                found.append(requirement)
        selector = tuple(sorted(set(found), key=_order)) if len(found) > 1 else tuple(found)
        return self._known.setdefault(selector, selector)


def _order(requirement: Requirement) -> Tuple[str, str, List[str]]:
    return requirement.key, requirement.operator, sorted(requirement.values)


def _requirement(fields: Fields, value: Any, field: str) -> Optional[Requirement]:
    body = fields.mapping(value, field, _EXPRESSION)
    if body is WRONG:
        return None
    operator = fields.string(body.get("operator"), field + ".operator")
    values = _values(fields, body.get("values"), field + ".values")
    if operator in (IN, NOT_IN):
        if not values:
            reason = "must be specified when `operator` is 'In' or 'NotIn'"
            fields.note(field + ".values", values, reason, problems.REQUIRED)
    elif operator in (EXISTS, DOES_NOT_EXIST):
        if values:
            reason = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            fields.note(field + ".values", values, reason, problems.FORBIDDEN)
    elif operator is not None:
        fields.note(field + ".operator", operator, "not a valid selector operator")
    key = fields.string(body.get("key"), field + ".key")
    if key is not None:
        fields.note_all(field + ".key", key, syntax.label_key(key))
    for number, each in enumerate(values):
        fields.note_all("%s.values[%d]" % (field, number), each, syntax.label_value(each))
    return None if key is None or operator is None else Requirement(key, operator, frozenset(values))


def _values(fields: Fields, value: Any, field: str) -> List[str]:
    found = [
        fields.string(each, "%s[%d]" % (field, number)) for number, each in enumerate(fields.sequence(value, field))
    ]
    return [each for each in found if each is not None]
