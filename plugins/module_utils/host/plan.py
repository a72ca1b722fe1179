# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a ledger, a new document and a reading of the kernel to what has to be done. Changes nothing."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, NamedTuple

from ..kernel import world
from ..state.change import Attributes, Change, State
from ..state.difference import difference, with_forgotten
from ..state.marks import is_marked
from ..state.names import describe
from ..state.schema import KEEP, SECTIONS, Policy, properties
from .ledger import Ledger, merged, without


class Plan(NamedTuple):
    """``target`` is to be there in the end and ``doomed`` not; ``present`` is the reading that ``changes`` start from.

    ``after`` is the ledger when all is done; until then ``leaving`` is ours as well.
    """

    present: State
    target: State
    doomed: State
    leaving: State
    changes: List[Change]
    refusals: List[str]
    after: Ledger


def make(ledger: Ledger, wanted: State, others: Callable[[], List[Ledger]]) -> Plan:
    """Plan the way from what ``ledger`` says and the kernel has to ``wanted``.

    ``others`` are the other documents' ledgers, asked for only where there is something to do: what another document
    holds as well is not taken from it.
    """
    held = ledger.held()
    present = world.read(merged(held, wanted))
    found = _found(ledger, held, wanted, present, others)
    leaving = without(held, wanted)
    ceded = leaving
    for other in others() if leaving else []:
        ceded = without(ceded, other.document)
    target = merged(with_forgotten(world.canonical(wanted, present), held), _put_back(ceded, found, present))
    doomed = without(ceded, found)
    changes, refusals = difference(target, present, doomed)
    reasons = [str(refusal) for refusal in refusals]
    if changes:
        reasons += [reason for other in others() for reason in _contradictions(changes, wanted, other)]
    return Plan(present, target, doomed, leaving, changes, reasons, Ledger(ledger.name, wanted, {}, without(found, leaving)))


def _found(
    ledger: Ledger, held: State, wanted: State, present: State, others: Callable[[], List[Ledger]]
) -> State:
    """What was there before us: what the ledger says, and what is new in ``wanted``, present, and not marked as ours."""
    found: State = {section: dict(objects) for section, objects in ledger.found.items()}
    for section, objects in wanted.items():
        here, ours = present.get(section, {}), held.get(section, {})
        for key, attributes in objects.items():
            known = found.get(section, {}).get(key)
            if known is not None:
                original = {**_original(section, attributes, here.get(key, {})), **known}
            elif key in ours or key not in here:
                continue
            else:
                holder = next((other for other in others() if key in other.held().get(section, {})), None)
                if holder is None and is_marked(section, key, here[key]):
                    continue
                if holder is not None and key not in holder.found.get(section, {}):
                    continue
                original = holder.found[section][key] if holder else _original(section, attributes, here[key])
            found.setdefault(section, {})[key] = original
    return found


def _original(section: str, wanted: Attributes, present: Mapping[str, Any]) -> Attributes:
    """What has to be put back some day: of an object that is written as a whole all, of others what we declare."""
    if SECTIONS[section].whole:
        return dict(present)
    rows = properties(section, wanted)
    original = {name: present.get(name, row.default) for name, row in rows.items() if name in wanted
                and row.policy is not Policy.DIRECTIVE}
    return {name: value for name, value in original.items() if value is not KEEP}


def _put_back(leaving: State, found: State, present: State) -> State:
    """Originals of what leaves the document and is still there."""
    back: State = {}
    for section, objects in leaving.items():
        for key in objects:
            if key in found.get(section, {}) and key in present.get(section, {}):
                back.setdefault(section, {})[key] = found[section][key]
    return with_forgotten(back, leaving)


def _contradictions(changes: List[Change], wanted: State, other: Ledger) -> List[str]:
    """Where this document and another want different things of one object: they would undo each other for ever."""
    reasons = []
    for change in changes:
        theirs = other.document.get(change.section, {}).get(change.key, {})
        ours = wanted.get(change.section, {}).get(change.key, {})
        for name in sorted(theirs.keys() & ours.keys()):
            if theirs[name] != ours[name]:
                reasons.append(
                    "%s: %s is to be %r, but document %s holds it with %r; leave it to one of the two"
                    % (describe(change.section, change.key), name, ours[name], other.name, theirs[name])
                )
    return reasons
