# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to change so that a reading of the kernel has all that is wanted."""

from __future__ import annotations

from itertools import repeat
from typing import Any, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union

from . import holds
from .change import Attributes, Change, Key, Objects, State
from .changes import Additions, Changes
from .dependants import comes_along, fallen, survivors
from .holds import local
from .marks import is_anothers
from .names import describe
from .rows import KEEP, Attribute, Policy
from .schema import SECTIONS, properties
from .table import Table
from .text import word


class Refusal(NamedTuple):
    """A difference that cannot be removed in place, and that the document does not allow to remove otherwise."""

    section: str
    key: Key
    attribute: str
    present: Any
    wanted: Any
    policy: Policy = Policy.RECREATE

    def __str__(self) -> str:
        if self.policy is Policy.READ_ONLY:
            return "%s: %s is %s and %s is wanted; it is fixed there, and nobody can change it" % (
                describe(self.section, self.key),
                self.attribute,
                word(self.present),
                word(self.wanted),
            )
        return (
            "%s: %s is %r and %r is wanted; the kernel cannot change it. Say 'recreate: true' for this object to have "
            "it deleted and made anew (what hangs on it is cut off meanwhile), or keep %r"
            % (describe(self.section, self.key), self.attribute, self.present, self.wanted, self.present)
        )


class Missing(NamedTuple):
    """An object that somebody else makes, and that is not there."""

    section: str
    key: Key
    lacking: Tuple[str, ...]

    def __str__(self) -> str:
        return "%s: is not there, and without %s it cannot be made; see that it is there first, or say its %s" % (
            describe(self.section, self.key),
            ", ".join(self.lacking),
            ", ".join(self.lacking),
        )


class Difference(NamedTuple):
    """``changes`` in no particular order, and what cannot be changed."""

    changes: Changes
    refusals: List[Union[Refusal, Missing]]


def difference(wanted: State, present: State, owned: State, force: bool = False) -> Difference:
    """The way from ``present`` to ``wanted``.

    Only attributes that ``wanted`` declares are compared. What is ``owned`` and present but not wanted is deleted.
    ``force``: recreate without being allowed to (to go back to where one came from). With a link or an address that is
    deleted or made anew goes what hangs on it; where that is wanted, it has to be added.
    """
    going = frozenset(key[0] for key in _going("links", wanted, present.get("links", {}), owned, force))
    lost = fallen(present.get("links", {}), going)
    links = going | lost
    sources: FrozenSet[str] = frozenset()
    found = Difference(Changes(), [])
    for section in SECTIONS:
        here = present.get(section, {})
        left = survivors(section, here, links, sources, lost) if links or sources else here
        _compare(section, wanted.get(section, {}), left, force, found)
        found.changes.extend(_deletions(section, wanted, left if section == "links" else here, owned))
        if section == "addresses":
            gone = set(_going(section, wanted, left, owned, force))
            stay = holds.stay(left, gone, wanted.get(section, {}))
            sources = frozenset(local(key) for key in gone | (here.keys() - left.keys())) - stay
    return found


def _going(section: str, wanted: State, present: Mapping[Key, Attributes], owned: State, force: bool) -> List[Key]:
    """The objects that are going to be deleted, be it to be made anew."""
    found = Difference(Changes(), [])
    _compare(section, wanted.get(section, {}), present, force, found)
    found.changes.extend(_deletions(section, wanted, present, owned))
    return [change.key for change in found.changes if change.recreate or change.after is None]


def _deletions(section: str, wanted: State, present: Mapping[Key, Attributes], owned: State) -> List[Change]:
    if not SECTIONS[section].removable:
        return []
    stay = wanted.get(section, {})
    return [
        Change(section, key, present[key], None)
        for key, held in owned.get(section, {}).items()
        if key not in stay and key in present and not is_anothers(section, held, present[key])
    ]


def _compare(
    section: str, wanted: Mapping[Key, Attributes], present: Mapping[Key, Attributes], force: bool, found: Difference
) -> None:
    making = SECTIONS[section].made_with
    if not present and not making:
        found.changes.extend(_additions(section, wanted))
        return
    if present is wanted:
        return
    for key, attributes in wanted.items():
        before = present.get(key)
        if before is attributes:
            continue
        if before is None:
            lacking = tuple([name for name in making if name not in attributes])
            if lacking and key not in comes_along(section, wanted):
                found.refusals.append(Missing(section, key, lacking))
            else:
                found.changes.append(Change(section, key, None, attributes))
        elif not attributes.items() <= before.items():  # the fast path: all that is declared is there, word for word
            change = _change(section, key, before, attributes, force, found.refusals)
            if change is not None:
                found.changes.append(change)


def _additions(section: str, wanted: Objects) -> Iterable[Change]:
    if isinstance(wanted, Table):
        return Additions(section, wanted)
    return map(Change, repeat(section), wanted, repeat(None), wanted.values())


def _change(
    section: str, key: Key, before: Attributes, wanted: Attributes, force: bool, refusals: List[Union[Refusal, Missing]]
) -> Optional[Change]:
    rows = properties(section, wanted)
    different = {
        name: value
        for name, value in wanted.items()
        if name in rows and rows[name].policy is not Policy.DIRECTIVE and _present(before, name, rows[name]) != value
    }
    if not different:
        return None
    policies = {name: rows[name].exception(before, value) or rows[name].policy for name, value in different.items()}
    recreate = Policy.RECREATE in policies.values()
    refused = () if force else (Policy.READ_ONLY,) if wanted.get("recreate") else (Policy.READ_ONLY, Policy.RECREATE)
    if any(policy in refused for policy in policies.values()):
        refusals.extend(
            Refusal(section, key, name, before.get(name), different[name], policy)
            for name, policy in policies.items()
            if policy in refused
        )
        return None
    # Another kind of link has nothing of the former, and what is written as a whole has nothing that is not written.
    kept = {} if SECTIONS[section].whole or "type" in different else before
    return Change(section, key, before, {**kept, **wanted}, recreate or Policy.READD in policies.values())


def _present(before: Attributes, name: str, row: Attribute) -> Any:
    return before.get(name, row.default)


def with_forgotten(wanted: State, owned: State) -> State:
    """``wanted``, and the defaults of attributes that ``owned`` (the document before) declared and ``wanted`` does not.

    So an attribute that is taken out of a document is taken back, as an object is that is taken out of it.
    """
    return {section: _with_forgotten(section, objects, owned.get(section, {})) for section, objects in wanted.items()}


def _with_forgotten(section: str, wanted: Objects, owned: Objects) -> Objects:
    """``wanted`` itself where nothing was forgotten."""
    if not owned or owned is wanted:
        return wanted
    forgetful = [
        key for key, attributes in wanted.items() if key in owned and not owned[key].keys() <= attributes.keys()
    ]
    forgotten = {key: _with_defaults(section, wanted[key], owned[key]) for key in forgetful}
    return {**wanted, **forgotten} if forgotten else wanted


def _with_defaults(section: str, wanted: Attributes, owned: Attributes) -> Attributes:
    rows = properties(section, wanted)
    defaults = {
        name: rows[name].default
        for name in owned.keys() - wanted.keys()
        if name in rows and rows[name].policy is not Policy.DIRECTIVE and rows[name].default is not KEEP
    }
    return {**wanted, **defaults}
