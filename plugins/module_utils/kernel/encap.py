# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tunnel of a route in route messages: RTA_ENCAP and RTA_ENCAP_TYPE (linux/rtnetlink.h, linux/lwtunnel.h)."""

from __future__ import annotations

import struct
from typing import Any, Dict, FrozenSet, Mapping, Sequence

from ..state.change import Attributes
from ..state.encap import ENCAP as ROWS
from ..state.encap import kind
from .inet import family, packed, unpacked
from .netlink import attribute, attributes
from .parts import Column, addresses, joined, same

ENCAP_TYPE, ENCAP = 21, 22
NAMES: FrozenSet[str] = frozenset(ROWS)
_TYPES = {"ip": 2, "ip6": 4}  # LWTUNNEL_ENCAP_IP and _IP6, whose attributes have the same numbers
_ANY = {"ip": bytes(4), "ip6": bytes(16)}
_ID, _DST, _SRC, _TTL, _TOS, _FLAGS, _PAD = 1, 2, 3, 4, 5, 6, 7
_PARTS = frozenset({_ID, _DST, _SRC, _TTL, _TOS, _FLAGS})
_BE64, _BE16, _U16 = struct.Struct("!Q"), struct.Struct("!H"), struct.Struct("=H")
_DST_AT = 16  # in RTA_ENCAP, as ``tunnel`` makes it
_FLAG_BITS = {"encap.csum": 0x1, "encap.key": 0x4, "encap.seq": 0x8}  # TUNNEL_… of linux/if_tunnel.h


def encoded(route: Mapping[str, Any]) -> bytes:
    """Both attributes as the kernel dumps them, with 0 for what is not declared. Nothing where there is no tunnel."""
    dst = route.get("encap.dst")
    if not dst:
        return b""
    return attribute(ENCAP, tunnel(route)) + attribute(ENCAP_TYPE, _U16.pack(_TYPES[kind(dst)]))


def tunnel(route: Mapping[str, Any]) -> bytes:
    """The value of RTA_ENCAP."""
    dst, src = route["encap.dst"], route.get("encap.src")
    return (
        attribute(_ID, _BE64.pack(route["encap.id"]))
        + attribute(_DST, packed(dst))
        + attribute(_SRC, packed(src) if src else _ANY[kind(dst)])
        + attribute(_TOS, bytes([route.get("encap.tos") or 0]))
        + attribute(_TTL, bytes([route.get("encap.ttl") or 0]))
        + attribute(_FLAGS, _BE16.pack(sum(bit for name, bit in _FLAG_BITS.items() if route.get(name))))
    )


def are_alike(columns: Mapping[str, Sequence[Any]]) -> bool:
    """Whether tunnels, by the columns of their attributes, differ in nothing but far ends of one address family."""
    same = all(len(set(columns[name])) == 1 for name in NAMES.intersection(columns) if name != "encap.dst")
    return same and len(set(map(kind, columns.get("encap.dst", ())))) == 1


def of_many(columns: Mapping[str, Sequence[Any]]) -> Dict[int, Column]:
    """The values of both attributes, of tunnels that are alike."""
    ends = columns["encap.dst"]
    of_first = tunnel({name: columns[name][0] for name in NAMES.intersection(columns)})
    far = addresses(family(ends[0]), ends)
    before, behind = of_first[:_DST_AT], of_first[_DST_AT + far.size :]
    return {
        ENCAP: joined([same(before), far, same(behind)]),
        ENCAP_TYPE: same(_U16.pack(_TYPES[kind(ends[0])])),
    }


def decoded(values: Mapping[int, bytes]) -> Attributes:
    """The tunnel in words; none where there is no word for it: one of another type, or with options."""
    number = _U16.unpack(values[ENCAP_TYPE])[0]
    parts = attributes(values[ENCAP], 0, len(values[ENCAP]))
    parts.pop(_PAD, None)
    if number not in _TYPES.values() or parts.keys() != _PARTS or not any(parts[_DST]):
        return {}
    bits = _BE16.unpack(parts[_FLAGS])[0]
    if bits & ~sum(_FLAG_BITS.values()):
        return {}
    dst = unpacked(parts[_DST])
    described: Dict[str, Any] = {
        "encap.type": kind(dst),
        "encap.id": _BE64.unpack(parts[_ID])[0],
        "encap.dst": dst,
    }
    if any(parts[_SRC]):
        described["encap.src"] = unpacked(parts[_SRC])
    for name, part in (("encap.ttl", _TTL), ("encap.tos", _TOS)):
        if any(parts[part]):
            described[name] = parts[part][0]
    described.update((name, True) for name, bit in _FLAG_BITS.items() if bits & bit)
    return described
