# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of an applied document, so that later runs, the boot and the removal know what is ours.

A ledger is a JSON file, written by replacing it as a whole. ``document`` is what is to be on the host. ``leaving`` is
what an earlier document held and a run is about to take away: until it has, both are ours, so that a crash half-way
leaks nothing. ``found`` is what was on the host before us, with its attributes as they were: that is put
back, not deleted. All of it is in one network namespace, the host's own unless ``namespace`` names another.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional

from ..state import values
from ..state.change import Attributes, Key, State
from ..state.document import VERSION, normalise, to_document
from ..state.errors import DocumentError
from ..state.schema import SECTIONS
from ..state.table import by_key
from . import files
from .errors import LedgerError
from .lines import one_a_line

FORMAT = 1


class Ledger(NamedTuple):
    """``found`` maps like a state, but to the attributes to be put back. ``namespace`` '' is the host's own."""

    name: str
    document: State
    leaving: State
    found: State
    namespace: str = ""

    def held(self) -> State:
        """All that is ours, be it to stay or to go."""
        return merged(self.leaving, self.document)


class Given(NamedTuple):
    """A document as it was given, and ``state``, its normal form."""

    document: Mapping[str, Any]
    state: State


def empty(name: str, namespace: str = "") -> Ledger:
    """The ledger of a document that was never applied."""
    return Ledger(name, {}, {}, {}, namespace)


def merged(first: State, second: State) -> State:
    """The objects of both; of those in both, the second's. Sections of which one has all are not copied."""
    both: State = {**first, **second}
    for section in first.keys() & second.keys():
        if first[section] and first[section] is not second[section]:
            both[section] = {**by_key(first[section]), **by_key(second[section])} if second[section] else first[section]
    return both


def together(first: State, second: State) -> State:
    """The objects of both; of those in both the attributes of both, and of these the second's."""
    whole = merged(first, second)
    for section, objects in first.items():
        theirs = second.get(section, {})
        both = {key: {**objects[key], **theirs[key]} for key in objects.keys() & theirs.keys()} if theirs else {}
        if both:
            whole[section] = {**whole[section], **both}
    return whole


def without(state: State, other: State) -> State:
    """The objects of ``state`` that are not in ``other``. Sections of which none is are not copied."""
    rest: State = {}
    for section, objects in state.items():
        going = other.get(section)
        if objects and going is not objects:
            rest[section] = {key: objects[key] for key in objects if key not in going} if going else objects
    return {section: objects for section, objects in rest.items() if objects}


def names(directory: str) -> List[str]:
    """The names of the documents that have a ledger."""
    try:
        return sorted(entry[:-5] for entry in os.listdir(directory) if entry.endswith(".json"))
    except FileNotFoundError:
        return []


def load(directory: str, name: str, given: Optional[Given] = None) -> Optional[Ledger]:
    """The ledger of ``name``, or None. Raises ``LedgerError`` for one that is damaged or of another version.

    A section that ``given`` has word for word is taken from there, and not brought to its normal form again.
    """
    path = _path(directory, name)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            content = json.load(file)
        return _parsed(name, content, given or Given({}, {}))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError("the ledger %s cannot be read, so nothing was changed: %s" % (path, error)) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LedgerError(
            "the ledger %s cannot be trusted (%s), and so nothing was changed. Put it back from a backup; or move it "
            "away and apply document %s again: what bears our marks is taken over, anything else it finds it takes for "
            "yours and leaves at removal" % (path, _reason(error), name)
        ) from error


def save(directory: str, ledger: Ledger, document: Optional[Mapping[str, Any]] = None) -> None:
    """Write the ledger so that after a crash either the old or the new one is there as a whole.

    ``document`` is what ``ledger.document`` is the normal form of, where it is at hand; it is kept as it was given.
    """
    os.makedirs(directory, mode=0o755, exist_ok=True)
    files.sweep(directory)
    files.replace(
        _path(directory, ledger.name),
        _lines(ledger, document or to_document(ledger.document)),
        errors="surrogateescape",
    )
    files.sync(directory)


def delete(directory: str, name: str) -> None:
    """Forget the document, if there is one."""
    files.sweep(directory)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(directory, name))
        files.sync(directory)


def _path(directory: str, name: str) -> str:
    return os.path.join(directory, name + ".json")


def _parsed(name: str, content: Dict[str, Any], given: Given) -> Ledger:
    if content["format"] != FORMAT:
        raise ValueError("it has format %r, and this version knows %d" % (content["format"], FORMAT))
    if content["name"] != name:
        raise ValueError("it is that of document %r" % content["name"])
    namespace = values.namespace(content["namespace"]) if "namespace" in content else ""
    document, leaving = _normalised(content["document"], given), normalise(content["leaving"])
    return Ledger(name, document, leaving, _found(content["found"]), namespace)


def _normalised(document: Any, given: Given) -> State:
    if not isinstance(document, dict):
        return normalise(document)
    same = {section for section in given.state if document.get(section) == given.document[section]}
    rest = normalise({section: items for section, items in document.items() if section not in same})
    return {**rest, **{section: given.state[section] for section in same}}


def _found(entries: List[Dict[str, Any]]) -> State:
    found: Dict[str, Dict[Key, Attributes]] = {}
    for entry in entries:
        found.setdefault(entry["section"], {})[_key(entry["section"], entry["key"])] = dict(entry["attributes"])
    return {**found}


def _key(name: str, parts: List[Any]) -> Key:
    """A key of the section ``name``; an older version may have told objects apart by less, the rest being default."""
    if name not in SECTIONS or not 0 < len(parts) <= len(SECTIONS[name].key):
        raise ValueError("found: %r is no key of section %r" % (parts, name))
    section = SECTIONS[name]
    item = dict(zip(section.key, parts))
    section.complete_key(item)
    return tuple(item[part] for part in section.key)


def _reason(error: Exception) -> str:
    if isinstance(error, DocumentError):
        return "; ".join(str(problem) for problem in error.problems[:3])
    return "%s is missing" % error if isinstance(error, KeyError) else str(error)


def _lines(ledger: Ledger, document: Mapping[str, Any]) -> Iterator[str]:
    """The file's text."""
    yield '{"format": %d, "name": %s' % (FORMAT, json.dumps(ledger.name))
    if ledger.namespace:
        yield ', "namespace": %s' % json.dumps(ledger.namespace)
    for part, content in (("document", document), ("leaving", to_document(ledger.leaving))):
        yield ',\n"%s": {"version": %d' % (part, VERSION)
        for section, objects in content.items():
            if section != "version":
                yield ",\n %s: [" % json.dumps(section)
                yield one_a_line(objects)
                yield "]"
        yield "}"
    yield ',\n"found": ['
    yield one_a_line(
        [
            {"section": section, "key": key, "attributes": attributes}
            for section, objects in ledger.found.items()
            for key, attributes in objects.items()
        ]
    )
    yield "]}\n"
