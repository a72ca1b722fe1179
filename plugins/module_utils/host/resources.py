# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single objects of one section, without a ledger: the engine behind the modules ``link``, ``route``, ``ipset``, ….

The same normal form, difference, execution, reading again and rollback as for a document, under the same lock. Nothing
is remembered: what a call does not name is not looked at, and what it removes is gone. What a kept document holds is
left to that document, since the drift timer would undo the change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

from ..kernel import namespace as namespaces
from ..kernel import world
from ..state import holds, reading, values
from ..state.change import Attributes, Change, Key, State
from ..state.difference import difference
from ..state.document import VERSION, key_of, normalise
from ..state.names import describe
from ..state.nesting import flat
from ..state.rows import KEEP, Policy
from ..state.schema import SECTIONS, properties
from . import engine, execution, ledger, lock, surroundings
from .errors import EngineError, RefusedError
from .paths import Paths

#: What routes and rules get that say nothing of it: RTPROT_STATIC, "installed by administrator" (linux/rtnetlink.h).
#: The collection's own number is the mark of documents, which take what bears it for theirs.
_STATIC = 4
_WITH_PROTOCOL = ("routes", "rules")

_MADE_ANEW = (Policy.RECREATE, Policy.READD)

Item = Mapping[str, Any]


@dataclass
class Outcome(engine.Outcome):
    """With the objects that were asked for, in the document's form; what is absent is missing."""

    section: str = ""
    present: Dict[Key, Attributes] = field(default_factory=dict)

    def objects_before(self) -> List[Dict[str, Any]]:
        """All objects that were asked for as they were."""
        return _shown(self.section, self.present)

    def objects_after(self) -> List[Dict[str, Any]]:
        """All objects that were asked for as they are now, or in check mode would be."""
        after = {**self.present, **{change.key: change.after for change in self.changes}}
        return _shown(self.section, {key: dict(value) for key, value in after.items() if value is not None})


def apply(
    section: str, objects: Sequence[Item], check: bool = False, paths: Optional[Paths] = None, namespace: str = ""
) -> Outcome:
    """Have ``objects``, which are in the document's form, but need not say again what is there already.

    What it takes to make an object (a link's ``type``) is needed only where the object is not there yet; '' takes an
    attribute away. Raises ``DocumentError``, whose paths begin ``section[0]``, or an ``EngineError``: after an
    ``ApplyError`` the host is as it was before, as far as the error does not say otherwise.
    """
    places = paths or Paths()
    return _locked(namespace, check, places, lambda: _apply_here(section, objects, _Run(check, places, namespace)))


def remove(
    section: str, objects: Sequence[Item], check: bool = False, paths: Optional[Paths] = None, namespace: str = ""
) -> Outcome:
    """Have none of ``objects``; only the attributes of their keys are looked at. Raises as ``apply``."""
    keys = [key_of(section, item, "%s[%d]" % (section, number)) for number, item in enumerate(objects)]
    doomed: State = {section: {key: {} for key in keys}}
    places = paths or Paths()
    try:
        return _locked(namespace, check, places, lambda: _remove_here(section, doomed, _Run(check, places, namespace)))
    except MissingPlace as error:
        return Outcome([], ["%s; so there is nothing to remove in it" % error])


class MissingPlace(EngineError):
    """The network namespace does not exist."""


@dataclass
class _Run:
    check: bool
    paths: Paths
    namespace: str
    warnings: List[str] = field(default_factory=list)

    def read(self, sought: State) -> State:
        """What of ``sought`` is there. In check mode what is for a tool that is not installed yet cannot be there."""
        unread = world.missing_tools(sought) if self.check else {}
        self.warnings = ["%s is not installed, so %s are taken as absent" % (unread[each], each) for each in unread]
        try:
            return world.read({each: objects for each, objects in sought.items() if each not in unread})
        except engine.READ_ERRORS as error:
            raise EngineError("%s cannot be read, and nothing was changed: %s" % (", ".join(sought), error)) from error


def _locked(namespace: str, check: bool, paths: Paths, function: Callable[[], Outcome]) -> Outcome:
    try:
        if namespace:
            values.namespace(namespace)
    except ValueError as error:
        raise EngineError("namespace: %r %s" % (namespace, error)) from error
    with (lock.shared if check else lock.exclusive)(paths.lock):
        try:
            return namespaces.within(namespace, function)
        except namespaces.MissingNamespace as error:
            raise MissingPlace("namespace: %s" % error) from error


def _apply_here(section: str, objects: Sequence[Item], run: _Run) -> Outcome:
    items = _told_what_is_there(section, [flat(SECTIONS[section], item) for item in objects], run)
    cleared = [_cleared(section, item) for item in items]
    kept = [{name: item[name] for name in item if name not in off} for item, off in zip(items, cleared)]
    named = normalise({"version": VERSION, section: kept}).get(section, {})
    present = run.read(_with_left_over({section: dict(named)}))
    wanted = {
        key: {**_declared(section, item, normal, present.get(section, {}).get(key, {})), **off}
        for item, off, (key, normal) in zip(kept, cleared, named.items())
    }
    return _make(section, world.canonical({section: wanted}, present), {}, present, run)


