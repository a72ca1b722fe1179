# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Next hops in route messages: a gateway of either family, and several hops in one route (linux/rtnetlink.h)."""

from __future__ import annotations

import struct
from typing import Any, Dict, List, Mapping

from ..state.nexthops import Hop, in_order
from .devices import Devices
from .inet import family, packed, unpacked
from .netlink import attribute, attributes
from .route_message import GATEWAY, ONLINK

MULTIPATH, VIA = 9, 18
_HOP = struct.Struct("=HBBi")  # length, flags, weight less one, index
_FAMILY = struct.Struct("=H")
#: What a hop may have that has no word here (``struct rtnexthop`` with RTA_FLOW, RTA_ENCAP …).
_KNOWN = frozenset({GATEWAY, VIA})


def encoded_gateway(dst: str, gateway: str) -> bytes:
    """RTA_GATEWAY, or RTA_VIA where the next hop's family is not the destination's (RFC 8950)."""
    if family(dst) == family(gateway):
        return attribute(GATEWAY, packed(gateway))
    return attribute(VIA, _FAMILY.pack(family(gateway)) + packed(gateway))


def decoded_gateway(values: Mapping[int, bytes]) -> str:
    """The gateway of either attribute, or ''."""
    if GATEWAY in values:
        return unpacked(values[GATEWAY])
    return unpacked(values[VIA][_FAMILY.size :]) if VIA in values else ""


def encoded(dst: str, hops: List[Hop], devices: Devices) -> bytes:
    """RTA_MULTIPATH. Raises ``OSError`` ENODEV."""
    parts = []
    for hop in hops:
        gateway = encoded_gateway(dst, hop["gateway"]) if "gateway" in hop else b""
        index = devices.index(hop["dev"]) if "dev" in hop else 0
        flags = ONLINK if hop.get("onlink") else 0
        parts.append(_HOP.pack(_HOP.size + len(gateway), flags, hop["weight"] - 1, index) + gateway)
    return attribute(MULTIPATH, b"".join(parts))


def decoded(raw: bytes, devices: Devices) -> List[Hop]:
    """The hops of RTA_MULTIPATH in the order of the normal form."""
    hops: List[Hop] = []
    start = 0
    while start + _HOP.size <= len(raw):
        length, flags, weight, index = _HOP.unpack_from(raw, start)
        values = attributes(raw, start + _HOP.size, start + length)
        hop: Dict[str, Any] = {"weight": weight + 1, "dev": devices.name(index)}
        gateway = decoded_gateway(values)
        if gateway:
            hop["gateway"] = gateway
        if flags & ONLINK:
            hop["onlink"] = True
        if not values.keys() <= _KNOWN:
            hop["foreign"] = sorted(values.keys() - _KNOWN)
        hops.append(hop)
        start += (length + 3) & ~3
    return in_order(hops)


def as_declared(hops: List[Hop], declared: List[Hop]) -> List[Hop]:
    """``declared`` where it says the same as ``hops``: the kernel found the device of a hop that names none."""
    undeclared = {hop["gateway"] for hop in declared if "dev" not in hop}
    told = [_without_device(hop) if hop.get("gateway") in undeclared else hop for hop in hops]
    return declared if in_order(told) == declared else hops


def _without_device(hop: Hop) -> Hop:
    return {name: value for name, value in hop.items() if name != "dev"}
