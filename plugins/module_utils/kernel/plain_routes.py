# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of plain routes, those that a cluster has thousands of: over one device and perhaps a gateway."""

from __future__ import annotations

import struct
from functools import partial
from operator import methodcaller
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..state.change import Attributes, Key
from ..state.marks import PROTOCOL
from . import alike, encap
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
from .scopes import scope_name, scope_number

_PLAIN = frozenset({"gateway", "dev", "onlink", "src", "protocol", "scope", *encap.NAMES})
#: The kernel's own order: ``fib_dump_info`` and ``rt6_fill_node``.
_ORDER = {
    AF_INET: (TABLE, DST, PRIORITY, PREFSRC, GATEWAY, OIF, encap.ENCAP, encap.ENCAP_TYPE),
    AF_INET6: (TABLE, DST, PREFSRC, PRIORITY, GATEWAY, OIF, encap.ENCAP, encap.ENCAP_TYPE),
}
#: What the kernel says of each IPv6 route besides: that it does not expire, and that its preference is medium.
_BEHIND_IPV6 = struct.pack("=HH32xHHB3x", 36, CACHEINFO, 5, PREF, 0)

_VALUES = methodcaller("values")

_Columns = Mapping[str, List[Any]]


@alike.remembering
def bodies(devices: Devices, keys: Sequence[Key], routes: Sequence[Mapping[str, Any]]) -> List[Optional[bytes]]:
    """The messages of those routes that are plain and whose devices are there."""

    def made(
        places: Sequence[int], names: Tuple[str, ...], dev: Optional[str], ipv6: bool, metric: bool
    ) -> Optional[List[bytes]]:
        columns = dict(zip(names, map(list, zip(*map(_VALUES, [routes[place] for place in places])))))
        if not _are_plain(columns, ipv6) or dev is None or not devices.present([dev]):
            return None
        return _bodies(devices.index(dev), metric, [keys[place] for place in places], columns)

    devs = [route.get("dev") for route in routes]
    families, metrics = [":" in key[0] for key in keys], [key[2] != 0 for key in keys]
    return alike.in_groups([list(map(tuple, routes)), devs, families, metrics], made)


def _are_plain(columns: _Columns, ipv6: bool) -> bool:
    """Whether there are no other attributes, none that is taken back (None), and no gateway of another family."""
    if not _PLAIN.issuperset(columns) or any(None in column for column in columns.values()):
        return False
    if not encap.NAMES.isdisjoint(columns) and not encap.are_alike(columns):
        return False
    return "gateway" not in columns or {":" in gateway for gateway in columns["gateway"]} == {ipv6}


def dumped(devices: Devices, keys: Sequence[Key], routes: Sequence[Mapping[str, Any]]) -> List[Optional[bytes]]:
    """What the kernel is going to say of them."""
    return [
        body if body is None or body[0] == AF_INET else body + _BEHIND_IPV6 for body in bodies(devices, keys, routes)
    ]


def described(routes: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """Plain routes as a reading has them: with all that they do not need to declare."""
    implied = {
        (ipv6, gateway): {"protocol": PROTOCOL, "scope": scope_name(_scope(ipv6, gateway))}
        for ipv6 in (False, True)
        for gateway in (False, True)
    }
    return {key: {**implied[":" in key[0], "gateway" in route], **route} for key, route in routes.items()}


def _scope(ipv6: bool, gateway: bool) -> int:
    return scope("::" if ipv6 else "0.0.0.0", {"gateway": gateway})


def _bodies(index: int, metric: bool, keys: Sequence[Key], columns: _Columns) -> List[bytes]:
    destinations, tables, metrics, services = zip(*keys)
    parts = "/".join(destinations).split("/")
    networks, lengths = parts[::2], parts[1::2]
    ipv6 = ":" in networks[0]
    number = AF_INET6 if ipv6 else AF_INET
    fields: List[alike.Numbers] = [
        number,
        alike.converted(int, lengths),
        0,
        alike.converted(int, services),
        alike.converted(lambda table: table if table < 256 else COMPAT, tables),
        columns.get("protocol", PROTOCOL),
        alike.converted(scope_number, columns["scope"]) if "scope" in columns else _scope(ipv6, "gateway" in columns),
        TYPES["unicast"],
        alike.converted(lambda onlink: ONLINK if onlink else 0, columns.get("onlink", [False])),
    ]
    addresses = partial(inet_pton, number)
    values: Dict[int, alike.Values] = {
        DST: list(map(addresses, networks)),
        TABLE: alike.converted(U32.pack, tables),
        OIF: U32.pack(index),
    }
    if metric:
        values[PRIORITY] = alike.converted(U32.pack, metrics)
    for kind, name in ((GATEWAY, "gateway"), (PREFSRC, "src")):
        if name in columns:
            values[kind] = alike.converted(addresses, columns[name])
    if "encap.dst" in columns:
        values.update(encap.of_many(columns))
    return alike.bodies(MESSAGE, fields, [(kind, values[kind]) for kind in _ORDER[number] if kind in values])
