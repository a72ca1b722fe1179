# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What attributes of links ask of one another, within a link and between the links of a document."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Mapping, Tuple

from .values import is_ipv6

Link = Mapping[str, Any]

#: What the kernel, or common sense, wants of a link of a kind before it can be made.
_NEEDED: Mapping[str, Tuple[str, ...]] = {
    "veth": ("peer.name",),
    "vxlan": ("vni",),
    "geneve": ("vni", "remote"),
    "vlan": ("link", "id"),
    "vrf": ("table",),
}
#: Of an external tunnel each packet says itself where it goes.
_SAID_BY_PACKETS = ("vni", "remote", "group", "ttl", "tos", "flowlabel")
_MASTERS = ("bridge", "bond", "vrf")
_WITH_PRIMARY = ("active-backup", "balance-tlb", "balance-alb")
_LACP = "802.3ad"


def needed(link: Link) -> Tuple[str, ...]:
    """The attributes that a link of its type cannot be made without."""
    return () if link.get("external") else _NEEDED.get(link.get("type", ""), ())


def complete_link(link: Dict[str, Any]) -> None:
    """Raise ``ValueError`` where the attributes of a link contradict one another, or one is missing."""
    for attribute in ("master", "dev", "link"):
        if link.get(attribute) == link["name"]:
            raise ValueError("has itself as %s" % attribute)
    if "type" not in link:
        if link.get("recreate"):
            raise ValueError("cannot be made anew without a type")
        return
    for attribute in needed(link):
        if attribute not in link:
            raise ValueError("needs its %s" % attribute)
    if "master" not in link and any(each.startswith("port.") for each in link):
        raise ValueError("has attributes of a port, but no master")
    _CHECKS.get(link["type"], _nothing_more)(link)


def _nothing_more(link: Link) -> None:
    """The check of kinds whose attributes do not depend on one another."""


def _bridge(link: Link) -> None:
    if link.get("stp") and link.get("forward_delay", 200) < 200:
        raise ValueError("with stp needs a forward_delay of at least 200, two seconds")


def _veth(link: Link) -> None:
    if link["peer.name"] == link["name"] and "peer.namespace" not in link:
        raise ValueError("has itself as peer")


def _tunnel(link: Link) -> None:
    said = [each for each in _SAID_BY_PACKETS if each in link] if link.get("external") else []
    if said:
        raise ValueError("is external, so each packet has its own %s" % said[0])
    addresses = [link[each] for each in ("local", "remote", "group") if each in link]
    if len({is_ipv6(address) for address in addresses}) > 1:
        raise ValueError("has addresses of both families")
    if link.get("flowlabel") and not any(map(is_ipv6, addresses)):
        raise ValueError("has a flowlabel, which only IPv6 has")


def _vxlan(link: Link) -> None:
    _tunnel(link)
    if "remote" in link and "group" in link:
        raise ValueError("has a remote and a group: either one far end or many")
    if "group" in link and "dev" not in link:
        raise ValueError("with a group needs a dev to send to it")
    if link.get("gpe") and (link.get("gbp") or link.get("learning", True) or not link.get("external")):
        raise ValueError("with gpe has to be external, with learning off and without gbp")


def _geneve(link: Link) -> None:
    _tunnel(link)
    if "udp_csum" in link and is_ipv6(link.get("remote", "")):
        raise ValueError("has udp_csum, which is for IPv4; IPv6 has udp6_zero_csum_tx")


def _bond(link: Link) -> None:
    mode, miimon = link.get("mode", "balance-rr"), link.get("miimon")
    for attribute in ("lacp_rate", "ad_select"):
        if attribute in link and mode != _LACP:
            raise ValueError("has a %s, which only mode %s has" % (attribute, _LACP))
    if "primary" in link and mode not in _WITH_PRIMARY:
        raise ValueError("has a primary, which only the modes %s have" % ", ".join(_WITH_PRIMARY))
    for attribute in ("updelay", "downdelay"):
        if link.get(attribute) and (not miimon or link[attribute] % miimon):
            raise ValueError("needs a miimon that its %s is a multiple of" % attribute)


_CHECKS: Mapping[str, Callable[[Link], None]] = {
    "bridge": _bridge,
    "veth": _veth,
    "vxlan": _vxlan,
    "geneve": _geneve,
    "bond": _bond,
}


def contradictions(links: Mapping[Any, Link]) -> Iterator[Tuple[Any, str]]:
    """The keys of links that cannot be beside the others of ``links``, and why."""
    peers: Dict[Tuple[Any, Any], Any] = {}
    for key, link in links.items():
        master = links.get((link.get("master"),), {})
        if "type" in master:
            yield from ((key, reason) for reason in _as_port(link, link["master"], master["type"]))
        mtu, below = link.get("mtu"), links.get((link.get("link"),), {}).get("mtu")
        if mtu and below and mtu > below:
            yield key, "has an mtu of %d, more than the %d of %s below it" % (mtu, below, link["link"])
        if "peer.name" in link:
            yield from ((key, reason) for reason in _as_pair(link, links, peers.setdefault(_peer(link), key) == key))


def _as_port(link: Link, master: str, kind: str) -> Iterator[str]:
    if kind not in _MASTERS:
        yield "has %s as master, which is of type %s; a master is one of %s" % (master, kind, ", ".join(_MASTERS))
    elif kind != "bridge" and any(each.startswith("port.") for each in link):
        yield "has attributes of a bridge's port, but %s is of type %s" % (master, kind)
    elif kind == "bridge" == link.get("type"):
        yield "is a bridge and cannot be a port of the bridge %s" % master


def _as_pair(link: Link, links: Mapping[Any, Link], first: bool) -> Iterator[str]:
    name, namespace = _peer(link)
    if not first:
        yield "has the peer %s, which another link has already" % name
    if not namespace and "type" in links.get((name,), {}):
        yield "makes its peer %s with it; say of %s neither type nor peer, only what is to be set" % (name, name)


def _peer(link: Link) -> Tuple[str, Any]:
    return link["peer.name"], link.get("peer.namespace")
