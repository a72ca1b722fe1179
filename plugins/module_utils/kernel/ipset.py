# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The section ``ipsets``: whole sets, changed entry by entry where few differ and swapped at once where many do.

At no time does a set hold less or more than the old and the new one together, and each entry comes or goes once. Of a
set with a ``timeout`` only the entries that stay are read and written: those that pass are rules' own business.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ..state import sets
from ..state.change import Attributes, Change, Failure, Key
from ..state.errors import DocumentError, Problem
from ..state.filter_rows import IPSET
from ..state.marks import SWAP_SET
from ..state.rows import Policy
from .command import CommandError, run
from .namespace import in_empty_namespace

#: Of more differing entries the set is written anew beside the old one and swapped with it.
FEW = 64
_OPTIONS = {name: row for name, row in IPSET.items() if row.policy is Policy.READD and name not in ("type", "family")}
_DEFAULT_HASHSIZE = 1024
_LISTS = "list:"  # what the type of a set of sets begins with
_ERROR = re.compile(r"ipset v[\d.]+: (?:Error in line (\d+): )?(.*)", re.DOTALL)
_REFERENCES = re.compile(r"^References: (\d+)$", re.MULTILINE)
_TIMEOUT = re.compile(r" timeout (\d+)")
_LENGTH = re.compile(r"/\d+")
_COUNTERS = re.compile(r" packets \d+ bytes \d+")


class _Step(NamedTuple):
    """A line of ``ipset restore``, and the lines that take it back."""

    line: str
    undo: Tuple[str, ...] = ()


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """Those sets of ``wanted`` that exist: entries as ``ipset save`` prints them, sorted, and options but for defaults.

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

    Plain addresses, and entries that the set of ``present`` (from ``read``) holds, need no proof; the others are loaded
    into an empty network namespace and listed there, as is what a set is itself. Raises DocumentError with ipset's own
    words for a set or an entry that it refuses, and for a set in use whose type or family is to change.
    """
    _refuse_another_kind_in_use(wanted, present)
    proven: Dict[Key, List[str]] = {}
    unproven: Dict[Key, Attributes] = {}
    for key, attributes in wanted.items():
        here = present.get(key, {})
        same = _same_but_entries(attributes, here)
        known = set(attributes["entries"] if sets.plain(attributes) else here["entries"] if same else ())
        proven[key] = [entry for entry in attributes["entries"] if entry in known]
        rest = [entry for entry in attributes["entries"] if entry not in known]
        if rest or not same:
            unproven[key] = dict(attributes, entries=rest)
    listed = in_empty_namespace(lambda: _load_and_list(unproven)) if unproven else {}
    return {
        key: dict(attributes, entries=sorted({*proven[key], *listed.get(key, {}).get("entries", ())}))
        for key, attributes in wanted.items()
    }


def _same_but_entries(wanted: Attributes, here: Attributes) -> bool:
    return sets.same_kind(wanted, here) and all(
        here.get(name, row.default) == wanted[name] for name, row in _OPTIONS.items() if name in wanted
    )


