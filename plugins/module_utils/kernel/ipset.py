# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The section ``ipsets``: whole sets, changed entry by entry where few differ and swapped at once where many do."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Sequence, Tuple

from ..state.change import Attributes, Change, Failure, Key
from ..state.errors import DocumentError, Problem
from .command import CommandError, run
from .namespace import in_empty_namespace

#: Of more differing entries the set is written anew beside the old one and swapped with it.
FEW = 64
#: The set that is swapped in. One name is enough, for a restore works line by line.
_SWAP = "podnet-swap"
#: What a set holds at most unless it is created for more (ipset(8), maxelem).
_DEFAULT_MAXELEM = 65536
_ERROR = re.compile(r"ipset v[\d.]+: (?:Error in line (\d+): )?(.*)", re.DOTALL)


class _Step(NamedTuple):
    """A line of ``ipset restore``, and the lines that take it back."""

    line: str
    undo: Tuple[str, ...] = ()


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """Those sets of ``wanted`` that exist, with their entries as ``ipset save`` prints them, sorted.

    Raises CommandError where ipset is not installed or fails.
    """
    if not wanted:
        return {}
    return {key: found for key, found in read_all().items() if key in wanted}


def read_all() -> Dict[Key, Attributes]:
    """Every set there is, in the same form. Raises as ``read``."""
    return _parse(run(["ipset", "save"]))


def canonical(wanted: Mapping[Key, Attributes], present: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """``wanted`` with its entries spelt as ipset prints them, so that they compare with what ``read`` returned.

    Entries that the set of ``present`` (from ``read``) holds need no proof; the others are loaded into an empty network
    namespace and listed there. Raises DocumentError with ipset's own words for a set or an entry that it refuses.
    """
    proven: Dict[Key, List[str]] = {}
    unproven: Dict[Key, Attributes] = {}
    for key, attributes in wanted.items():
        here = present.get(key, {})
        known = set(here.get("entries", ())) if _kind(here) == _kind(attributes) else set()
        proven[key] = [entry for entry in attributes["entries"] if entry in known]
        rest = [entry for entry in attributes["entries"] if entry not in known]
        if rest or not here:
            unproven[key] = dict(attributes, entries=rest)
    listed = in_empty_namespace(lambda: _load_and_list(unproven)) if unproven else {}
    return {
        key: dict(attributes, entries=sorted({*proven[key], *listed.get(key, {}).get("entries", ())}))
        for key, attributes in wanted.items()
    }


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make, change and destroy sets in one ``ipset restore``. What was done of a set that failed is taken back."""
    failures: List[Failure] = []
    pending = list(changes)
    if pending and _SWAP in run(["ipset", "list", "-n"]).split():  # left by a crash in the midst of a restore
        run(["ipset", "destroy", _SWAP])
    while pending:
        steps = [(change, step) for change in pending for step in _steps(change)]
        number, reason = _restore(step.line for _change, step in steps)
        if not reason:
            break
        if not number:  # ipset itself is missing or broken
            return failures + [Failure(change, 0, reason) for change in pending]
        culprit = steps[number - 1][0]
        done = [step for change, step in steps[: number - 1] if change is culprit]
        _number, left = _restore(chain.from_iterable(step.undo for step in reversed(done)))
        failures.append(Failure(culprit, 0, reason + ("; and taking back failed: %s" % left if left else "")))
        pending = pending[pending.index(culprit) + 1 :]
    return failures


def _steps(change: Change) -> List[_Step]:
    name, before, after = change.key[0], change.before, change.after
    if after is None:
        return [_Step("destroy " + name)]
    if before is None:
        return _filled(name, after)
    if _kind(before) != _kind(after):
        return [_Step("destroy " + name, tuple(step.line for step in _filled(name, before)))] + _filled(name, after)
    gone, new = set(before["entries"]) - set(after["entries"]), set(after["entries"]) - set(before["entries"])
    same_elements = {_element(entry) for entry in gone} & {_element(entry) for entry in new}
    if len(gone) + len(new) <= FEW and not same_elements and len(after["entries"]) <= _DEFAULT_MAXELEM:
        added = [_Step("add %s %s" % (name, entry), (_deletion(name, entry),)) for entry in sorted(new)]
        return added + [_Step(_deletion(name, entry), ("add %s %s" % (name, entry),)) for entry in sorted(gone)]
    swap = "swap %s %s" % (_SWAP, name)
    return [*_filled(_SWAP, after), _Step(swap, (swap,)), _Step("destroy " + _SWAP)]


def _filled(name: str, attributes: Mapping[str, Any]) -> List[_Step]:
    """A set made with all its entries. Destroying it takes all of that back at once."""
    create = "create %s %s" % (name, attributes["type"])
    if attributes["type"].startswith("hash:"):
        create += " family " + attributes.get("family", "inet")
        if len(attributes["entries"]) > _DEFAULT_MAXELEM:
            create += " maxelem %d" % (2 * len(attributes["entries"]))
    return [_Step(create, ("destroy " + name,))] + [_Step("add %s %s" % (name, each)) for each in attributes["entries"]]


def _load_and_list(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    lines, values = [], []
    for key, attributes in wanted.items():
        for value, step in zip([attributes["type"], *attributes["entries"]], _filled(key[0], attributes)):
            lines.append(step.line)
            values.append((key[0], value))
    number, reason = _restore(lines, "-exist")  # two spellings of one entry are no error
    if reason:
        name, value = values[number - 1] if number else ("", sorted(key[0] for key in wanted))
        raise DocumentError([Problem("ipsets[%s]" % name, value, "is refused by ipset: %s" % reason)])
    return _parse(run(["ipset", "save"]))


def _restore(lines: Iterable[str], *options: str) -> Tuple[int, str]:
    """The number of the line (from 1; 0: none) that was refused, and why. All lines before it have been done."""
    try:
        run(["ipset", *options, "restore"], "".join(line + "\n" for line in lines))
    except CommandError as error:
        found = _ERROR.search(error.said)
        return (int(found.group(1) or 0), found.group(2).strip()) if found else (0, error.said)
    return 0, ""


def _parse(listing: str) -> Dict[Key, Attributes]:
    sets: Dict[Key, Attributes] = {}
    for line in listing.splitlines():
        word, name, rest = line.split(" ", 2)
        if word == "create":
            options = rest.split()
            family = options[options.index("family") + 1] if "family" in options else "inet"
            sets[(name,)] = {"type": options[0], "family": family, "entries": []}
        else:
            sets[(name,)]["entries"].append(rest.rstrip())
    for found in sets.values():
        found["entries"].sort()
    return sets


def _kind(attributes: Mapping[str, Any]) -> Tuple[Any, Any]:
    return attributes.get("type"), attributes.get("family", "inet")


def _deletion(name: str, entry: str) -> str:
    return "del %s %s" % (name, _element(entry))


def _element(entry: str) -> str:
    return entry.split()[0]
