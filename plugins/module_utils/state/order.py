# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which changes can be made: what others hang on comes first, and goes last."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Sequence, Set, Tuple

from . import holds
from .change import Change, Key
from .changes import Additions, Changes
from .dependants import hangs_on

#: Each section's objects may need objects of the sections before it.
DEPENDENCY = ("links", "sysctls", "addresses", "neighbors", "fdb", "routes", "rules")

_Changes = Mapping[str, List[Change]]


class Phase(NamedTuple):
    """Changes of one section that do not depend on one another's outcome but by their order."""

    section: str
    changes: Sequence[Change]


def phases(changes: Iterable[Change]) -> List[Phase]:
    """First what goes, last dependant first; then what comes or changes; then packet filters.

    A route that others relieve goes when these are there, so that at no time there is none, and an IPv4 address
    together with those that come to its link, which is never to be without one (``holds``). A table of iptables is
    written in one commit, comings and goings together, so that no packet meets half of it. Sets exist before the first
    rule that may name them, and go after the last.
    """
    going: Dict[str, List[Change]] = {}
    coming: Dict[str, List[Change]] = {}
    tables: Dict[str, List[Additions]] = {}  # where there are some, none of their section was there before
    for part in changes.parts if isinstance(changes, Changes) else [changes]:
        if isinstance(part, Additions):
            tables.setdefault(part.section, []).append(part)
            continue
        for change in part:
            (going if change.after is None else coming).setdefault(change.section, []).append(change)
    relieved = _relieved(going, coming)
    going["routes"] = [change for change in going.get("routes", []) if change.key not in relieved]
    _followed(going, coming)
    order: List[Tuple[str, Sequence[Change]]] = []
    order += [(section, _sorted(section, going.get(section, []))[::-1]) for section in reversed(DEPENDENCY)]
    order += [("ipsets", coming.get("ipsets", []))]
    for section in DEPENDENCY:
        order += [(section, _sorted(section, coming.get(section, [])))]
        order += [(section, some) for some in tables.get(section, ())]
    order += [("routes", list(relieved.values()))]
    order += [("iptables", coming.get("iptables", []) + going.get("iptables", []))]
    order += [("ipsets", going.get("ipsets", []))]
    return [Phase(section, members) for section, members in order if members]


def in_order(changes: Iterable[Change]) -> List[Change]:
    """The same order without the division into phases."""
    return [change for phase in phases(changes) for change in phase.changes]


def _followed(going: Dict[str, List[Change]], coming: Dict[str, List[Change]]) -> None:
    """Have addresses that others follow go in one with these."""
    going_addresses = going.get("addresses", [])
    late = holds.after_all(going_addresses + coming.get("addresses", []))
    if late:
        keys = {change.key for change in late}
        going["addresses"] = [change for change in going_addresses if change.key not in keys]
        coming["addresses"] = late + coming["addresses"]


def _relieved(going: _Changes, coming: _Changes) -> Dict[Key, Change]:
    """The routes that go, and to whose destinations others come: the same routes with another metric, for instance.

    One that its link or its source address takes along is gone by then, and is not among them.
    """
    places = {_place(change.key) for change in coming.get("routes", [])} if going.get("routes") else set()
    routes = [change for change in going.get("routes", []) if _place(change.key) in places]
    if not routes:
        return {}
    changed = going.get("links", []) + coming.get("links", [])
    links = {change.key[0] for change in changed if change.recreate or None in (change.before, change.after)}
    addresses = going.get("addresses", []) + coming.get("addresses", [])
    sources = {change.key[1].partition("/")[0] for change in addresses if change.before is not None}
    return {
        change.key: change
        for change in routes
        if not hangs_on("routes", change.key, change.before or {}, links)
        and (change.before or {}).get("src") not in sources
    }


def _place(key: Key) -> Tuple[Any, ...]:
    """A route's destination, table and type of service."""
    dst, table, _metric, tos = key
    return dst, table, tos


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
