# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of plain routes, those that a cluster has thousands of: over one device and perhaps a gateway."""

from __future__ import annotations

import struct
from itertools import repeat
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from ..state.change import Attributes, Key
from ..state.marks import PROTOCOL
from . import alike
from .devices import Devices
from .route_message import (
    CACHEINFO,
    COMPAT,
    DST,
    GATEWAY,
    MESSAGE,
    OIF,
    ONLINK,
    PREF,
    PREFSRC,
    PRIORITY,
    TABLE,
    TYPES,
    U32,
    scope,
)
from .scopes import scope_name

_PLAIN = frozenset({"gateway", "dev", "onlink", "src", "protocol", "scope"})
#: The kernel's own order: ``fib_dump_info`` and ``rt6_fill_node``.
_ORDER = {
    AF_INET: (TABLE, DST, PRIORITY, PREFSRC, GATEWAY, OIF),
    AF_INET6: (TABLE, DST, PREFSRC, PRIORITY, GATEWAY, OIF),
}
#: What the kernel says of each IPv6 route besides: that it does not expire, and that its preference is medium.
_BEHIND_IPV6 = struct.pack("=HH32xHHB3x", 36, CACHEINFO, 5, PREF, 0)

#: Attribute names, device, and whether destination and gateway are of IPv6 and a metric is there.
_Label = Tuple[Tuple[str, ...], Optional[str], bool, bool, bool]


def bodies(devices: Devices, keys: Sequence[Key], routes: Sequence[Mapping[str, Any]]) -> List[Optional[bytes]]:
    """The messages of those routes that are plain and whose devices are there."""

    def made(label: _Label, places: Sequence[int]) -> Optional[List[bytes]]:
        names, dev, ipv6, ipv6_gateway, metric = label
        if dev is None or not _PLAIN.issuperset(names) or ipv6 != ipv6_gateway or not devices.present([dev]):
            return None
        return _bodies(devices.index(dev), metric, [keys[place] for place in places], [routes[each] for each in places])

    labels: List[_Label] = [
        (
            tuple(route),
            None if None in route.values() else route.get("dev"),  # an attribute taken back is None
            ":" in key[0],
            ":" in (route.get("gateway") or key[0]),
            key[2] != 0,
        )
        for key, route in zip(keys, routes)
    ]
    return alike.in_groups(labels, made)


def dumped(devices: Devices, keys: Sequence[Key], routes: Sequence[Mapping[str, Any]]) -> List[Optional[bytes]]:
    """What the kernel is going to say of them."""
    return [
        body if body is None or body[0] == AF_INET else body + _BEHIND_IPV6 for body in bodies(devices, keys, routes)
    ]


def described(dst: str, route: Attributes) -> Attributes:
    """A plain route as a reading has it: with all that it does not need to declare."""
    return {"protocol": PROTOCOL, "scope": scope_name(scope(dst, route)), **route}


def _bodies(index: int, metric: bool, keys: Sequence[Key], routes: Sequence[Mapping[str, Any]]) -> List[bytes]:
    destinations, tables, metrics, services = (list(column) for column in zip(*keys))
    networks, _slashes, lengths = zip(*[each.partition("/") for each in destinations])
    first = routes[0]
    number = AF_INET6 if ":" in networks[0] else AF_INET
    fields: List[alike.Numbers] = [
        number,
        list(map(int, lengths)),
        0,
        services,
        [table if table < 256 else COMPAT for table in tables],
        [route["protocol"] for route in routes] if "protocol" in first else PROTOCOL,
        list(map(scope, destinations, routes)) if "scope" in first else scope(destinations[0], first),
        TYPES["unicast"],
        [ONLINK if route["onlink"] else 0 for route in routes] if "onlink" in first else 0,
    ]
    values = {DST: _packed(number, networks), TABLE: list(map(U32.pack, tables)), OIF: U32.pack(index)}
    if metric:
        values[PRIORITY] = list(map(U32.pack, metrics))
    for kind, name in ((GATEWAY, "gateway"), (PREFSRC, "src")):
        if name in first:
            values[kind] = _packed(number, [route[name] for route in routes])
    return alike.bodies(MESSAGE, fields, [(kind, values[kind]) for kind in _ORDER[number] if kind in values])


def _packed(number: int, addresses: Sequence[str]) -> alike.Values:
    return list(map(inet_pton, repeat(number), addresses))
