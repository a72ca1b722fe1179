# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an inventory, told so that an operator can put it right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Sequence, Tuple

#: Stands in the place of a host name where the problem is the whole cluster's.
EVERY_HOST = "every host"


@dataclass(frozen=True)
class Problem:
    """One refusal. It is told as ``HOST: VARIABLE VALUE REASON. WAY OUT.``, so the reason goes on from the value."""

    host: str
    variable: str
    value: Any
    reason: str
    way_out: str


class PlanError(Exception):
    """The inventory is refused. ``problems`` holds every problem found, in the order of the inventory."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Tuple[Problem, ...] = tuple(problems)
        super().__init__(self._message())

    def _message(self) -> str:
        found = lines(self.problems)
        count = "1 problem" if len(found) == 1 else "%d problems" % len(found)
        return "The plan is refused and no host was changed, %s:\n%s" % (count, "\n".join(found))


def lines(problems: Sequence[Problem]) -> List[str]:
    """One line a problem; what stands in a group's variables is one problem of many hosts, not many problems."""
    hosts_of: Dict[Tuple[str, str, str, str], List[str]] = {}
    for problem in problems:
        said = (problem.variable, show(problem.value), problem.reason, problem.way_out)
        hosts_of.setdefault(said, []).append(problem.host)
    return [
        "- %s: %s%s %s. %s." % (some(hosts), variable, " " + value if value else "", reason, _sentence(way_out))
        for (variable, value, reason, way_out), hosts in hosts_of.items()
    ]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def show(value: Any) -> str:
    """A value as an operator wrote it: lists with commas, without Python's quotes."""
    if isinstance(value, (list, tuple)):
        return ", ".join(show(item) for item in value) if value else "[]"
    return str(value)


def some(names: Sequence[str], limit: int = 3) -> str:
    """Names for a sentence, cut after ``limit``: ``node-1, node-2, node-3 and 4997 more``."""
    shown = ", ".join(names[:limit])
    return "%s and %d more" % (shown, len(names) - limit) if len(names) > limit else shown
