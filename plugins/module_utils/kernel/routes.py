# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes: rtnetlink(7), linux/rtnetlink.h.

A route is found by destination, table, metric and type of service. What others have under another of these, or for
packets from certain sources only, is not seen. Ours carry our own routing protocol number, by which an operator tells
them and systemd-networkd leaves them alone.
"""

from __future__ import annotations

import errno
import struct
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from ..state.change import Attributes, Change, Failure, Key
from ..state.marks import PROTOCOL
from . import nexthops, route_metrics
from .batch import submit
from .devices import Devices
from .everything import distinct
from .inet import family, packed, packed_cidr, unpacked
from .netlink import APPEND, CREATE, EXCL, REPLACE, Netlink, Request, attribute, attributes, messages
from .scopes import scope_name, scope_number

_NEW, _DEL, _GET = 24, 25, 26
# family, dst length, src length, tos, table, protocol, scope, type, flags
_MESSAGE = struct.Struct("=BBBBBBBBI")
_PROTOCOL_AT = 5
_DST, _OIF, _PRIORITY, _PREFSRC, _TABLE = 1, 4, 6, 7, 15
_CACHEINFO, _PREF, _NH_ID = 12, 20, 30
_ONLINK, _CLONED = nexthops.ONLINK, 0x200
_U32 = struct.Struct("=I")
#: Those of routes that lead to a device, and those of routes that lead nowhere.
_LEADING = {"unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5}
_TYPES = {**_LEADING, "blackhole": 6, "unreachable": 7, "prohibit": 8, "throw": 9}
_TYPE_NAMES = {number: name for name, number in _TYPES.items()}
_PREFERENCES = {"medium": 0, "high": 1, "low": 3}  # RFC 4191, 2.1
_PREFERENCE_NAMES = {number: name for name, number in _PREFERENCES.items()}
#: What a route of one next hop has; with anything else in it, it is looked at more closely.
_COMMON = frozenset({_DST, _OIF, nexthops.GATEWAY, _PRIORITY, _PREFSRC, route_metrics.METRICS, _TABLE})
_KNOWN = _COMMON | {_CACHEINFO, _PREF, _NH_ID, nexthops.MULTIPATH, nexthops.VIA}
_FOREIGN = {11: "realms", 21: "encap", 22: "encap", 26: "ttl-propagate"}
_EXPIRES, _EXPIRES_AT = struct.Struct("=i"), 8  # in struct rta_cacheinfo
_FAMILIES, _ALL_TABLES = (2, 10), 0
_ANY = {2: "0.0.0.0", 10: "::"}
_SCOPES = {"unicast": "link", "local": "host", "broadcast": "link", "multicast": "link"}

#: A message's head and its attributes.
_Message = Tuple[Tuple[int, ...], Dict[int, bytes]]


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the routes ``(dst, table, metric, tos)`` exists now.

    Of several in one place it is the one of the wanted protocol, or else the first, the one in use. ``behind`` is set
    where it is not the first. ``foreign`` lists what a route has that there is no word for, so that nobody could put it
    back.
    """
    devices: Devices = Devices()
    found: Dict[Key, Attributes] = {}
    with Netlink() as netlink:
        for number, table in sorted({(family(key[0]), key[1]) for key in wanted}):
            for key, message in _messages(_dump(netlink, number, table)):
                if key in wanted:
                    if key not in found:
                        found[key] = _described(devices, *message)
                    elif _is_better(message, found[key], wanted[key]):
                        found[key] = {**_described(devices, *message), "behind": True}
    for key, route in found.items():
        if "nexthops" in route and wanted[key].get("nexthops"):
            route["nexthops"] = nexthops.as_declared(route["nexthops"], wanted[key]["nexthops"])
    return found


def _is_better(message: _Message, found: Attributes, wanted: Attributes) -> bool:
    protocol = wanted.get("protocol", PROTOCOL)
    return bool(found["protocol"] != protocol and message[0][_PROTOCOL_AT] == protocol)


def read_all() -> Dict[Key, Attributes]:
    """All tables' routes, without those of the cache; see ``everything.distinct`` for their keys."""
    devices: Devices = Devices()
    with Netlink() as netlink:
        datagrams = [datagram for number in _FAMILIES for datagram in _dump(netlink, number, _ALL_TABLES)]
    return distinct((key, _described(devices, *message)) for key, message in _messages(datagrams))


def _dump(netlink: Netlink, number: int, table: int) -> List[bytes]:
    body = _MESSAGE.pack(number, 0, 0, 0, 0, 0, 0, 0, 0) + attribute(_TABLE, _U32.pack(table))
    try:
        return netlink.dump(_GET, body)
    except OSError as error:
        if error.errno == errno.ENOENT:  # a table comes into being with its first route
            return []
        raise


def _messages(datagrams: Sequence[bytes]) -> Iterator[Tuple[Key, _Message]]:
    for buffer, start, end in messages(datagrams):
        head = _MESSAGE.unpack_from(buffer, start)
        number, length, source_length, tos, _table, _protocol, _scope, _kind, flags = head
        if source_length or flags & _CLONED:
            continue
        values = attributes(buffer, start + _MESSAGE.size, end)
        destination = unpacked(values[_DST]) if _DST in values else _ANY[number]
        key = ("%s/%d" % (destination, length), _number(values, _TABLE), _number(values, _PRIORITY), tos)
        yield key, (head, values)


