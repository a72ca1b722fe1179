# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A route's metrics in route messages: RTA_METRICS (linux/rtnetlink.h, RTAX_…)."""

from __future__ import annotations

import struct
from typing import Any, Dict, Mapping

from ..state.change import Attributes
from .netlink import attribute, attributes

METRICS = 8
_LOCK, _FEATURES, _ALGORITHM = 1, 12, 16
_U32 = struct.Struct("=I")
#: Word, number, and the kernel's units in one of ours.
_NUMBERS = (
    ("mtu", 2, 1),
    ("window", 3, 1),
    ("rtt", 4, 8),
    ("rttvar", 5, 4),
    ("ssthresh", 6, 1),
    ("cwnd", 7, 1),
    ("advmss", 8, 1),
    ("reordering", 9, 1),
    ("hoplimit", 10, 1),
    ("initcwnd", 11, 1),
    ("rto_min", 13, 1),
    ("initrwnd", 14, 1),
)
_SWITCHES = (("quickack", 15), ("fastopen_no_cookie", 17))
_FEATURE_BITS = {"ecn": 0x1}
_NAMES = frozenset(
    [name for name, _number, _unit in _NUMBERS] + [name for name, _number in _SWITCHES] + ["features", "congctl"]
)


def encoded(route: Mapping[str, Any]) -> bytes:
    """The attribute, or nothing where the route declares no metric."""
    if _NAMES.isdisjoint(route):
        return b""
    body = b""
    for name, number, unit in _NUMBERS:
        if route.get(name):
            body += attribute(number, _U32.pack(route[name] * unit))
    for name, number in _SWITCHES:
        if route.get(name):
            body += attribute(number, _U32.pack(1))
    if route.get("features"):
        body += attribute(_FEATURES, _U32.pack(sum(_FEATURE_BITS[each] for each in route["features"])))
    if route.get("congctl"):
        body += attribute(_ALGORITHM, route["congctl"].encode() + b"\0")
    locked = [*(route.get("lock") or ()), *(["rto_min"] if route.get("rto_min") else [])]
    if locked:
        bits = sum(1 << number for name, number, _unit in _NUMBERS if name in locked)
        body += attribute(_LOCK, _U32.pack(bits))
    return attribute(METRICS, body) if body else b""


def decoded(raw: bytes) -> Attributes:
    """The metrics in words."""
    values = attributes(raw, 0, len(raw))
    numbers = {kind: _U32.unpack(value)[0] for kind, value in values.items() if kind != _ALGORITHM}
    described: Dict[str, Any] = {name: numbers[kind] // unit for name, kind, unit in _NUMBERS if numbers.get(kind)}
    described.update({name: True for name, kind in _SWITCHES if numbers.get(kind)})
    features = [name for name, bit in _FEATURE_BITS.items() if numbers.get(_FEATURES, 0) & bit]
    locked = sorted(name for name, kind, _unit in _NUMBERS if numbers.get(_LOCK, 0) >> kind & 1 and name != "rto_min")
    for name, words in (("features", features), ("lock", locked)):
        if words:
            described[name] = words
    if _ALGORITHM in values:
        described["congctl"] = values[_ALGORITHM].rstrip(b"\0").decode()
    return described
