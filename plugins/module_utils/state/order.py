# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which changes can be made: what others hang on comes first, and goes last."""

from __future__ import annotations

from typing import Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

from .change import Change

#: Each section's objects may need objects of the sections before it.
DEPENDENCY = ("links", "sysctls", "addresses", "neighbors", "fdb", "routes", "rules")


class Phase(NamedTuple):
    """Changes of one section that do not depend on one another's outcome but by their order."""

    section: str
    changes: List[Change]


def phases(changes: Iterable[Change]) -> List[Phase]:
    """First what goes, last dependant first; then what comes or changes; then packet filters.

    A table of iptables is written in one commit, comings and goings together, so that no packet meets half of it. Sets
    exist before the first rule that may name them, and go after the last.
    """
    going: Dict[str, List[Change]] = {}
    coming: Dict[str, List[Change]] = {}
    for change in changes:
        (going if change.after is None else coming).setdefault(change.section, []).append(change)
    order: List[Tuple[str, Sequence[Change]]] = []
    order += [(section, _sorted(section, going.get(section, []))[::-1]) for section in reversed(DEPENDENCY)]
    order += [("ipsets", coming.get("ipsets", []))]
    order += [(section, _sorted(section, coming.get(section, []))) for section in DEPENDENCY]
    order += [("iptables", coming.get("iptables", []) + going.get("iptables", []))]
    order += [("ipsets", going.get("ipsets", []))]
    return [Phase(section, list(members)) for section, members in order if members]


def in_order(changes: Iterable[Change]) -> List[Change]:
    """The same order without the division into phases."""
    return [change for phase in phases(changes) for change in phase.changes]


def _sorted(section: str, changes: List[Change]) -> List[Change]:
    return _links(changes) if section == "links" else changes


def _links(changes: List[Change]) -> List[Change]:
    """Links so that each comes after those it names, its master and the link below it, and after what makes it."""
    by_name = {change.key[0]: change for change in changes}
    makers = {(change.after or {}).get("peer.name"): name for name, change in by_name.items()}
    done: Set[str] = set()
    ordered: List[Change] = []

    def visit(name: str) -> None:
        if name in done or name not in by_name:
            return
        done.add(name)
        attributes = by_name[name].after or by_name[name].before or {}
        for reference in ("master", "dev", "link"):
            visit(attributes.get(reference) or "")
        visit(makers.get(name, ""))
        ordered.append(by_name[name])

    for name in by_name:
        visit(name)
    return ordered