def _described(devices: Devices, head: Tuple[int, ...], values: Mapping[int, bytes]) -> Attributes:
    _family, _length, _source_length, _tos, _table, protocol, scope, kind, flags = head
    described: Dict[str, Any] = {"protocol": protocol, "scope": scope_name(scope)}
    if kind != _TYPES["unicast"]:
        described["type"] = _TYPE_NAMES.get(kind, str(kind))
    if kind in _LEADING.values() and _OIF in values:  # IPv6 has blackholes and the like on the loopback device
        described["dev"] = devices.name(_number(values, _OIF))
    if nexthops.GATEWAY in values:
        described["gateway"] = unpacked(values[nexthops.GATEWAY])
    if _PREFSRC in values:
        described["src"] = unpacked(values[_PREFSRC])
    if flags & _ONLINK:
        described["onlink"] = True
    if route_metrics.METRICS in values:
        described.update(route_metrics.decoded(values[route_metrics.METRICS]))
    if not values.keys() <= _COMMON:
        _describe_more(described, devices, values)
    return described


def _describe_more(described: Attributes, devices: Devices, values: Mapping[int, bytes]) -> None:
    """What most routes do not have, and what every IPv6 route has and is seldom worth a word."""
    if nexthops.VIA in values:
        described["gateway"] = nexthops.decoded_gateway(values)
    if nexthops.MULTIPATH in values:
        described["nexthops"] = nexthops.decoded(values[nexthops.MULTIPATH], devices)
    preference = values.get(_PREF, b"\0")[0]
    if preference:
        described["pref"] = _PREFERENCE_NAMES.get(preference, "medium")
    if _NH_ID in values:  # the kernel tells the object's next hops as well, and they are not the route's
        described["nhid"] = _number(values, _NH_ID)
        for name in ("gateway", "dev", "onlink", "nexthops"):
            described.pop(name, None)
    foreign = {_FOREIGN.get(kind, "attribute %d" % kind) for kind in values.keys() - _KNOWN}
    if _CACHEINFO in values and _EXPIRES.unpack_from(values[_CACHEINFO], _EXPIRES_AT)[0]:
        foreign.add("expires")
    if any(hop.pop("foreign", False) for hop in described.get("nexthops", ())):
        foreign.add("encap or realms of a next hop")
    if foreign:
        described["foreign"] = sorted(foreign)


def _number(values: Mapping[int, bytes], kind: int) -> int:
    return int(_U32.unpack(values[kind])[0]) if kind in values else 0


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order. A route that is there is replaced without a gap, if it is the first in its place."""
    return submit(changes, _requests)


def _requests(change: Change, devices: Devices) -> List[Request]:
    if change.after is None:
        # Without next hops, which IPv6 would take one at a time and IPv4 only in the kernel's own order.
        before = {name: value for name, value in (change.before or {}).items() if name != "nexthops"}
        return [Request(_DEL, 0, _body(change.key, before, devices))]
    if (change.before or {}).get("behind"):  # a replacement would be of the first
        gone = _requests(change._replace(after=None), devices)
        return [*gone, Request(_NEW, CREATE | APPEND, _body(change.key, change.after, devices))]
    flags = CREATE | (EXCL if change.before is None else REPLACE)
    return [Request(_NEW, flags, _body(change.key, change.after, devices))]


def _body(key: Key, route: Mapping[str, Any], devices: Devices) -> bytes:
    dst, table, metric, tos = key
    raw, length = packed_cidr(dst)
    gateway, src, dev = route.get("gateway"), route.get("src"), route.get("dev")
    body = _MESSAGE.pack(
        family(dst),
        length,
        0,
        tos,
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
        body += nexthops.encoded_gateway(dst, gateway)
    if dev:
        body += attribute(_OIF, _U32.pack(devices.index(dev)))
    if src:
        body += attribute(_PREFSRC, packed(src))
    return body + route_metrics.encoded(route) + _more(dst, route, devices)


def _more(dst: str, route: Mapping[str, Any], devices: Devices) -> bytes:
    """What most routes do not have."""
    body = b""
    if route.get("nexthops"):
        body += nexthops.encoded(dst, route["nexthops"], devices)
    if route.get("nhid"):
        body += attribute(_NH_ID, _U32.pack(route["nhid"]))
    if route.get("pref"):
        body += attribute(_PREF, bytes([_PREFERENCES[route["pref"]]]))
    return body


def _scope(dst: str, route: Mapping[str, Any]) -> int:
    """The declared scope, or the one that iproute2 takes: link for what is reached directly, host for what is local."""
    if route.get("scope"):
        return scope_number(route["scope"])
    kind = route.get("type") or "unicast"
    if ":" in dst or route.get("gateway") or route.get("nexthops") or route.get("nhid"):
        return scope_number("global")
    return scope_number(_SCOPES.get(kind, "global"))
