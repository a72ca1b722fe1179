# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply a document, or remove it: the one engine behind the module, the boot unit and the drift timer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, List, Mapping, Optional, Sequence

from ..kernel import namespace as namespaces
from ..kernel import world
from ..kernel.command import CommandError
from ..kernel.link_codec import MissingLibrary
from ..state import commands, text, values
from ..state.change import Change, Failure, State
from ..state.document import normalise
from . import execution, ledger, lock, plan, surroundings
from .errors import ApplyError, EngineError, LedgerError, RefusedError
from .garbage import uncollected
from .ledger import Given, Ledger
from .paths import Paths

_NAME = re.compile(r"[a-z0-9](-?[a-z0-9])*")
#: What reading may raise that is not about one object.
READ_ERRORS = (OSError, CommandError, MissingLibrary)
_NOT_KEPT_AGAIN = "%s\nBut what was kept before cannot be kept again, so drift tries the new until the next apply: %s"


@dataclass
class Outcome:
    """What was changed, or in check mode would be. The texts are made when they are asked for: there may be many."""

    changes: Sequence[Change]
    warnings: List[str] = field(default_factory=list)
    #: What could not be made, where that does not end the whole: at boot and on drift.
    failures: List[Failure] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.changes)

    def commands(self) -> List[str]:
        """The commands an operator would have typed."""
        return commands.script(self.changes)

    def before(self) -> List[str]:
        """The changed objects as they were, in lines."""
        return text.before(self.changes)

    def after(self) -> List[str]:
        """The changed objects as they are now, in lines."""
        return text.after(self.changes)


def apply(
    name: str, document: Mapping[str, Any], check: bool = False, paths: Optional[Paths] = None, namespace: str = ""
) -> Outcome:
    """Bring the host to what ``document`` says, and remove what only its predecessor of this ``name`` said.

    ``namespace`` names the network namespace that all of it is in; '' is the caller's own, the host's.
    ``check`` computes the very same and changes nothing. Raises ``DocumentError``, or an ``EngineError``: after an
    ``ApplyError`` the host is as it was before, as far as the error does not say otherwise.
    """
    with uncollected():
        return _run(name, Given(document, normalise(document)), check, paths or Paths(), namespace)


def remove(name: str, check: bool = False, paths: Optional[Paths] = None, namespace: str = "") -> Outcome:
    """Take away what the document ``name`` holds, put back what was there before it, and forget it.

    What was in a network namespace that is gone went with it. Raises as ``apply``.
    """
    return _run(name, Given({}, {}), check, paths or Paths(), namespace)


def _run(name: str, given: Given, check: bool, paths: Paths, namespace: str) -> Outcome:
    _check_names(name, namespace)
    with (lock.shared if check else lock.exclusive)(paths.lock):
        kept = ledger.load(paths.ledgers, name, given)
        if kept is not None and kept.namespace != namespace:
            raise EngineError(
                "document %s is kept for %s, not for %s; remove it there first (state: absent), or take another name"
                % (name, _place(kept.namespace), _place(namespace))
            )
        try:
            return namespaces.within(namespace, lambda: _run_here(name, given, check, paths, kept, namespace))
        except namespaces.MissingNamespace as error:
            if given.state:
                raise EngineError("document %s: %s" % (name, error)) from error
            if kept is not None and not check:
                ledger.delete(paths.ledgers, name)
            return Outcome([], ["document %s: %s; all it held went with it" % (name, error)] if kept else [])


def _check_names(name: str, namespace: str) -> None:
    if not _NAME.fullmatch(name):
        raise EngineError("%r is no name of a document: lower-case letters, digits and single '-' between them" % name)
    try:
        if namespace:
            values.namespace(namespace)
    except ValueError as error:
        raise EngineError("document %s: namespace %r %s" % (name, namespace, error)) from error


def _place(namespace: str) -> str:
    return "network namespace %s" % namespace if namespace else "the host itself"


def _run_here(name: str, given: Given, check: bool, paths: Paths, kept: Optional[Ledger], namespace: str) -> Outcome:
    # A dry run on a fresh host: what the tools are for cannot be there without them.
    unread = world.missing_tools(given.state) if check else {}
    before = kept or ledger.empty(name, namespace)
    try:
        planned = plan.make(before, given.state, _Others(paths, before), unread)
        around = {} if check or planned.refusals else surroundings.of(planned.changes, planned.present)
    except READ_ERRORS as error:
        raise EngineError("document %s: the host's state cannot be read: %s" % (name, error)) from error
    if planned.refusals:
        raise RefusedError("document %s" % name, planned.refusals)
    if not check:
        _carry_out(name, planned, around, kept, paths, given.document)
    warnings = ["%s is not installed, so %s are taken as absent" % (tool, each) for each, tool in unread.items()]
    return Outcome(planned.changes, warnings)


class _Others:
    """The ledgers of the other documents of the same network namespace, loaded when they are first asked for."""

    def __init__(self, paths: Paths, own: Ledger) -> None:
        self._load: Callable[[], List[Ledger]] = lambda: [
            found
            for found in (ledger.load(paths.ledgers, each) for each in ledger.names(paths.ledgers) if each != own.name)
            if found is not None and found.namespace == own.namespace
        ]
        self._ledgers: Optional[List[Ledger]] = None

    def __call__(self) -> List[Ledger]:
        if self._ledgers is None:
            self._ledgers = self._load()
        return self._ledgers


def _carry_out(
    name: str, planned: plan.Plan, around: State, kept: Optional[Ledger], paths: Paths, document: Mapping[str, Any]
) -> None:
    ahead = planned.after._replace(leaving=planned.leaving, found=_all_found(planned, kept))
    if planned.changes:
        keep(paths, ahead, kept, document)
        before = ledger.merged(around, planned.present)
        try:
            failures = execution.carry_out(planned.target, planned.doomed, planned.changes, stop=True)
        except READ_ERRORS as error:
            raise EngineError(
                "document %s: the host's state cannot be read, so it is left half-way; the next apply takes it up: %s"
                % (name, error)
            ) from error
        if failures:
            touched = ledger.merged(before, ledger.merged(planned.doomed, planned.target))
            failed = taken_back("document %s" % name, failures, before, touched)
            if not (failed.left or failed.unread):
                try:
                    keep(paths, kept or ledger.empty(name, ahead.namespace), ahead)
                except LedgerError as error:
                    failed.args = (_NOT_KEPT_AGAIN % (failed, error),)
            raise failed
        kept = ahead
    keep(paths, planned.after, kept, document)


def taken_back(subject: str, failures: Sequence[Failure], before: State, touched: State) -> ApplyError:
    """Go back to the reading ``before``; the error that tells of the failures, and of what of that did not succeed."""
    try:
        return ApplyError(subject, failures, execution.take_back(before, touched))
    except READ_ERRORS as error:
        return ApplyError(subject, failures, [], str(error))


def _all_found(planned: plan.Plan, kept: Optional[Ledger]) -> State:
    """Originals are needed until what leaves has been put back."""
    return ledger.merged(kept.found if kept else {}, planned.after.found)


def keep(paths: Paths, new: Ledger, old: Optional[Ledger], document: Optional[Mapping[str, Any]] = None) -> None:
    """Keep ``new``, whose document was given as ``document``, in place of ``old``; what holds nothing is not kept."""
    try:
        if new.document or new.leaving:
            if new != old:
                ledger.save(paths.ledgers, new, document)
        else:
            ledger.delete(paths.ledgers, new.name)
    except OSError as error:
        raise LedgerError(
            "what document %s holds cannot be kept in %s: %s" % (new.name, paths.ledgers, error)
        ) from error
