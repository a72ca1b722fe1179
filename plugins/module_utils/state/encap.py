# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tunnel that a route sends packets through: rows of the schema for ip-route(8)'s ``encap ip`` and ``encap ip6``.

The route's device is a tunnel that is ``external``, and takes its far end, number and all the rest from here.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from . import values
from .rows import KEEP, Attribute

_OCTET = values.integer(0, 255)

ENCAP: Dict[str, Attribute] = {
    # Follows from ``dst``; a document may say it as iproute2 has it, and it is never lacking in a reading.
    "encap.type": Attribute(values.choice("ip", "ip6"), default=KEEP),
    "encap.id": Attribute(values.integer(0, 2**24 - 1)),
    "encap.dst": Attribute(values.host),
    "encap.src": Attribute(values.host),
    "encap.ttl": Attribute(_OCTET, default=0),
    "encap.tos": Attribute(_OCTET, default=0),
    "encap.csum": Attribute(values.boolean, default=False),
    "encap.key": Attribute(values.boolean, default=False),
    "encap.seq": Attribute(values.boolean, default=False),
}
_NEEDED = ("encap.id", "encap.dst")


def kind(dst: str) -> str:
    """The type of the tunnel to ``dst``: of IPv4 or of IPv6."""
    return "ip6" if values.is_ipv6(dst) else "ip"


def check(route: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` where the attributes of ``encap`` contradict one another, or the rest of the route."""
    if ENCAP.keys().isdisjoint(route):
        return
    missing = [name for name in _NEEDED if name not in route]
    if missing:
        raise ValueError("has an encap and needs its %s" % " and ".join(missing))
    if route.get("type", "unicast") != "unicast" or "nexthops" in route or "nhid" in route:
        raise ValueError("has an encap, which only a unicast route with a gateway or a dev of its own has")
    dst, src = route["encap.dst"], route.get("encap.src", route["encap.dst"])
    if route.get("encap.type", kind(dst)) != kind(dst):
        raise ValueError("has an encap of type %s to an address of type %s" % (route["encap.type"], kind(dst)))
    if kind(src) != kind(dst):
        raise ValueError("has an encap.src of another address family than encap.dst")


def words(route: Mapping[str, Any]) -> List[str]:
    """How ``ip route`` has it; nothing for a route that has none. ``src`` or ``tos`` must not come right behind."""
    if not route.get("encap.dst"):
        return []
    dst = route["encap.dst"]
    ttl, tos = ("hoplimit", "tc") if kind(dst) == "ip6" else ("ttl", "tos")
    worded = ["encap", kind(dst), "id", str(route["encap.id"])]
    worded += ["src", route["encap.src"]] if route.get("encap.src") else []
    worded += ["dst", dst]
    worded += [ttl, str(route["encap.ttl"])] if route.get("encap.ttl") else []
    worded += [tos, "0x%02x" % route["encap.tos"]] if route.get("encap.tos") else []
    return worded + [flag for flag in ("key", "csum", "seq") if route.get("encap." + flag)]
