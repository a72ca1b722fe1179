# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was on a host before us, and how it was: that is put back in the end, while what is ours is deleted."""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Optional, Set, Tuple

from ..kernel import world
from ..state.change import Attributes, Key, State
from ..state.dependants import hangs_on
from ..state.marks import is_marked
from ..state.rows import KEEP, Policy
from ..state.schema import SECTIONS, made_by_others, properties
from ..state.values import sysctl_parts
from .ledger import Ledger, merged

#: What a document holds, and the originals of that.
_Holding = Tuple[State, State]
_Originals = Dict[str, Dict[Key, Attributes]]


def found(ledger: Ledger, wanted: State, present: State, others: Callable[[], List[Ledger]]) -> State:
    """The originals that ``ledger`` has, and those of objects that ``wanted`` is the first document of ours to hold.

    An object that another document holds has the origin that it has there.
    """
    present = merged(present, {"sysctls": _births(ledger, wanted, present)})
    known: _Originals = {section: dict(objects) for section, objects in ledger.found.items()}
    for section, objects in known.items():
        for key in objects:
            if key in wanted.get(section, {}):  # the document may declare more of it than before
                more = _original(section, wanted[section][key], present.get(section, {}).get(key, {}))
                rows = properties(section, objects[key])
                objects[key] = {**{name: more[name] for name in more if name in rows}, **objects[key]}
    for key, attributes in wanted.get("links", {}).items():
        if made_by_others("links", attributes) and key not in present.get("links", {}):
            known.setdefault("links", {}).setdefault(key, {})  # it comes with another: nothing to put back
    new = _newcomers(ledger, wanted, present)
    if new:
        holders = [(other.held(), other.found) for other in others()]
        # In two steps, for what is on a link that we made cannot have been there before us.
        _add(known, [each for each in new if each[0] == "links"], wanted, present, holders, set())
        ours = _made_links([(merged(ledger.held(), wanted), {**known}), *holders])
        _add(known, [each for each in new if each[0] != "links"], wanted, present, holders, ours)
    return {**known}


def _births(ledger: Ledger, wanted: State, present: State) -> Dict[Key, Attributes]:
    """The present sysctls, and of links that are yet to come what each will be until it is written: the default."""
    here, held = present.get("sysctls", {}), ledger.held().get("sysctls", {})
    coming = [key for key in wanted.get("sysctls", {}) if key not in here and key not in held]
    defaults = {key: default for key in coming for default in [_default_of(key)] if default is not None}
    values = world.read({"sysctls": {default: {} for default in defaults.values()}}).get("sysctls", {})
    return {**here, **{key: values[default] for key, default in defaults.items() if default in values}}


def _default_of(sysctl: Key) -> Optional[Key]:
    """The sysctl that a new interface takes its own from, such as ``net.ipv4.conf.default.rp_filter``."""
    parts = sysctl_parts(sysctl[0])
    if len(parts) != 5 or parts[0] != "net" or parts[2] not in ("conf", "neigh"):
        return None
    return (".".join([*parts[:3], "default", parts[4]]),)


def made(document: State) -> State:
    """``document`` without what somebody else makes, which no document keeps from being deleted."""
    links = document.get("links", {})
    return {**document, "links": {key: link for key, link in links.items() if not made_by_others("links", link)}}


def _add(
    known: _Originals,
    new: List[Tuple[str, Key]],
    wanted: State,
    present: State,
    holders: List[_Holding],
    ours: Set[str],
) -> None:
    """Add to ``known`` the originals of those of ``new`` that are not ours. ``ours``: names of links that we made."""
    for section, key in new:
        originals = next((originals for held, originals in holders if key in held.get(section, {})), None)
        original: Optional[Attributes]
        if made_by_others(section, wanted[section][key]):
            original = _original(section, wanted[section][key], present[section][key])
        elif originals is not None:
            original = originals.get(section, {}).get(key)
        elif is_marked(section, key, present[section][key]) or _is_part_of(ours, section, key):
            original = None
        else:
            original = _original(section, wanted[section][key], present[section][key])
        if original is not None:
            known.setdefault(section, {})[key] = original


def _newcomers(ledger: Ledger, wanted: State, present: State) -> List[Tuple[str, Key]]:
    """Present objects that the document has not held so far."""
    held = ledger.held()
    return [
        (section, key)
        for section, objects in wanted.items()
        if objects is not held.get(section)
        for key in present.get(section, {})
        if key in objects and key not in held.get(section, {})
    ]


def _made_links(holders: List[_Holding]) -> Set[str]:
    return {
        key[0] for held, originals in holders for key in held.get("links", {}) if key not in originals.get("links", {})
    }


def _is_part_of(links: Set[str], section: str, key: Key) -> bool:
    """Whether an object is a link's own. A route is not, it bears a mark where it is ours; and a sysctl cannot go."""
    return section not in ("routes", "sysctls") and hangs_on(section, key, {}, links)


def _original(section: str, wanted: Attributes, present: Mapping[str, object]) -> Attributes:
    """What has to be put back some day: of what is written or made anew as a whole all, of others what we declare."""
    if SECTIONS[section].whole or present.get("type") != wanted.get("type", present.get("type")):
        return dict(present)
    return {
        name: present.get(name, row.default)
        for name, row in properties(section, wanted).items()
        if name in wanted and row.policy is not Policy.DIRECTIVE and (name in present or row.default is not KEEP)
    }
