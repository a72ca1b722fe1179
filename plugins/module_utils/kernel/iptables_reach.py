# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of our chains packets reach by way of others of ours alone, and which have nothing to do with others. Pure."""

from __future__ import annotations

from typing import Dict, Iterable, List, Mapping, Set

from ..state.change import Key
from ..state.marks import CHAIN
from .iptables_text import Table, targets


def only_through(table: Table, chains: Iterable[str]) -> Set[str]:
    """The chains that bear our mark, that ``chains`` lead to, directly or not, and that nothing else leads to."""
    jumps: Dict[str, Set[str]] = {
        name: {target for rule in rules for target in targets(rule)} for name, rules in table.chains.items()
    }
    roots, reached = set(chains), set(chains)
    new = reached
    while new:
        new = {each for name in new for each in jumps.get(name, ()) if each.startswith(CHAIN)} - reached
        reached = reached | new
    found, before = reached - roots, None
    while found != before:
        before = found
        others = [jumps[name] for name in jumps.keys() - found - roots]
        found = found.difference(*others)
    return found & jumps.keys()


def apart(rules: Mapping[Key, Iterable[str]]) -> List[List[Key]]:
    """The chains with these rules, in groups between which nothing jumps."""
    groups: List[Set[Key]] = []
    for key, each in rules.items():
        reached = {(*key[:2], target) for rule in each for target in targets(rule)} & rules.keys()
        group = {key, *reached}.union(*[other for other in groups if not other.isdisjoint({key, *reached})])
        groups = [other for other in groups if other.isdisjoint(group)] + [group]
    return [sorted(group) for group in groups]
