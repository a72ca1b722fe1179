# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of routes (ip-route(8))."""

from __future__ import annotations

from itertools import repeat
from typing import Any, Callable, Dict, Iterable, List, Mapping

from . import encap, values
from .marks import PROTOCOL
from .nexthops import nexthops
from .route_metrics import METRICS, locked
from .rows import KEEP, Attribute

MAIN_TABLE = 254
#: The kernel's own metric for an IPv6 route that names none (IP6_RT_PRIO_USER); IPv4 has 0.
IPV6_METRIC = 1024
_TABLES = {"default": 253, "main": MAIN_TABLE, "local": 255}
#: What a packet meets at a route's end: a next hop or a link; a device of this host; nobody.
_TO_DEVICE = ("local", "broadcast", "multicast")
_TO_NOBODY = ("blackhole", "unreachable", "prohibit", "throw")
#: Where a route leads; of these a route has one, or gateway and dev.
_WAYS = ("gateway", "dev", "nexthops", "nhid")

#: linux/rtnetlink.h, RTPROT_…; and our own, see ``marks``.
PROTOCOLS = {
    "redirect": 1,
    "kernel": 2,
    "boot": 3,
    "static": 4,
    "gated": 8,
    "ra": 9,
    "mrt": 10,
    "zebra": 11,
    "bird": 12,
    "dnrouted": 13,
    "xorp": 14,
    "ntk": 15,
    "dhcp": 16,
    "mrouted": 17,
    "keepalived": 18,
    "babel": 42,
    "ovn": 84,
    "openr": 99,
    "bgp": 186,
    "isis": 187,
    "ospf": 188,
    "rip": 189,
    "eigrp": 192,
    "podnet": PROTOCOL,
}


_OCTET = values.integer(0, 255)
_PROTOCOL = values.integer(1, 255)
_TABLE = values.integer(1, 2**32 - 1)


def table(raw: Any) -> int:
    """A routing table's number, or one of the three names that every kernel has."""
    return _TABLES[raw] if isinstance(raw, str) and raw in _TABLES else _TABLE(raw)


def protocol(raw: Any) -> int:
    """Who made a route or a rule: a number, or one of the names that every iproute2 has."""
    return PROTOCOLS[raw] if isinstance(raw, str) and raw in PROTOCOLS else _PROTOCOL(raw)


def tos(raw: Any) -> int:
    """A type of service in a whole byte: DSCP and, as zeros, the two ECN bits, as the kernel demands."""
    number = _OCTET(raw)
    if number & 3:
        raise ValueError("has ECN bits set; the type of service is a multiple of 4 from 0 to 252")
    return number


ROUTE: Mapping[str, Attribute] = {
    "dst": Attribute(values.network),
    "table": Attribute(table),
    "metric": Attribute(values.integer(0, 2**32 - 1)),
    "tos": Attribute(tos),
    "gateway": Attribute(values.host),
    "dev": Attribute(values.device),
    "nexthops": Attribute(nexthops),
    "nhid": Attribute(values.integer(1, 2**32 - 1)),
    "src": Attribute(values.host),
    "onlink": Attribute(values.boolean, default=False),
    "type": Attribute(values.choice("unicast", *_TO_DEVICE, *_TO_NOBODY), default="unicast"),
    "scope": Attribute(values.choice("global", "site", "link", "host"), default=KEEP),
    "protocol": Attribute(protocol, default=PROTOCOL),
    "pref": Attribute(values.choice("low", "medium", "high"), default="medium"),
    **METRICS,
    "lock": Attribute(locked, default=[]),
    **encap.ENCAP,
}


def _families(column: List[str]) -> Iterable[bool]:
    return map(str.__contains__, column, repeat(":"))


def _gateways(column: List[str]) -> Iterable[str]:
    return ["ipv4" if ":" not in each else "link" if values.is_link_local(each) else "ipv6" for each in column]


