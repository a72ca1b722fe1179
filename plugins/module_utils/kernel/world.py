# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All sections' readers and writers, by section name."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Callable, Dict, List, Sequence

from ..state.change import Change, Failure, State
from . import addresses, fdb, ipset, iptables, links, neighbors, routes, sysctl

_SECTIONS: Dict[str, ModuleType] = {
    "links": links,
    "addresses": addresses,
    "neighbors": neighbors,
    "fdb": fdb,
    "routes": routes,
    "sysctls": sysctl,
    "ipsets": ipset,
    "iptables": iptables,
}


def read(wanted: State) -> State:
    """What of the objects of ``wanted`` exists now."""
    return {section: _SECTIONS[section].read(objects) for section, objects in wanted.items() if objects}


def canonical(wanted: State, present: State) -> State:
    """``wanted`` in the spelling of ipset and iptables. Raises ``DocumentError`` for what these refuse."""
    spelt = dict(wanted)
    for section, spell in (("ipsets", ipset.canonical), ("iptables", iptables.canonical)):
        if wanted.get(section):
            spelt[section] = spell(wanted[section], present.get(section, {}))
    return spelt


def apply(section: str, changes: Sequence[Change]) -> List[Failure]:
    """Make one section's changes in order."""
    apply_section: Callable[[Any], List[Failure]] = _SECTIONS[section].apply
    return apply_section(changes)