def _remove_here(section: str, doomed: State, run: _Run) -> Outcome:
    return _make(section, {}, doomed, run.read(_with_left_over(doomed)), run)


def _make(section: str, target: State, doomed: State, present: State, run: _Run) -> Outcome:
    debris = holds.left_over(ledger.merged(doomed, target))
    going = ledger.merged(doomed, debris)
    changes, refusals = difference(target, present, going)
    reasons = [str(refusal) for refusal in refusals] + (_held_by_documents(changes, run) if changes else [])
    if reasons:
        raise RefusedError(section, reasons)
    if changes and not run.check:
        _carry_out(section, target, going, changes, ledger.without(present, debris))
    here, sought = present.get(section, {}), {**target, **doomed}.get(section, {})
    return Outcome(changes, run.warnings, [], section, {key: here[key] for key in sought if key in here})


def _with_left_over(sought: State) -> State:
    return ledger.merged(sought, holds.left_over(sought))


def _carry_out(section: str, target: State, doomed: State, changes: Sequence[Change], present: State) -> None:
    try:
        before = ledger.merged(surroundings.of(changes, present), present)
        failures = execution.carry_out(target, doomed, changes, stop=True)
    except engine.READ_ERRORS as error:
        raise EngineError("%s cannot be read any more and are left half-way: %s" % (section, error)) from error
    if failures:
        raise engine.taken_back(section, failures, before, ledger.merged(before, ledger.merged(doomed, target)))


def _told_what_is_there(section: str, items: Sequence[Item], run: _Run) -> List[Item]:
    """``items`` with what it takes to make them, as far as the present ones have it already."""
    if not (SECTIONS[section].required or SECTIONS[section].made_with):
        return list(items)
    keys = [key_of(section, item, "%s[%d]" % (section, number)) for number, item in enumerate(items)]
    present = run.read({section: {key: {} for key in keys}}).get(section, {})
    return [{**_making(section, item, present.get(key, {})), **item} for item, key in zip(items, keys)]


def _making(section: str, item: Item, here: Attributes) -> Attributes:
    """What of the present object is required, or decided when it is made: a link's type, a VXLAN's number."""
    table, kind = SECTIONS[section], here.get("type")
    if table.made_with and "type" not in item and item.keys() <= table.attributes.keys():
        return {}  # any link can be altered so, whoever makes it
    if item.get("type", kind) != kind or (table.kinds and kind not in table.kinds):
        return {}
    taken = {name for name, row in properties(section, here).items() if row.policy in _MADE_ANEW}
    needed = {*table.required, *table.instead}
    taken |= set() if needed & item.keys() else needed
    said, _unsaid = reading.sayable(section, here)
    return {name: value for name, value in said.items() if name in taken}


def _cleared(section: str, item: Item) -> Attributes:
    """The attributes that are taken away, with what an object has that lacks them."""
    rows = properties(section, item)
    return {
        name: rows[name].default
        for name, value in item.items()
        if value == "" and name in rows and rows[name].default is not KEEP
    }


def _declared(section: str, item: Item, normal: Attributes, here: Mapping[str, Any]) -> Attributes:
    """``normal``, in which what ``item`` leaves unsaid is as in the present object, not what a document fills in."""
    declared = {name: value if name in item else here.get(name, value) for name, value in normal.items()}
    if section in _WITH_PROTOCOL:
        declared.setdefault("protocol", here.get("protocol", _STATIC))
    return declared


def _held_by_documents(changes: Sequence[Change], run: _Run) -> List[str]:
    """What the drift timer would undo."""
    reasons = []
    for name in ledger.names(run.paths.ledgers):
        kept = ledger.load(run.paths.ledgers, name)
        if kept is not None and kept.namespace == run.namespace:
            held = [change for change in changes if change.key in kept.document.get(change.section, {})]
            reasons += [reason for change in held for reason in _conflicts(change, name, kept.document)]
    return reasons


def _conflicts(change: Change, name: str, document: State) -> List[str]:
    what, theirs = describe(change.section, change.key), document[change.section][change.key]
    if change.after is None:
        return ["%s: document %s holds it and would bring it back; take it out of that document" % (what, name)]
    before, after = change.before or {}, change.after
    rows = properties(change.section, theirs)
    return [
        "%s: %s is to be %r, but document %s holds it with %r; change it in that document"
        % (what, each, after.get(each), name, value)
        for each, value in theirs.items()
        if rows[each].policy is not Policy.DIRECTIVE
        and after.get(each, rows[each].default) not in (value, before.get(each, KEEP))
    ]


def _shown(section: str, found: Mapping[Key, Attributes]) -> List[Dict[str, Any]]:
    """Objects in the document's form, with no more than a document could say of them."""
    return reading.objects(section, {key: reading.sayable(section, attributes)[0] for key, attributes in found.items()})
