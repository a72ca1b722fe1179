# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a document to its normal form, the state, and back."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Tuple

from . import alike
from .change import Attributes, Key, Objects, State
from .errors import DocumentError, Problem
from .nesting import flat, nested
from .rows import Attribute, Section
from .schema import SECTIONS

VERSION = 1


def normalise(document: Mapping[str, Any]) -> State:
    """The state that ``document`` (a decoded JSON object) describes. Raises ``DocumentError`` with all its problems."""
    if not isinstance(document, Mapping):
        raise DocumentError([Problem("document", document, "is no JSON object")])
    problems: List[Problem] = []
    if document.get("version") != VERSION or document.get("version") is True:
        problems.append(Problem("version", document.get("version"), "is not %d, the only version known here" % VERSION))
    state: State = {}
    for name, items in document.items():
        if name == "version":
            continue
        if name not in SECTIONS:
            problems.append(Problem(name, items, "is no section; sections are %s" % ", ".join(SECTIONS)))
        elif not isinstance(items, list):
            problems.append(Problem(name, items, "is no list"))
        elif items:
            state[name] = _section(name, items, problems)
    if problems:
        raise DocumentError(problems)
    return state


def to_document(state: State) -> Dict[str, Any]:
    """The document in normal form that ``normalise`` makes ``state`` of."""
    document: Dict[str, Any] = {"version": VERSION}
    for name, section in SECTIONS.items():
        if state.get(name):
            document[name] = [
                {**_named(section.key, key), **nested(section, attributes)} for key, attributes in state[name].items()
            ]
    return document


def _named(names: Tuple[str, ...], key: Key) -> Attributes:
    """The key in words, without the parts that are nothing in particular."""
    named = dict(zip(names, key))
    return {name: part for name, part in named.items() if part is not None} if None in key else named


def key_of(section: str, item: Mapping[str, Any], path: str) -> Key:
    """The key of an object that need not be whole. Raises ``DocumentError`` that names it by ``path``."""
    whole = SECTIONS[section]
    no_more_than_key = whole._replace(required=(), complete=whole.complete_key, kinds=None)
    values, wrong = _values(no_more_than_key, path, {name: item[name] for name in whole.key if name in item})
    wrong = wrong or _incomplete(no_more_than_key, path, values)
    if wrong:
        raise DocumentError(wrong)
    return tuple([values[name] for name in whole.key])


def _section(name: str, items: List[Any], problems: List[Problem]) -> Objects:
    objects = alike.objects(SECTIONS[name], items)
    return _one_by_one(name, items, problems) if objects is None else objects


def _one_by_one(name: str, items: List[Any], problems: List[Problem]) -> Dict[Key, Attributes]:
    section = SECTIONS[name]
    objects: Dict[Key, Attributes] = {}
    for position, item in enumerate(items):
        path = "%s[%d]" % (name, position)
        if not isinstance(item, dict):
            problems.append(Problem(path, item, "is no object"))
            continue
        values, wrong = _values(section, path, item)
        if not wrong:
            wrong = _incomplete(section, path, values)
        if wrong:
            problems.extend(wrong)
            continue
        key = tuple([values.pop(part) for part in section.key])
        if key in objects:
            problems.append(Problem(path, key, "is there twice (%s)" % ", ".join(section.key)))
        objects[key] = values
    for key, reason in section.contradictions(objects):
        problems.append(Problem("%s[%s]" % (name, " ".join(map(str, key))), objects[key], reason))
    return objects


def _values(section: Section, path: str, item: Mapping[str, Any]) -> Tuple[Attributes, List[Problem]]:
    """The normalised attributes of one object, and what is wrong with them."""
    known, wrong = section.attributes, []
    if section.kinds is not None:
        known = _known_of_kind(section, item)
    values: Attributes = {}
    for name, raw in flat(section, item).items():
        attribute = known.get(name)
        if attribute is None:
            wrong.append(Problem("%s.%s" % (path, name), raw, _unknown(section, name, known)))
            continue
        try:
            values[name] = attribute.normalise(raw)
        except ValueError as error:
            wrong.append(Problem("%s.%s" % (path, name), raw, str(error)))
    return values, wrong


def _unknown(section: Section, name: str, known: Mapping[str, Attribute]) -> str:
    if name in section.nested:
        return "is no object"
    kinds = [kind for kind, rows in (section.kinds or {}).items() if name in rows]
    if kinds:
        return "is an attribute of type %s only" % ", ".join(kinds)
    group = str(name).partition(".")[0]
    beside = nested(section, known)
    names = beside[group] if group in section.nested and group != name else beside
    return "is an unknown attribute; known: " + ", ".join(names)


def _known_of_kind(section: Section, item: Mapping[str, Any]) -> Mapping[str, Attribute]:
    kinds, kind = section.kinds or {}, item.get("type")
    return {**section.attributes, **(kinds.get(kind, {}) if isinstance(kind, str) else {})}


def _incomplete(section: Section, path: str, values: Attributes) -> List[Problem]:
    spared = any(values.get(name) for name in section.instead)
    missing = [name for name in section.required if name not in values and not spared]
    try:
        (section.complete_key if missing else section.complete)(values)
        missing += [name for name in section.key if name not in values]
    except KeyError as error:  # ``complete`` reads the key
        missing.append(str(error.args[0]))
    except ValueError as error:
        return [Problem(path, values, str(error))]
    return [Problem("%s.%s" % (path, name), None, "is missing") for name in missing]
