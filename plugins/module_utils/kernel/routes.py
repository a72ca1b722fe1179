# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes of one next hop: rtnetlink(7), linux/rtnetlink.h.

A route is found by destination, table and metric. What others have under another table or metric is not seen. Ours
carry our own routing protocol number, by which an operator tells them and systemd-networkd leaves them alone.
"""

from __future__ import annotations

import errno
import struct
from typing import Any, Dict, List, Mapping, Sequence

from ..state.change import Attributes, Change, Failure, Key
from ..state.marks import PROTOCOL
from .batch import submit
from .devices import Devices
from .inet import family, packed, packed_cidr, unpacked
from .netlink import CREATE, EXCL, REPLACE, Netlink, Request, attribute, attributes, messages
from .scopes import scope_name, scope_number

_NEW, _DEL, _GET = 24, 25, 26
# family, dst length, src length, tos, table, protocol, scope, type, flags
_MESSAGE = struct.Struct("=BBBBBBBBI")
_DST, _OIF, _GATEWAY, _PRIORITY, _PREFSRC, _METRICS, _TABLE = 1, 4, 5, 6, 7, 8, 15
_METRIC_MTU = 2
_ONLINK, _CLONED = 0x4, 0x200
_U32 = struct.Struct("=I")
#: Those of routes that lead to a device, and those of routes that lead nowhere.
_LEADING = {"unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5}
_TYPES = {**_LEADING, "blackhole": 6, "unreachable": 7, "prohibit": 8, "throw": 9}
_TYPE_NAMES = {number: name for name, number in _TYPES.items()}


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the routes ``(dst, table, metric)`` exists now; of several in one place the first, the one in use."""
    devices: Devices = Devices()
    found: Dict[Key, Attributes] = {}
    with Netlink() as netlink:
        for number, table in sorted({(family(key[0]), key[1]) for key in wanted}):
            for buffer, start, end in messages(_dump(netlink, number, table)):
                _family, length, _src, tos, _table, protocol, scope, kind, flags = _MESSAGE.unpack_from(buffer, start)
                if tos or _src or flags & _CLONED:
                    continue
                values = attributes(buffer, start + _MESSAGE.size, end)
                destination = unpacked(values[_DST]) if _DST in values else ("::" if number != 2 else "0.0.0.0")
                key = ("%s/%d" % (destination, length), table, _number(values, _PRIORITY))
                if key in wanted and key not in found:
                    found[key] = _described(devices, protocol, scope, kind, flags, values)
    return found


def _dump(netlink: Netlink, number: int, table: int) -> List[bytes]:
    body = _MESSAGE.pack(number, 0, 0, 0, 0, 0, 0, 0, 0) + attribute(_TABLE, _U32.pack(table))
    try:
        return netlink.dump(_GET, body)
    except OSError as error:
        if error.errno == errno.ENOENT:  # a table comes into being with its first route
            return []
        raise


def _described(
    devices: Devices, protocol: int, scope: int, kind: int, flags: int, values: Mapping[int, bytes]
) -> Attributes:
    described: Dict[str, Any] = {"protocol": protocol, "scope": scope_name(scope)}
    if kind != _TYPES["unicast"]:
        described["type"] = _TYPE_NAMES.get(kind, str(kind))
    if kind in _LEADING.values() and _OIF in values:  # IPv6 has blackholes and the like on the loopback device
        described["dev"] = devices.name(_number(values, _OIF))
    if _GATEWAY in values:
        described["gateway"] = unpacked(values[_GATEWAY])
    if _PREFSRC in values:
        described["src"] = unpacked(values[_PREFSRC])
    if flags & _ONLINK:
        described["onlink"] = True
    metrics = values.get(_METRICS, b"")
    mtu = attributes(metrics, 0, len(metrics)).get(_METRIC_MTU)
    if mtu:
        described["mtu"] = _U32.unpack(mtu)[0]
    return described


def _number(values: Mapping[int, bytes], kind: int) -> int:
    return int(_U32.unpack(values[kind])[0]) if kind in values else 0


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order. A route that is there is replaced without a gap."""
    return submit(changes, _requests)


def _requests(change: Change, devices: Devices) -> List[Request]:
    if change.after is None:
        return [Request(_DEL, 0, _body(change.key, change.before or {}, devices))]
    flags = CREATE | (EXCL if change.before is None else REPLACE)
    return [Request(_NEW, flags, _body(change.key, change.after, devices))]


def _body(key: Key, route: Mapping[str, Any], devices: Devices) -> bytes:
    dst, table, metric = key
    raw, length = packed_cidr(dst)
    gateway, src, dev, mtu = route.get("gateway"), route.get("src"), route.get("dev"), route.get("mtu")
    body = _MESSAGE.pack(
        family(dst),
        length,
        0,
        0,
        table if table < 256 else 0,
        route.get("protocol", PROTOCOL),
        _scope(dst, route),
        _TYPES[route.get("type") or "unicast"],
        _ONLINK if route.get("onlink") else 0,
    )
    body += attribute(_DST, raw) + attribute(_TABLE, _U32.pack(table))
    if metric:
        body += attribute(_PRIORITY, _U32.pack(metric))
    if gateway:
        body += attribute(_GATEWAY, packed(gateway))
    if dev:
        body += attribute(_OIF, _U32.pack(devices.index(dev)))
    if src:
        body += attribute(_PREFSRC, packed(src))
    if mtu:
        body += attribute(_METRICS, attribute(_METRIC_MTU, _U32.pack(mtu)))
    return body


def _scope(dst: str, route: Mapping[str, Any]) -> int:
    """The declared scope, or the one that iproute2 takes: link for what is reached directly, host for what is local."""
    if route.get("scope"):
        return scope_number(route["scope"])
    if ":" in dst or route.get("gateway"):
        return scope_number("global")
    kind = route.get("type") or "unicast"
    return scope_number({"unicast": "link", "local": "host"}.get(kind, "global"))
