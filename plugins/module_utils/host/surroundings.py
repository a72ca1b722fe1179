# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with links and addresses that go or are made anew: read before, so that a failed run can put it back."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence, Set

from ..kernel import world
from ..state import reading
from ..state.change import Attributes, Change, Key, State
from ..state.changes import one_by_one
from ..state.dependants import fallen, hangs_on
from ..state.holds import is_ipv4, local
from ..state.link_values import is_multicast
from ..state.schema import SECTIONS
from ..state.values import LINK_LOCAL, is_ipv6
from .ledger import merged

_ON_LINKS = ("addresses", "neighbors", "fdb", "routes")
#: RTPROT_KERNEL (linux/rtnetlink.h): what comes by itself with an address or a link that is up.
_BY_ITSELF = 2


def of(changes: Sequence[Change], present: State) -> State:
    """All that is on the links that ``changes`` take away, the links above them and below, and the routes that go with
    addresses, but for most of what is ``present`` anyway. Raises as a reading.
    """
    going = {change.key[0] for change in one_by_one(changes) if change.section == "links" and _goes(change)}
    return merged(_with_addresses(changes, present), _with_links(going, present) if going else {})


def _with_links(going: Set[str], present: State) -> State:
    whole = world.read_all(("links", *_ON_LINKS), present)
    links = whole["links"]
    gone = going | fallen(links, going)
    around = {
        section: {key: each for key, each in whole[section].items() if _is_lost(section, key, each, gone)}
        for section in ("addresses", "neighbors", "routes")
    }
    ports = {key[0] for key, each in links.items() if each.get("master") in gone}
    around["fdb"] = {
        key: each
        for key, each in whole["fdb"].items()
        if _is_lost("fdb", key, each, {*gone, *ports} if key[2] else gone) and _was_entered(key, each, links)
    }
    sources = {local(key) for key in whole["addresses"] if key[0] in gone}
    around["routes"].update(_preferring(sources, whole["routes"]))
    around["links"] = {key: each for key, each in links.items() if key[0] in gone or each.get("master") in gone}
    return {**around}


def _with_addresses(changes: Sequence[Change], present: State) -> State:
    """The routes that prefer an address that goes, and those over a link that may have no IPv4 address then."""
    addresses = [change for change in one_by_one(changes) if change.section == "addresses"]
    sources = {local(change.key) for change in addresses if _goes(change) and not _is_held(change)}
    if not sources:
        return {}
    followed = {change.key[0] for change in addresses if change.after is not None and is_ipv4(change.key)}
    emptied = {change.key[0] for change in addresses if is_ipv4(change.key)} - followed
    routes = world.read_all(("routes",), present)["routes"]
    over = {
        key: each
        for key, each in routes.items()
        if not is_ipv6(key[0]) and hangs_on("routes", key, each, emptied) and _can_come_back("routes", key, each)
    }
    return {"routes": {**over, **_preferring(sources, routes)}}


def _preferring(sources: Set[str], routes: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    return {
        key: each for key, each in routes.items() if each.get("src") in sources and _can_come_back("routes", key, each)
    }


def _is_held(change: Change) -> bool:
    return change.after is not None and is_ipv4(change.key)


def _goes(change: Change) -> bool:
    return change.before is not None and (change.after is None or change.recreate)


def _is_lost(section: str, key: Key, attributes: Mapping[str, Any], links: Any) -> bool:
    if not hangs_on(section, key, attributes, links):
        return False
    if section == "addresses":
        return not key[1].startswith(LINK_LOCAL)
    if section == "neighbors" and is_multicast(key[1]):
        return False
    return _can_come_back(section, key, attributes)


def _was_entered(key: Key, entry: Mapping[str, Any], links: Mapping[Key, Attributes]) -> bool:
    """Whether somebody made the forwarding entry: a link has its address and multicast groups in there by itself."""
    dev, lladdr, master, _vlan = key
    link = links.get((dev,), {})
    own = lladdr == link.get("address") and entry.get("state") == "local" if master else not entry
    return not own and link.get("type") != "bridge"


def _can_come_back(section: str, key: Key, attributes: Mapping[str, Any]) -> bool:
    """What was learned, belongs to something else, or is one of several in its place, nobody could put back."""
    alone = len(key) == len(SECTIONS[section].key)
    return alone and attributes.get("protocol") != _BY_ITSELF and not reading.sayable(section, attributes)[1]
