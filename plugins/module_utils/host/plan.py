# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a ledger, a new document and a reading of the kernel to what has to be done. Changes nothing."""

from __future__ import annotations

from typing import Callable, Dict, Iterable, List, NamedTuple, Sequence, Union

from ..kernel import world
from ..state import holds
from ..state.change import Attributes, Change, Key, State
from ..state.changes import one_by_one
from ..state.dependants import fallen, hangs_on, survivors
from ..state.difference import Missing, Refusal, difference, with_forgotten
from ..state.holds import local
from ..state.marks import SWAP_SET
from ..state.names import describe
from . import origins
from .ledger import Ledger, merged, together, without


class Plan(NamedTuple):
    """``target`` is to be there in the end and ``doomed`` not; ``present`` is the reading that ``changes`` start from.

    ``after`` is the ledger when all is done; until then ``leaving`` is ours as well.
    """

    present: State
    target: State
    doomed: State
    leaving: State
    changes: Sequence[Change]
    refusals: List[str]
    after: Ledger


def make(
    ledger: Ledger,
    wanted: State,
    others: Callable[[], List[Ledger]],
    unread: Iterable[str] = (),
    spell: Callable[[State, State], State] = world.canonical,
) -> Plan:
    """Plan the way from what ``ledger`` says and the kernel has to ``wanted``.

    ``others`` are the other documents' ledgers, asked for only where there is something to do: what another document
    holds as well is not taken from it. ``unread`` are sections whose objects are taken as absent. ``spell`` gives rules
    and set entries as the tools list them. What a crash may have left behind in the midst of a change goes, whoever
    began it.
    """
    held = ledger.held()
    sought = {section: objects for section, objects in merged(held, wanted).items() if section not in unread}
    debris: State = {"ipsets": {(SWAP_SET,): {}}} if sought.get("ipsets") else {}
    debris.update(holds.left_over(sought))
    present = world.read(merged(sought, debris))
    found = origins.found(ledger, wanted, present, others)
    leaving = without(held, wanted)
    ceded = doomed = leaving
    for other in others() if leaving else []:
        ceded = without(ceded, other.document)
        doomed = without(doomed, origins.made(other.document))
    doomed = without(doomed, found)
    spelt = spell(wanted, present)
    target = merged(_with_forgotten(spelt, held, others), _put_back(ceded, found, present, doomed))
    doomed = merged(doomed, debris)
    changes, refusals = difference(target, present, doomed)
    theirs = _on_links_made_anew(changes, present, others)
    if theirs:
        here = world.read(theirs)
        target = together(without(theirs, without(theirs, here)), target)
        present = merged(here, present)
        changes, refusals = difference(target, present, doomed)
    reasons = [str(each) for each in refusals if not _already_gone(each, wanted)]
    reasons += _without_way_back(without(found, ledger.found))
    if changes:
        reasons += [reason for other in others() for reason in _contradictions(changes, wanted, other)]
    after = Ledger(ledger.name, wanted, {}, without(found, leaving), ledger.namespace)
    return Plan(without(present, debris), target, doomed, leaving, changes, reasons, after)


def _on_links_made_anew(changes: Sequence[Change], present: State, others: Callable[[], List[Ledger]]) -> State:
    """What other documents hold on links that are made anew: it goes with these, and has to come again."""
    anew = {change.key[0] for change in one_by_one(changes) if change.section == "links" and change.recreate}
    if not anew:
        return {}
    held: State = {}
    for other in others():
        held = together(held, other.document)
    links = held.get("links", {})
    along = fallen({**present["links"], **world.read({"links": links}).get("links", {})}, anew)
    gone = anew | along
    addresses = [*held.get("addresses", {}), *present.get("addresses", {})]
    sources = {local(key) for key in addresses if key[0] in gone}
    theirs: State = {
        section: {
            key: each
            for key, each in objects.items()
            if hangs_on(section, key, each, gone) or (section == "routes" and each.get("src") in sources)
        }
        for section, objects in held.items()
    }
    ports = {key: each for key, each in links.items() if key[0] in along or each.get("master") in gone}
    return {section: objects for section, objects in {**theirs, "links": ports}.items() if objects}


def _already_gone(refusal: Union[Refusal, Missing], wanted: State) -> bool:
    """What is only to be put back, and goes with a link that is made anew, is nothing to refuse a document for."""
    return isinstance(refusal, Missing) and refusal.key not in wanted.get(refusal.section, {})


def _with_forgotten(wanted: State, held: State, others: Callable[[], List[Ledger]]) -> State:
    """``wanted``, and defaults of what it no longer declares, but for attributes that another document declares."""
    whole = with_forgotten(wanted, held)
    for section, objects in whole.items():
        if objects is wanted[section]:
            continue
        kept: Dict[Key, Attributes] = dict(objects)
        for key, attributes in objects.items():
            declared = wanted[section][key]
            if attributes is not declared:
                theirs = {name for other in others() for name in other.document.get(section, {}).get(key, {})}
                kept[key] = {
                    name: value for name, value in attributes.items() if name in declared or name not in theirs
                }
        whole[section] = kept
    return whole


def _put_back(leaving: State, found: State, present: State, doomed: State) -> State:
    """Originals of what leaves the document, is still there, and does not go with a link that goes."""
    links = {key[0] for key in doomed.get("links", {})}
    links |= fallen(present.get("links", {}), links)
    back: State = {}
    for section, objects in leaving.items():
        originals, here = found.get(section, {}), present.get(section, {})
        there = {
            # What the document was allowed to make anew to have it its way, goes back that way.
            key: {**originals[key], "recreate": True} if attributes.get("recreate") else originals[key]
            for key, attributes in objects.items()
            if key in originals and key in here
        }
        back[section] = survivors(section, there, links, lost=links)
    return with_forgotten(back, leaving)


def _without_way_back(newly_found: State) -> List[str]:
    """What was on the host before us and could not be put back, for it has what no document has a word for."""
    return [
        "%s: is there already with %s, which could not be put back; delete it or leave it out of the document"
        % (describe(section, key), ", ".join(attributes["foreign"]))
        for section, objects in newly_found.items()
        for key, attributes in objects.items()
        if "foreign" in attributes
    ]


def _contradictions(changes: Sequence[Change], wanted: State, other: Ledger) -> List[str]:
    """Where this document and another want different things of one object: they would undo each other for ever."""
    reasons = []
    for change in one_by_one(changes, tables_of=other.document):
        theirs = other.document.get(change.section, {}).get(change.key, {})
        ours = wanted.get(change.section, {}).get(change.key, {})
        for name in sorted(theirs.keys() & ours.keys()):
            if theirs[name] != ours[name]:
                reasons.append(
                    "%s: %s is to be %r, but document %s holds it with %r; leave it to one of the two"
                    % (describe(change.section, change.key), name, ours[name], other.name, theirs[name])
                )
    return reasons
