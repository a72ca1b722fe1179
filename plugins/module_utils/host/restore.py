# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring back all documents of a host at once: at boot, and on drift."""

from __future__ import annotations

from functools import partial
from typing import Callable, Dict, List, NamedTuple, Tuple

from ..kernel import namespace as namespaces
from ..kernel import salvage, world
from ..kernel.command import CommandError
from ..state.change import State
from ..state.changes import Changes
from ..state.reasons import reason
from . import closed, execution, ledger, lock, plan, speaker, underlay
from .engine import READ_ERRORS, Outcome, keep
from .errors import EngineError, LedgerError
from .ledger import Ledger
from .paths import Paths


class Kept(NamedTuple):
    """The ledgers that can be trusted, and by name why others cannot."""

    ledgers: List[Ledger]
    damaged: Dict[str, str]


def kept(paths: Paths) -> Kept:
    """All ledgers of the host."""
    ledgers, damaged = [], {}
    for name in ledger.names(paths.ledgers):
        try:
            found = ledger.load(paths.ledgers, name)
        except LedgerError as error:
            damaged[name] = str(error)
        else:
            ledgers += [found] if found is not None else []
    return Kept(ledgers, damaged)


def restore(paths: Paths, say: Callable[[str], None] = lambda line: None) -> Outcome:
    """Make all that the documents say and is not there, and end what an interrupted run had begun.

    The documents of a network namespace are taken together, for one may need another's objects. A failure ends nothing
    here: whatever can be made is made, since a host with most of its routes is better than one with none. Where policy
    cannot be made pods are closed, and ``say`` is told when they no longer are. Raises ``LockError``: then nothing was
    done, for while another works a document may be kept that the kernel does not have yet.
    """
    with lock.exclusive(paths.lock):
        ledgers, damaged = kept(paths)
        changes = Changes()
        whole = Outcome(changes, list(damaged.values()))
        for namespace, together in _by_namespace(ledgers).items():
            try:
                outcome = namespaces.within(namespace, partial(_restore_here, together, paths))
            except namespaces.MissingNamespace as error:
                whole.warnings.append("document %s: %s" % (", ".join(each.name for each in together), error))
            except EngineError as error:
                whole.warnings.append(str(error))
            else:
                changes.extend(outcome.changes)
                whole.warnings.extend(outcome.warnings)
                whole.failures.extend(outcome.failures)
        whole.warnings.extend(closed.after_restore(paths, whole, say))
    return whole


def _by_namespace(ledgers: List[Ledger]) -> Dict[str, List[Ledger]]:
    groups: Dict[str, List[Ledger]] = {}
    for each in ledgers:
        groups.setdefault(each.namespace, []).append(each)
    return groups


def _restore_here(ledgers: List[Ledger], paths: Paths) -> Outcome:
    planned, warnings = _plan(ledgers)
    failures = []
    if planned.changes:
        try:
            failures = execution.carry_out(planned.target, planned.doomed, planned.changes, stop=False)
        except READ_ERRORS as error:
            raise EngineError("the host's state cannot be read: %s" % error) from error
    if not failures and not warnings:
        warnings = [said for each in ledgers for said in _finish(each, paths)]
    lacking = underlay.complaints(each.document for each in ledgers)
    return Outcome(planned.changes, warnings + planned.refusals + lacking, failures)


def deviations(paths: Paths) -> Dict[str, List[str]]:
    """What differs from each document, in lines; and last, of those whose ledger is damaged, in what way."""
    with lock.shared(paths.lock):
        ledgers, damaged = kept(paths)
        found = {each.name: _deviations_of(each) for each in ledgers}
    return {**found, **{name: [why] for name, why in damaged.items()}}


def _deviations_of(each: Ledger) -> List[str]:
    try:
        return namespaces.within(each.namespace, lambda: _deviations_here(each))
    except (namespaces.MissingNamespace, EngineError) as error:
        return [str(error)]


def _deviations_here(each: Ledger) -> List[str]:
    planned, warnings = _plan([each])
    lacking = underlay.complaints([each.document]) + speaker.complaints(each.name)
    return lacking + [reason(change) for change in planned.changes] + warnings + planned.refusals


def _plan(ledgers: List[Ledger]) -> Tuple[plan.Plan, List[str]]:
    """The plan for all documents together, and why of sets and chains it lacks some.

    What their tools refuse is left out of it, and where a tool itself fails, its section.
    """
    document: State = {}
    leaving: State = {}
    found: State = {}
    for each in ledgers:
        document = ledger.together(document, each.document)  # documents that contradict each other are never kept
        leaving = ledger.merged(leaving, each.leaving)
        found = ledger.merged(found, each.found)
    broken: List[str] = []
    while True:
        said: List[str] = []
        try:
            planned = plan.make(
                Ledger("", document, leaving, found), document, list, spell=partial(salvage.spelt, said=said)
            )
            return planned, broken + said
        except CommandError as error:
            section = world.section_of(error.command)
            if section not in document.keys() | leaving.keys():
                raise EngineError("the host's state cannot be read: %s" % error) from error
            broken.append(str(error))
            document, leaving = (_without(section, state) for state in (document, leaving))
        except READ_ERRORS as error:
            raise EngineError("the host's state cannot be read: %s" % error) from error


def _without(section: str, state: State) -> State:
    return {each: objects for each, objects in state.items() if each != section}


def _finish(each: Ledger, paths: Paths) -> List[str]:
    """Keep of a document that nothing is on its way out any more; what hindered that."""
    if each.document and not each.leaving:
        return []
    rest = each._replace(leaving={}, found=ledger.without(each.found, ledger.without(each.leaving, each.document)))
    try:
        keep(paths, rest, each)
    except LedgerError as error:
        return [str(error)]
    return []
