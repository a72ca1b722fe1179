# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All sections' readers and writers, by section name."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence

from ..state.change import Change, Failure, Objects, State
from . import addresses, fdb, ipset, iptables, links, links_by_ip, neighbors, routes, rules, sysctl
from .command import CommandError, which

_SECTIONS: Dict[str, ModuleType] = {
    "links": links,
    "addresses": addresses,
    "neighbors": neighbors,
    "fdb": fdb,
    "routes": routes,
    "rules": rules,
    "sysctls": sysctl,
    "ipsets": ipset,
    "iptables": iptables,
}
#: Sections whose objects come by thousands.
_MANY = ("neighbors", "fdb", "routes")
#: Sections that a tool of the host reads, writes, and brings to their normal form; it may be missing or refuse them.
TOOLS = {"ipsets": "ipset", "iptables": "iptables"}


def do_without_pyroute2() -> str:
    """Where pyroute2 cannot be used, have links read and made without it from now on; why it cannot, or ''."""
    reason = links_by_ip.why_needed()
    if reason:
        _SECTIONS["links"] = links_by_ip
    return reason


def missing_tools(sections: Iterable[str]) -> Dict[str, str]:
    """Those of ``sections`` that cannot be read, because the tool for them is not installed: section to tool."""
    return {section: TOOLS[section] for section in sections if section in TOOLS and not which(TOOLS[section])}


def section_of(command: Sequence[str]) -> str:
    """The section that a tool of the host's is for, by a command of it."""
    return "ipsets" if command[0] == TOOLS["ipsets"] else "iptables"


def read(wanted: State) -> State:
    """What of the objects of ``wanted`` exists now. Raises OSError, MissingLibrary or CommandError."""
    return {section: _SECTIONS[section].read(objects) for section, objects in wanted.items() if objects}


def read_all(sections: Iterable[str], known: Optional[Mapping[str, Objects]] = None) -> State:
    """Everything of ``sections`` that exists now, ours or not. Raises as ``read``; there is no such reading of sysctls.

    Where several objects share a key, those after the first have a number behind it. Of what comes by thousands most of
    what is just as ``known`` is left out: not to look at it takes a fraction of the time.
    """
    return {
        section: _SECTIONS[section].read_all(known[section])
        if known and section in _MANY and section in known
        else _SECTIONS[section].read_all()
        for section in sections
    }


def canonical(wanted: State, present: State) -> State:
    """``wanted`` with rules and set entries spelt as the tools list them, where ``present`` has the section.

    Raises ``DocumentError`` for what the tools refuse.
    """
    return {
        section: _SECTIONS[section].canonical(objects, present[section])
        if section in TOOLS and section in present
        else objects
        for section, objects in wanted.items()
    }


def apply(section: str, changes: Sequence[Change]) -> List[Failure]:
    """Make one section's changes in order; what could not be made."""
    apply_section: Callable[[Any], List[Failure]] = _SECTIONS[section].apply
    try:
        return apply_section(changes)
    except (OSError, CommandError) as error:  # nothing of the section could be made
        return [Failure(change, getattr(error, "errno", 0) or 0, str(error)) for change in changes]
