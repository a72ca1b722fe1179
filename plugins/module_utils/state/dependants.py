# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes when a link or an address goes."""

from __future__ import annotations

from typing import Any, Collection, Dict, FrozenSet, Mapping, Set

from .change import Attributes, Key
from .route_rows import MAIN_TABLE
from .schema import SECTIONS
from .values import is_ipv6, sysctl_parts


def hangs_on(section: str, key: Key, attributes: Mapping[str, Any], links: Collection[str]) -> bool:
    """Whether an object goes with one of ``links``: an entry on it, a route over it, a sysctl of it."""
    if section == "sysctls":
        return any(part in links for part in sysctl_parts(key[0]))
    if section == "routes":
        hops = attributes.get("nexthops") or ()
        return attributes.get("dev") in links or any(hop.get("dev") in links for hop in hops)
    return (key[0] if SECTIONS[section].key[0] == "dev" else attributes.get("dev")) in links and section != "links"


def fallen(links: Mapping[Key, Attributes], going: Collection[str]) -> FrozenSet[str]:
    """Those of ``links`` that go by themselves with the links ``going``: what rides on them, and far ends of veths."""
    gone: Set[str] = set(going)
    size = -1
    while size != len(gone):  # with what goes goes more
        size = len(gone)
        gone |= {key[0] for key, link in links.items() if any(link.get(below) in gone for below in ("dev", "link"))}
        gone |= {link["peer.name"] for key, link in links.items() if key[0] in gone and _has_peer_here(link)}
    return frozenset(gone.difference(going))


def comes_along(section: str, objects: Mapping[Key, Attributes]) -> Set[Key]:
    """The keys of objects that are made with others of ``objects``: far ends of veths."""
    if section != "links":
        return set()
    return {(link["peer.name"],) for link in objects.values() if _has_peer_here(link)}


def _has_peer_here(link: Mapping[str, Any]) -> bool:
    return "peer.name" in link and link.get("peer.namespace") is None


def survivors(
    section: str,
    objects: Mapping[Key, Attributes],
    links: Collection[str],
    sources: Collection[str] = (),
    lost: Collection[str] = (),
) -> Dict[Key, Attributes]:
    """What is still there of ``objects`` when ``links`` and the addresses ``sources`` have been deleted.

    Of links only those go that are ``lost``: the others of ``links`` may be on their way to be made anew.
    """
    if section == "links":
        return {key: _released(attributes, links) for key, attributes in objects.items() if key[0] not in lost}
    left = {key: attributes for key, attributes in objects.items() if not hangs_on(section, key, attributes, links)}
    if section == "routes" and len(left) < len(objects):
        left.update(_over_other_links(objects, links))
    return _routes_without(sources, left) if section == "routes" and sources else left


def _over_other_links(routes: Mapping[Key, Attributes], links: Collection[str]) -> Dict[Key, Attributes]:
    """IPv6 routes over several next hops of which some are left; of IPv4 the whole route goes with any of its links."""
    left: Dict[Key, Attributes] = {}
    for key, route in routes.items():
        hops = [hop for hop in route.get("nexthops") or () if hop.get("dev") not in links]
        if hops and is_ipv6(key[0]):
            left[key] = {**route, "nexthops": hops}
            if len(hops) == 1:
                left[key] = {**route, **hops[0]}
                del left[key]["nexthops"], left[key]["weight"]
    return left


def _routes_without(sources: Collection[str], routes: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """With a source address go the main table's IPv4 routes that prefer it; IPv6 routes lose their preference."""
    left: Dict[Key, Attributes] = {}
    for key, route in routes.items():
        if route.get("src") not in sources:
            left[key] = route
        elif is_ipv6(key[0]):
            left[key] = {name: value for name, value in route.items() if name != "src"}
        elif key[1] != MAIN_TABLE:
            left[key] = route
    return left


def _released(link: Attributes, links: Collection[str]) -> Attributes:
    """A port as it is when its bridge is gone."""
    if link.get("master") not in links:
        return link
    return {name: value for name, value in link.items() if name != "master" and not name.startswith("port.")}
