# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with Kubernetes objects, told as the API server tells it."""

from __future__ import annotations

import json
from typing import Any, List, NamedTuple, Sequence

#: What the API server puts before a reason (``k8s.io/apimachinery/pkg/util/validation/field``).
INVALID = "Invalid value"
UNSUPPORTED = "Unsupported value"
DUPLICATE = "Duplicate value"
REQUIRED = "Required value"
FORBIDDEN = "Forbidden"
UNKNOWN = "Unknown field"

#: Of these the value says nothing: it is missing, or it is its place that is wrong.
_WITHOUT_VALUE = (REQUIRED, FORBIDDEN, UNKNOWN)

#: More lines, or longer values, than this help nobody.
_LINES_SHOWN = 20
_VALUE_SHOWN = 120


class Problem(NamedTuple):
    """One refusal.

    ``object`` is how people name it (``NetworkPolicy default/web``), ``field`` its path in it
    (``spec.ingress[0].ports[1].endPort``, or "" for all of it), ``value`` what stands there, ``fault`` and ``reason``
    the API server's words for it: ``NetworkPolicy default/web: spec.policyTypes[0]: Unsupported value: "Both": …``.
    """

    object: str
    field: str
    value: Any
    reason: str
    fault: str = INVALID

    def __str__(self) -> str:
        parts = [self.object, self.field, self.fault, self.reason]
        if self.fault not in _WITHOUT_VALUE:
            parts.insert(3, _show(self.value))
        return ": ".join(part for part in parts if part)  # of a whole object there is no field


class PolicyError(ValueError):
    """The objects are refused, and none was used. ``problems`` are all there are, in the order of the listing."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: List[Problem] = list(problems)
        lines = ["- %s" % (problem,) for problem in self.problems[:_LINES_SHOWN]]
        more = len(self.problems) - len(lines)
        lines += ["… and %d more" % more] if more else []
        count = "1 problem" if len(self.problems) == 1 else "%d problems" % len(self.problems)
        super().__init__("the Kubernetes objects are refused, %s:\n%s" % (count, "\n".join(lines)))


def _show(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except TypeError:  # YAML's keys may be anything
        text = str(value)
    return text if len(text) <= _VALUE_SHOWN else text[:_VALUE_SHOWN] + "…"
