# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The section ``iptables``: own chains, each hooked in by one jump ("anchor") from every built-in chain it names.

Only chains that a document names are read or written, and of the built-in chains only the plain jumps to them. Each
table of each family changes in one commit of ``iptables-restore --noflush``: a packet meets the old rules or the new.

``iptables_anchors`` knows where in a built-in chain an anchor belongs.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..state.change import Attributes, Change, Failure, Key
from ..state.errors import DocumentError, Problem
from ..state.marks import CHAIN as OWN_CHAIN
from . import iptables_backend
from .command import CommandError, run, which
from .iptables_anchors import anchor, moves, standing
from .iptables_reach import only_through
from .iptables_sandbox import normal_form
from .iptables_text import Table, complaint, complaint_line, parse, referenced_sets, same, targets

#: Seconds to wait for the lock that the legacy backend takes; nf_tables needs none.
_LOCK_WAIT = "60"
#: The order within a commit: chains are all there before a rule jumps to one, and go when none does any more.
_DECLARED, _FILLED, _ANCHORED, _DELETED = range(4)
#: Where an anchor is said to stand for a chain that is in the other packet filter.
LEFT_BEHIND = "left behind"
_INCOMPATIBLE = re.compile(r"Table `(\S+)' is incompatible, use 'nft' tool")


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """Those chains of ``wanted`` that exist: ``rules`` as iptables lists them, and ``anchors`` in order of chain name.

    An anchor at another place has the position ``displaced``; one that is there twice is listed twice. A chain that is
    in the host's other packet filter as well has an anchor too many, ``left behind``, so that any run takes it away.
    Raises CommandError where iptables is not installed or cannot list a table.
    """
    if not wanted:
        return {}
    backend, other = iptables_backend.choice()
    own = {key[2] for key in wanted}
    found: Dict[Key, Attributes] = {}
    for (family, table), keys in groupby(sorted(wanted), key=_table_of):
        present = _list(backend, family, table)
        left = _list(other, family, table).chains if other else {}
        for key in keys:
            if key[2] in present.chains or key[2] in left:
                anchors = standing(_builtin(present), key[2], own, wanted[key].get("anchors", ()))
                anchors += [{"chain": "iptables-" + other, "position": LEFT_BEHIND}] if key[2] in left else []
                found[key] = {"rules": present.chains.get(key[2], []), "anchors": anchors}
    return found


def read_all() -> Dict[Key, Attributes]:
    """Every chain of every table that exists, of both families; a built-in one has its ``policy`` and no anchors.

    Raises as ``read``.
    """
    backend = iptables_backend.chosen()
    found: Dict[Key, Attributes] = {}
    for family in iptables_backend.FAMILIES:
        listing = _complete(iptables_backend.listing(backend, family), family)
        for table, present in parse(listing).items():
            builtin = _builtin(present)
            for chain, rules in present.chains.items():
                if chain in present.builtin:
                    found[family, table, chain] = {"policy": present.builtin[chain], "rules": rules}
                else:
                    found[family, table, chain] = {"rules": rules, "anchors": standing(builtin, chain, {chain}, ())}
    return found


def canonical(
    wanted: Mapping[Key, Attributes], present: Mapping[Key, Attributes], spared: Optional[List[Problem]] = None
) -> Dict[Key, Attributes]:
    """``wanted`` with its rules spelt as iptables lists them, so that they compare with what ``read`` returned.

    Rules that are word for word those in ``present`` (from ``read``) need no proof; the others are loaded into an empty
    network namespace and listed there, which changes nothing on the host. Where ipset is not installed, as in a dry run
    on a fresh host, no set can be made for a proof, so rules that speak of one stay as they are. Raises DocumentError
    with iptables' own words for every chain with a bad rule; or ``spared`` takes the problems, and bad rules are left
    out, as are all chains of a table that takes none.
    """
    result = as_written(wanted, present)
    unproven: Dict[Key, List[str]] = {}
    provable = bool(which("ipset"))  # asked once, for there may be hundreds of chains
    for key, attributes in result.items():
        rules = attributes["rules"]
        if rules != present.get(key, {}).get("rules", []) and (provable or not referenced_sets(rules)):
            unproven[key] = rules
    if unproven:
        rules_of, problems = normal_form(iptables_backend.chosen(), unproven, OWN_CHAIN, sift=spared is not None)
        if spared is not None:
            spared += problems
        elif problems:
            raise DocumentError(problems)
        for key in unproven:
            if key in rules_of:
                result[key]["rules"] = rules_of[key]
            else:
                del result[key]
    return result


