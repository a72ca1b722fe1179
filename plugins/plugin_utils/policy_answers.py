# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about a cluster's policy, answered: pair by pair or all pairs of pods, for programs and for people."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.verdict import Said, Verdict, verdict

Port = Optional[Union[int, str]]


class Question(NamedTuple):
    """May ``source`` open a connection to ``destination``? ``expect`` is None where nobody said what it should be."""

    source: str
    destination: str
    protocol: str
    port: Port
    expect: Optional[str] = None

    def __str__(self) -> str:
        return "%s -> %s %s" % (self.source, self.destination, service(self.protocol, self.port))


class Answer(NamedTuple):
    """``before`` is whether it was allowed by the policies before, None where nobody asked."""

    question: Question
    verdict: Verdict
    before: Optional[bool] = None

    def as_result(self) -> Dict[str, Any]:
        """What the task returns of it."""
        told = {
            **self.question._asdict(),
            "allowed": self.verdict.allowed,
            "before": self.before,
            "egress": _lists(self.verdict.egress),
            "ingress": _lists(self.verdict.ingress),
        }
        return {name: value for name, value in told.items() if value is not None}

    def line(self) -> str:
        """The answer for people."""
        was = "" if self.before is None else "%s before, now " % _word(self.before)
        return "%s: %s%s (%s)" % (self.question, was, _word(self.verdict.allowed), reasons(self.verdict))

    @property
    def unexpected(self) -> bool:
        return self.question.expect not in (None, "allow" if self.verdict.allowed else "deny")


def service(protocol: str, port: Port) -> str:
    """Protocol and port as people write them."""
    return protocol if port is None else "%s/%s" % (protocol, port)


def number(port: Optional[str]) -> Port:
    """A port as it was given, which Ansible makes a string of."""
    return int(port) if port is not None and port.isdigit() else port


def ask(cluster: Cluster, question: Question, family: Optional[int] = None) -> Verdict:
    """Raises ``Unanswerable``."""
    return verdict(cluster, question.source, question.destination, question.protocol, question.port, family)


def reasons(found: Verdict) -> str:
    """Which policies say so."""
    return "; ".join(
        "%s %s" % (direction, _said(said)) for direction, said in (("egress", found.egress), ("ingress", found.ingress))
    )


def grids(found: Mapping[Question, Optional[int]]) -> List[str]:
    """For each port a table with a row for each source and a column for each destination."""
    lines: List[str] = []
    for wanted in dict.fromkeys(service(each.protocol, each.port) for each in found):
        cells = {
            (each.source, each.destination): "no" if denying else "yes"
            for each, denying in found.items()
            if service(each.protocol, each.port) == wanted
        }
        lines += ["%s, from row to column" % wanted, *_grid(cells)]
    return lines


def _grid(cells: Mapping[Tuple[str, str], str]) -> Iterator[str]:
    """A line of headings, numbers that stand for the pods, and a line for each pod."""
    pods = list(dict.fromkeys(source for source, _destination in cells))
    wide, narrow = max(map(len, pods), default=0), max(3, len(str(len(pods))))
    rows = [["", "", *map(str, range(1, len(pods) + 1))]]
    for source in pods:
        rows.append([str(len(rows)), source, *(cells.get((source, destination), "-") for destination in pods)])
    for place, source, *row in rows:
        yield " ".join([place.rjust(narrow), source.ljust(wide), *(cell.rjust(narrow) for cell in row)])


def _said(said: Said) -> str:
    if said.allowed_by:
        return "allowed by " + ", ".join(said.allowed_by)
    return "denied, isolated by " + ", ".join(said.isolated_by) if said.isolated_by else "not isolated"


def _lists(said: Said) -> Dict[str, Sequence[str]]:
    return {"isolated_by": list(said.isolated_by), "allowed_by": list(said.allowed_by)}


def _word(allowed: bool) -> str:
    return "allowed" if allowed else "denied"