#: All that completing a route looks at of these. Of the metric whether there is one, for IPv6 has none of 0.
ROUTE_SEEN: Mapping[str, Callable[[List[Any]], Iterable[Any]]] = {
    "dst": _families,
    "src": _families,
    "gateway": _gateways,
    "metric": lambda column: map(bool, column),
    "encap.id": lambda column: repeat(None, len(column)),
    "encap.dst": _families,
    "encap.src": _families,
}


def complete_route_key(route: Dict[str, Any]) -> None:
    """Fill in table, metric and type of service."""
    ipv6 = ":" in route["dst"]
    route.setdefault("table", MAIN_TABLE)
    route.setdefault("tos", 0)
    if not route.setdefault("metric", IPV6_METRIC if ipv6 else 0) and ipv6:
        route["metric"] = IPV6_METRIC


def complete_route(route: Dict[str, Any]) -> None:
    """Fill in the key; raise ``ValueError`` where the attributes contradict one another."""
    complete_route_key(route)
    if "nexthops" in route:
        _take_apart(route)
    _check_way(route)
    _check_family(route)
    encap.check(route)
    missing = [name for name in route.get("lock", ()) if name not in route]
    if missing:
        raise ValueError("locks %s, but does not set it" % " and ".join(missing))


def _take_apart(route: Dict[str, Any]) -> None:
    """Check each next hop as if it were the only one; one alone is no multipath route and is written without a list."""
    others = [name for name in ("gateway", "dev", "nhid", "onlink") if name in route]
    if others:
        raise ValueError("has both nexthops and %s; what is of a next hop stands in its entry" % " and ".join(others))
    for hop in route["nexthops"]:
        single = {name: value for name, value in route.items() if name != "nexthops"}
        single.update((name, value) for name, value in hop.items() if name != "weight")
        _check_way(single)
        _check_family(single)
    if len(route["nexthops"]) == 1:
        (hop,) = route.pop("nexthops")
        route.update((name, value) for name, value in hop.items() if name != "weight")


def _check_way(route: Dict[str, Any]) -> None:
    kind = route.get("type", "unicast")
    if kind == "unicast":
        if not ("gateway" in route or "dev" in route or "nexthops" in route or "nhid" in route):
            raise ValueError("needs a gateway or a dev, or nexthops")
    elif kind in _TO_DEVICE:
        if "dev" not in route or "gateway" in route or "nexthops" in route:
            raise ValueError("of type %s needs a dev, such as lo, and has no gateway" % kind)
    elif any(name in route for name in _WAYS):
        raise ValueError("of type %s has neither gateway nor dev" % kind)
    if "nhid" in route and any(name in route for name in ("gateway", "dev", "onlink")):
        raise ValueError("has a nhid, and gateway, dev and onlink are those of the next hop object")
    if route.get("onlink") and not ("gateway" in route and "dev" in route):
        raise ValueError("can be onlink only with a gateway and a dev")


def _check_family(route: Dict[str, Any]) -> None:
    ipv6, gateway = ":" in route["dst"], route.get("gateway", route["dst"])
    if (":" in route.get("src", route["dst"])) != ipv6:
        raise ValueError("has a src of another address family than dst")
    if ipv6 and ":" not in gateway:
        raise ValueError("is of IPv6 and has an IPv4 gateway; the kernel has it only the other way round")
    if "gateway" in route and "dev" not in route and values.is_link_local(gateway):
        raise ValueError("has a link-local gateway, which is on every link; say on which by dev")
    if ipv6:
        _check_ipv6(route)
    elif "pref" in route:
        raise ValueError("has a pref, which is of IPv6 routes only")


def _check_ipv6(route: Dict[str, Any]) -> None:
    if route["tos"]:
        raise ValueError("has a tos, which is of IPv4 routes only")
    if route.get("scope", "global") != "global":
        raise ValueError("has a scope, which is of IPv4 routes only (IPv6 routes are all global)")
    if route.get("type") == "broadcast":
        raise ValueError("is of type broadcast, and IPv6 has none")
