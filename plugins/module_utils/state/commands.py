# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change as the commands that an operator would type for it."""

from __future__ import annotations

from typing import Callable, Dict, Iterable, List

from . import filter_commands, holds, inet_commands, link_commands, route_commands, rule_commands
from .change import Change
from .link_changes import in_steps
from .order import Phase, phases

_RENDER: Dict[str, Callable[[Change], List[str]]] = {
    "links": link_commands.links,
    "addresses": inet_commands.addresses,
    "neighbors": inet_commands.neighbors,
    "fdb": inet_commands.fdb,
    "routes": route_commands.routes,
    "rules": rule_commands.rules,
    "sysctls": filter_commands.sysctl,
    "ipsets": filter_commands.ipset,
    "iptables": filter_commands.chain,
}


def commands(change: Change) -> List[str]:
    """The commands that make ``change``, quoted for a shell."""
    return _RENDER[change.section](change)


def script(changes: Iterable[Change]) -> List[str]:
    """The commands of many changes, in an order in which they can be run."""
    return [each for phase in phases(changes) for change in _steps(phase) for each in commands(change)]


def _steps(phase: Phase) -> List[Change]:
    """The changes of a phase, with what holds addresses meanwhile, and links in the steps that they are made in."""
    if phase.section == "links":
        return in_steps(phase.changes)
    held = holds.needed(phase.changes) if phase.section == "addresses" else []
    return [*held, *phase.changes, *(each for hold in held for each in holds.released(hold))]