def _refuse_another_kind_in_use(wanted: Mapping[Key, Attributes], present: Mapping[Key, Attributes]) -> None:
    problems = []
    for key, attributes in wanted.items():
        here = present.get(key)
        if here is not None and not sets.same_kind(here, attributes):
            used = _REFERENCES.search(run(["ipset", "list", "-t", key[0]]))
            if used and used.group(1) != "0":
                reason = "is wanted and it is a %s (%s) that %s rules or sets use; the kernel cannot change that while "
                reason += "it is in use. Give the set another name: rules that use it can change in the same document"
                problems.append(
                    Problem(
                        "ipsets[%s].type" % key[0],
                        "%s (%s)" % (attributes["type"], attributes["family"]),
                        reason % (here["type"], here["family"], used.group(1)),
                    )
                )
    if problems:
        raise DocumentError(problems)


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make, change and destroy sets in one ``ipset restore``. What was done of a set that failed is taken back."""
    failures: List[Failure] = []
    pending = sorted(changes, key=_set_of_sets_outside)
    if pending and SWAP_SET in run(["ipset", "list", "-n"]).split():  # left by a crash in the midst of a restore
        run(["ipset", "destroy", SWAP_SET])
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


def _set_of_sets_outside(change: Change) -> int:
    """A set of sets goes before its members and comes after them."""
    if change.after is None:
        return 0 if str((change.before or {}).get("type")).startswith(_LISTS) else 1
    return 3 if change.after["type"].startswith(_LISTS) else 2


def _steps(change: Change) -> List[_Step]:
    name, before = change.key[0], change.before
    if change.after is None:
        return [] if name == SWAP_SET else [_Step("destroy " + name)]  # that one has gone before all else
    if before is None:
        return _filled(name, change.after)
    if not sets.same_kind(before, change.after):
        undo = tuple(step.line for step in _filled(name, before))
        return [_Step("destroy " + name, undo)] + _filled(name, change.after)
    after = {**before, **change.after}
    gone, new = set(before["entries"]) - set(after["entries"]), set(after["entries"]) - set(before["entries"])
    if _same_but_entries(after, dict(before)) and _one_by_one(before, gone, new):
        deleted = [_Step(sets.deletion(name, each), (sets.addition(name, each, before),)) for each in sorted(gone)]
        added = [_Step(sets.addition(name, each, before), (sets.deletion(name, each),)) for each in sorted(new)]
        return added + deleted
    swap = "swap %s %s" % (SWAP_SET, name)
    return [*_filled(SWAP_SET, after), _Step(swap, (swap,)), _Step("destroy " + SWAP_SET)]


def _one_by_one(before: Mapping[str, Any], gone: Iterable[str], new: Iterable[str]) -> bool:
    """Whether entries can come and go singly: they are few, or a swap would lose those that pass by themselves.

    An exception (``nomatch``) may not stand for a moment without the entries that it is an exception from or that are
    exceptions from it; nor can an element be added while it is there with other options. Nor may the last entry of a
    prefix length go singly: the kernel closes the gap in its list of lengths while packets are on their way through
    that list, and these miss the length that moved (net/netfilter/ipset/ip_set_hash_gen.h, mtype_del_cidr).
    """
    changing = [*gone, *new]
    if len({sets.element(each) for each in changing}) < len(changing):
        return False
    if before.get("timeout") is not None:
        return True
    few = len(changing) <= FEW and not any(" " in each for each in changing)
    return few and _lengths(gone) <= _lengths(set(before["entries"]).difference(gone))


def _lengths(entries: Iterable[str]) -> Set[Tuple[str, ...]]:
    return {tuple(_LENGTH.findall(each)) for each in entries}


def _filled(name: str, attributes: Mapping[str, Any]) -> List[_Step]:
    """A set made with all its entries. Destroying it takes all of that back at once."""
    entries = [_Step(sets.addition(name, each, attributes)) for each in attributes["entries"]]
    return [_Step(sets.creation(name, attributes), ("destroy " + name,))] + entries


def _load_and_list(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    lines, values = [], []
    members = {each for wished in wanted.values() if wished["type"].startswith(_LISTS) for each in wished["entries"]}
    for name in sorted(members - {key[0] for key in wanted}):
        lines.append("create %s hash:ip" % name)
        values.append((name, name))
    for key, attributes in sorted(wanted.items(), key=lambda item: str(item[1]["type"]).startswith(_LISTS)):
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
    found: Dict[Key, Attributes] = {}
    for line in listing.splitlines():
        word, name, rest = line.split(" ", 2)
        if word == "create":
            found[(name,)] = {**_described(rest.split()), "entries": []}
        elif " " not in rest.rstrip():
            found[(name,)]["entries"].append(rest.rstrip())
        else:
            timeout = _TIMEOUT.search(rest)
            if not timeout or timeout.group(1) == "0":
                lasting = _COUNTERS.sub("", _TIMEOUT.sub("", rest, 1), 1)
                found[(name,)]["entries"].append(lasting.rstrip())
    for attributes in found.values():
        attributes["entries"].sort()
    return found


def _described(words: List[str]) -> Attributes:
    """Type, family and those options that are not what a set has by default."""
    described: Dict[str, Any] = {"type": words[0], "family": "inet"}
    for word, value in zip(words[1:], words[2:] + [""]):
        if word in sets.FLAGS:
            described[word] = True
        elif word in ("family", "range", "markmask"):
            described[word] = value
        elif word in sets.VALUED and int(value) != IPSET[word].default:
            described[word] = int(value)
    if described.get("hashsize") == _DEFAULT_HASHSIZE:
        del described["hashsize"]
    return described
