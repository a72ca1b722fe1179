# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing what was planned: phase by phase, proved by reading again, and taken back where it fails."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from ..kernel import iptables_reach, world
from ..state.change import Change, Failure, Key, State
from ..state.difference import difference, with_forgotten
from ..state.order import phases
from ..state.reasons import differences
from .ledger import merged, without

#: A change may take others with it that are then made in the next pass; what still differs after this many is refused.
PASSES = 3


def carry_out(
    target: State, doomed: State, changes: Sequence[Change], stop: bool, force: bool = False
) -> List[Failure]:
    """Make ``changes`` and whatever else is then missing of ``target`` or left of ``doomed``; what could not be made.

    ``stop`` at the first phase with a failure, otherwise make all that can be made: chains without those of the same
    commit that are refused; and what failed is tried again as long as anything else was made, for it may have waited
    for that. Several kernel operations succeed without effect, hence the reading.
    """
    failures: List[Failure] = []
    for _attempt in range(PASSES):
        failures = []
        for phase in phases(changes):
            refused = world.apply(phase.section, phase.changes)
            if refused and stop:
                return refused
            failures += _apart(refused) if phase.section == "iptables" else refused
        if failures and _objects(changes) == _objects(failure.change for failure in failures):
            return failures
        changes = difference(target, world.read(merged(doomed, target)), doomed, force).changes
        if not changes:
            return failures
    known = {(failure.change.section, failure.change.key): failure for failure in failures}
    return [known.get((change.section, change.key), Failure(change, 0, _ineffective(change))) for change in changes]


def _apart(refused: Sequence[Failure]) -> Sequence[Failure]:
    """Try chains that were refused in one commit again, in one for each group of those that lead to one another."""
    changes = {failure.change.key: failure.change for failure in refused}
    rules = {key: _rules(change.before) + _rules(change.after) for key, change in changes.items()}
    groups = iptables_reach.apart(rules)
    if len(groups) < 2:
        return refused
    return [again for group in groups for again in world.apply("iptables", [changes[key] for key in group])]


def _rules(chain: Optional[Mapping[str, Any]]) -> List[str]:
    return list((chain or {}).get("rules", ()))


def _objects(changes: Iterable[Change]) -> Set[Tuple[str, Key]]:
    return {(change.section, change.key) for change in changes}


def take_back(before: State, touched: State) -> List[Failure]:
    """Bring all of ``touched`` to what it was in the reading ``before``; what could not be."""
    now = world.read(touched)
    target, doomed = with_forgotten(before, now), without(touched, before)
    changes = difference(target, now, doomed, force=True).changes
    return carry_out(target, doomed, changes, stop=False, force=True)


def _ineffective(change: Change) -> str:
    if change.after is None:
        return "deleted without an error, but it is still there"
    if change.before is None:
        return "added without an error, but it is not there"
    return "changed without an error, but " + ", ".join(differences(change))