def as_written(wanted: Mapping[Key, Attributes], present: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """``wanted`` as ``canonical`` has it, without a proof: only rules word for word those present are spelt so."""
    result: Dict[Key, Attributes] = {}
    for key, attributes in wanted.items():
        rules, listed = attributes.get("rules", []), present.get(key, {}).get("rules", [])
        anchors = sorted(attributes.get("anchors", ()), key=_anchor_order)
        result[key] = dict(attributes, rules=listed if same(rules, listed) else rules, anchors=anchors)
    return result


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make, replace and delete chains with their anchors, one commit a table: all of a table's changes happen or none.

    A chain that a rule of someone else jumps to is not deleted: that is a Failure which names the rule.
    """
    if not changes:
        return []
    failures: List[Failure] = []
    backend, other = iptables_backend.choice()
    for (family, table), group in groupby(sorted(changes, key=lambda one: one.key), key=lambda one: _table_of(one.key)):
        together = list(group)
        refused = _commit(backend, family, table, together)
        # Only when the new ones filter, and before the sets go that the old ones speak of.
        failures += refused or (_clear(other, family, table, together) if other else [])
    return failures


def _clear(other: str, family: str, table: str, changes: Sequence[Change]) -> List[Failure]:
    """Take away the chains, whatever is to become of them, where they were left behind in the other packet filter.

    With them go those of ours that they alone lead to, though no document may hold these any more.
    """
    there = _list(other, family, table)
    left = {change.key: change for change in changes if change.key[2] in there.chains}
    gone = [*left, *[(family, table, name) for name in sorted(only_through(there, [key[2] for key in left]))]]
    refused = _commit(other, family, table, [Change("iptables", key, {}, None) for key in gone])
    where = "left behind in iptables-%s: " % other
    return [
        Failure(left[each.change.key], each.errno, where + each.message) for each in refused if each.change.key in left
    ]


def _commit(backend: str, family: str, table: str, changes: Sequence[Change]) -> List[Failure]:
    present = _list(backend, family, table)
    referred_to = _still_referred_to(present, changes)
    if referred_to is not None:
        return _refused(changes, *referred_to)
    lines, culprits = _restore_input(table, present, changes)
    if not culprits:
        return []
    restore = [iptables_backend.program(backend, family, "-restore"), "--noflush", "-w", _LOCK_WAIT]
    try:
        run(restore, "\n".join(lines) + "\n")
    except CommandError as error:
        return _refused(changes, culprits.get(complaint_line(error.said)), complaint(error.said))
    return []


def _refused(changes: Sequence[Change], culprit: Optional[Change], reason: str) -> List[Failure]:
    """All changes of a commit that was refused for the sake of ``culprit`` (None: iptables blamed no line)."""
    if culprit is None:
        return [Failure(change, 0, reason) for change in changes]
    other = "not done, for chain %s in the same commit was refused: %s" % (culprit.key[2], reason)
    return [Failure(change, 0, reason if change is culprit else other) for change in changes]


def _restore_input(table: str, present: Table, changes: Sequence[Change]) -> Tuple[List[str], Dict[int, Change]]:
    """The lines of one commit, and for each line number (from 1) the change it is there for."""
    own = {change.key[2] for change in changes}
    before, builtin = _builtin(present), _builtin(present)
    steps: List[Tuple[int, str, Change]] = []
    for change in changes:
        # One that was left behind is a state to go back to at most, and nobody goes back there.
        anchors = [each for each in (change.after or {}).get("anchors", ()) if each["position"] != LEFT_BEHIND]
        steps += [(phase, line, change) for phase, line in _steps(present, change)]
        if standing(before, change.key[2], own, anchors) != sorted(anchors, key=_anchor_order):
            steps += [(_ANCHORED, line, change) for line in moves(builtin, change.key[2], own, anchors)]
    steps.sort(key=lambda step: step[0])
    lines = ["*" + table] + [line for _phase, line, _change in steps] + ["COMMIT"]
    return lines, {number: change for number, (_phase, _line, change) in enumerate(steps, 2)}


def _steps(present: Table, change: Change) -> Iterable[Tuple[int, str]]:
    """What one chain takes beside its anchors: phase and line."""
    chain = change.key[2]
    exists = chain in present.chains
    rules = list((change.after or {}).get("rules", ()))
    if (exists and change.after is None) or (change.after is not None and present.chains.get(chain) != rules):
        yield _DECLARED, ":%s - [0:0]" % chain  # makes it, or empties it
        for rule in rules:
            yield _FILLED, "-A %s %s" % (chain, rule)
    if exists and change.after is None:
        yield _DELETED, "-X " + chain


def _builtin(present: Table) -> Dict[str, List[str]]:
    return {name: list(present.chains[name]) for name in present.builtin}


def _still_referred_to(present: Table, changes: Sequence[Change]) -> Optional[Tuple[Change, str]]:
    """The first chain to be deleted that a rule jumps to which these changes do not take away, and why it stays."""
    own = {change.key[2] for change in changes}
    for change in changes:
        for name, rules in present.chains.items():
            for rule in rules if change.after is None and name not in own else ():
                if change.key[2] in targets(rule) and not (name in present.builtin and anchor(rule, own)):
                    reason = "not deleted, for a rule that is not ours jumps to it: -A %s %s; delete that rule first"
                    return change, reason % (name, rule)
    return None


def _list(backend: str, family: str, table: str) -> Table:
    if backend == "legacy" and table not in iptables_backend.legacy_tables(family).split():
        return Table({}, {})  # listing it would create it
    command = [iptables_backend.program(backend, family, "-save"), "-t", table]
    return parse(_complete(run(command), family)).get(table, Table({}, {}))


def _complete(listing: str, family: str) -> str:
    """The listing, unless it leaves out a table."""
    incompatible = _INCOMPATIBLE.search(listing)
    if incompatible:
        reason = "table %s (%s) holds rules of nft that iptables cannot list; move them to a table of another name"
        raise CommandError(["iptables-save"], reason % (incompatible.group(1), family))
    return listing


def _table_of(key: Key) -> Tuple[Any, ...]:
    return key[:2]


def _anchor_order(anchor: Mapping[str, str]) -> Tuple[str, str]:
    return anchor["chain"], anchor["position"]
