# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of plain routes, those that a cluster has thousands of: over one device and perhaps a gateway."""

from __future__ import annotations

import struct
from socket import AF_INET, AF_INET6
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ..state.change import Attributes, Key, Objects
from ..state.marks import PROTOCOL
from ..state.table import Table
from . import alike, encap, parts
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


@alike.remembering
def bodies(devices: Devices, table: Table) -> Sequence[Optional[bytes]]:
    """The messages of those routes that are plain and whose devices are there."""

    def made(some: Table, ipv6: bool, metric: bool) -> Optional[List[bytes]]:
        if not _are_plain(some.columns, ipv6):
            return None
        devs = some.columns["dev"]
        indices = {name: index for index, name in devices.present(devs).items()}
        return _bodies([indices[dev] for dev in devs], metric, some) if indices.keys() == set(devs) else None

    dsts, _tables, metrics, _services = table.keys_by_part
    return alike.in_groups(table, [alike.are_ipv6(dsts), list(map(bool, metrics))], made)


def _are_plain(columns: Mapping[str, Sequence[Any]], ipv6: bool) -> bool:
    """Whether there are no other attributes, none that is taken back (None), and no gateway of another family."""
    if not _PLAIN.issuperset(columns) or "dev" not in columns or any(None in column for column in columns.values()):
        return False
    if not encap.NAMES.isdisjoint(columns) and not encap.are_alike(columns):
        return False
    return "gateway" not in columns or set(alike.are_ipv6(columns["gateway"])) == {ipv6}


def dumped(devices: Devices, table: Table) -> List[Optional[bytes]]:
    """What the kernel is going to say of them."""
    return [body if body is None or body[0] == AF_INET else body + _BEHIND_IPV6 for body in bodies(devices, table)]


def described(routes: Objects) -> Dict[Key, Attributes]:
    """Plain routes as a reading has them: with all that they do not need to declare."""
    implied = {
        (ipv6, gateway): {"protocol": PROTOCOL, "scope": scope_name(_scope(ipv6, gateway))}
        for ipv6 in (False, True)
        for gateway in (False, True)
    }
    return {key: {**implied[":" in key[0], "gateway" in route], **route} for key, route in routes.items()}


def _scope(ipv6: bool, gateway: bool) -> int:
    return scope("::" if ipv6 else "0.0.0.0", {"gateway": gateway})


def _bodies(indices: List[int], metric: bool, some: Table) -> List[bytes]:
    destinations, tables, metrics, services = some.keys_by_part
    columns = some.columns
    halves = "/".join(destinations).split("/")
    networks, lengths = halves[::2], halves[1::2]
    ipv6 = ":" in networks[0]
    number = AF_INET6 if ipv6 else AF_INET
    fields: List[alike.Numbers] = [
        number,
        alike.converted(int, lengths),
        0,
        alike.converted(int, services),
        alike.converted(lambda table: table if table < 256 else COMPAT, tables),
        alike.converted(int, columns.get("protocol", [PROTOCOL])),
        alike.converted(scope_number, columns["scope"]) if "scope" in columns else _scope(ipv6, "gateway" in columns),
        TYPES["unicast"],
        alike.converted(lambda onlink: ONLINK if onlink else 0, columns.get("onlink", [False])),
    ]
    values = {
        DST: parts.addresses(number, networks),
        TABLE: parts.numbers(tables),
        OIF: parts.numbers(indices),
    }
    if metric:
        values[PRIORITY] = parts.numbers(metrics)
    for kind, name in ((GATEWAY, "gateway"), (PREFSRC, "src")):
        if name in columns:
            values[kind] = parts.addresses(number, columns[name])
    if "encap.dst" in columns:
        values.update(encap.of_many(columns))
    return alike.bodies(MESSAGE, fields, [(kind, values[kind]) for kind in _ORDER[number] if kind in values])
