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
from functools import partial
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from ..state.change import Attributes, Change, Failure, Key, Objects
from ..state.changes import Additions
from ..state.marks import PROTOCOL
from ..state.table import parts_of_keys
from . import addresses, alike, encap, nexthops, plain_routes, route_metrics
from .batch import Alike, messages, submit
from .devices import Devices
from .everything import distinct
from .inet import family, packed, packed_cidr, unpacked
from .netlink import APPEND, CREATE, EXCL, REPLACE, Netlink, Request, attribute, attributes
from .route_message import (
    CACHEINFO,
    COMPAT,
    DST,
    GATEWAY,
    LEADING,
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

_NEW, _DEL, _GET = 24, 25, 26
_PROTOCOL_AT = 5
_NH_ID = 30
_CLONED = 0x200
_TYPE_NAMES = {number: name for name, number in TYPES.items()}
_PREFERENCES = {"medium": 0, "high": 1, "low": 3}  # RFC 4191, 2.1
_PREFERENCE_NAMES = {number: name for name, number in _PREFERENCES.items()}
#: What a route of one next hop has; with anything else in it, it is looked at more closely.
_COMMON = frozenset({DST, OIF, GATEWAY, PRIORITY, PREFSRC, route_metrics.METRICS, TABLE})
_KNOWN = _COMMON | {CACHEINFO, PREF, _NH_ID, nexthops.MULTIPATH, nexthops.VIA, encap.ENCAP, encap.ENCAP_TYPE}
_FOREIGN = {11: "realms", 26: "ttl-propagate"}
_EXPIRES, _EXPIRES_AT = struct.Struct("=i"), 8  # in struct rta_cacheinfo
_IPV4, _IPV6, _ALL_TABLES = 2, 10, 0
_ANY = {_IPV4: "0.0.0.0", _IPV6: "::"}

#: A message's head and its attributes.
_Parts = Tuple[Tuple[int, ...], Dict[int, bytes]]
_Before = Optional[Mapping[str, Any]]


def read(wanted: Objects) -> Objects:
    """What of the routes ``(dst, table, metric, tos)`` exists now.

    Of several in one place it is the one of the wanted protocol, or else the first, the one in use. ``behind`` is set
    where it is not the first. ``foreign`` lists what a route has that there is no word for, so that nobody could put it
    back.
    """
    devices = Devices()
    with Netlink() as netlink:
        ipv6 = alike.are_ipv6(parts_of_keys(wanted, 0))
        tables = sorted({(_IPV6 if six else _IPV4, table) for six, table in set(zip(ipv6, parts_of_keys(wanted, 1)))})
        messages = [message for number, table in tables for message in _dump(netlink, number, table)]
    known, others = alike.recognised(messages, wanted, partial(plain_routes.dumped, devices), whole=True)
    strange = _wanted(others, wanted)
    if any(key in known for key, _each in strange):  # several in one place: it matters which of them is the first
        known, strange = {}, _wanted(messages, wanted)
    if known is wanted and not strange:
        return wanted
    found = plain_routes.described(known)
    for key, parts in strange:
        _take_in(key, parts, wanted[key], devices, found)
    return found


def _wanted(messages: Sequence[bytes], wanted: Objects) -> List[Tuple[Key, _Parts]]:
    return [(key, parts) for key, parts in _parts(messages) if key in wanted]


def _take_in(key: Key, parts: _Parts, wanted: Attributes, devices: Devices, found: Dict[Key, Attributes]) -> None:
    """Add a route to ``found``, if there is no better one."""
    if key not in found:
        found[key] = _described(devices, *parts)
    elif _is_better(parts, found[key], wanted):
        found[key] = {**_described(devices, *parts), "behind": True}
    else:
        return
    if "nexthops" in found[key] and wanted.get("nexthops"):
        found[key]["nexthops"] = nexthops.as_declared(found[key]["nexthops"], wanted["nexthops"])


def _is_better(parts: _Parts, found: Attributes, wanted: Attributes) -> bool:
    protocol = wanted.get("protocol", PROTOCOL)
    return bool(found["protocol"] != protocol and parts[0][_PROTOCOL_AT] == protocol)


def read_all(known: Optional[Objects] = None) -> Dict[Key, Attributes]:
    """All tables' routes, without those of the cache and those that are just as ``known``.

    See ``everything.distinct`` for their keys.
    """
    devices = Devices()
    with Netlink() as netlink:
        messages = [message for number in (_IPV4, _IPV6) for message in _dump(netlink, number, _ALL_TABLES)]
    _known, messages = alike.recognised(messages, known or {}, partial(plain_routes.dumped, devices), whole=True)
    return distinct((key, _described(devices, *parts)) for key, parts in _parts(messages))


def _dump(netlink: Netlink, number: int, table: int) -> List[bytes]:
    body = MESSAGE.pack(number, 0, 0, 0, 0, 0, 0, 0, 0) + attribute(TABLE, U32.pack(table))
    try:
        return netlink.dump(_GET, body)
    except OSError as error:
        if error.errno == errno.ENOENT:  # a table comes into being with its first route
            return []
        raise


def _parts(messages: Sequence[bytes]) -> Iterator[Tuple[Key, _Parts]]:
    for message in messages:
        head = MESSAGE.unpack_from(message)
        number, length, source_length, tos, _table, _protocol, _scope, _kind, flags = head
        if source_length or flags & _CLONED:
            continue
        values = attributes(message, MESSAGE.size, len(message))
        destination = unpacked(values[DST]) if DST in values else _ANY[number]
        key = ("%s/%d" % (destination, length), _number(values, TABLE), _number(values, PRIORITY), tos)
        yield key, (head, values)


def _described(devices: Devices, head: Tuple[int, ...], values: Mapping[int, bytes]) -> Attributes:
    _family, _length, _source_length, _tos, _table, protocol, scope, kind, flags = head
    described: Dict[str, Any] = {"protocol": protocol, "scope": scope_name(scope)}
    if kind != TYPES["unicast"]:
        described["type"] = _TYPE_NAMES.get(kind, str(kind))
    if kind in LEADING.values() and OIF in values:  # IPv6 has blackholes and the like on the loopback device
        described["dev"] = devices.name(_number(values, OIF))
    if GATEWAY in values:
        described["gateway"] = unpacked(values[GATEWAY])
    if PREFSRC in values:
        described["src"] = unpacked(values[PREFSRC])
    if flags & ONLINK:
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
    preference = values.get(PREF, b"\0")[0]
    if preference:
        described["pref"] = _PREFERENCE_NAMES.get(preference, "medium")
    if _NH_ID in values:  # the kernel tells the object's next hops as well, and they are not the route's
        described["nhid"] = _number(values, _NH_ID)
        for name in ("gateway", "dev", "onlink", "nexthops"):
            described.pop(name, None)
    foreign = {_FOREIGN.get(kind, "attribute %d" % kind) for kind in values.keys() - _KNOWN}
    if encap.ENCAP in values and _NH_ID not in values:
        tunnel = encap.decoded(values)
        described.update(tunnel)
        foreign |= set() if tunnel else {"encap"}
    if CACHEINFO in values and _EXPIRES.unpack_from(values[CACHEINFO], _EXPIRES_AT)[0]:
        foreign.add("expires")
    if any(hop.pop("foreign", False) for hop in described.get("nexthops", ())):
        foreign.add("encap or realms of a next hop")
    if foreign:
        described["foreign"] = sorted(foreign)


def _number(values: Mapping[int, bytes], kind: int) -> int:
    return int(U32.unpack(values[kind])[0]) if kind in values else 0


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order. A route that is there is replaced without a gap, if it is the first in its place.

    One whose source address has only just come is tried again when the kernel has that ready for use.
    """
    failures = submit(changes, _requests, _alike)
    early = [each.change for each in failures if each.errno == errno.EINVAL and ":" in _source(each.change)]
    if not early:
        return failures
    addresses.wait_until_usable(map(_source, early))
    again = {change.key for change in early}
    return [each for each in failures if each.change.key not in again] + submit(early, _requests)


def _source(change: Change) -> str:
    return (change.after or {}).get("src") or ""


def _alike(changes: Sequence[Change], devices: Devices) -> Alike:
    bodies = messages(plain_routes.bodies, changes, devices)
    if isinstance(changes, Additions):
        return Alike(_NEW, [_flags(None)] * len(changes), bodies)
    befores = [change.before for change in changes]
    bodies = [None if _is_behind(before) else body for before, body in zip(befores, bodies)]
    return Alike(_NEW, list(map(_flags, befores)), bodies)


def _is_behind(before: _Before) -> bool:
    """Whether another route is in front of it, so that a replacement would be of that one."""
    return bool((before or {}).get("behind"))


def _flags(before: _Before) -> int:
    return CREATE | (EXCL if before is None else REPLACE)


def _requests(change: Change, devices: Devices) -> List[Request]:
    if change.after is None:
        # Without next hops, which IPv6 would take one at a time and IPv4 only in the kernel's own order.
        before = {name: value for name, value in (change.before or {}).items() if name != "nexthops"}
        return [Request(_DEL, 0, _body(change.key, before, devices))]
    if _is_behind(change.before):
        gone = _requests(change._replace(after=None), devices)
        return [*gone, Request(_NEW, CREATE | APPEND, _body(change.key, change.after, devices))]
    return [Request(_NEW, _flags(change.before), _body(change.key, change.after, devices))]


def _body(key: Key, route: Mapping[str, Any], devices: Devices) -> bytes:
    dst, table, metric, tos = key
    raw, length = packed_cidr(dst)
    gateway, src, dev = route.get("gateway"), route.get("src"), route.get("dev")
    body = MESSAGE.pack(
        family(dst),
        length,
        0,
        tos,
        table if table < 256 else COMPAT,
        route.get("protocol", PROTOCOL),
        scope(dst, route),
        TYPES[route.get("type") or "unicast"],
        ONLINK if route.get("onlink") else 0,
    )
    body += attribute(DST, raw) + attribute(TABLE, U32.pack(table))
    if metric:
        body += attribute(PRIORITY, U32.pack(metric))
    if gateway:
        body += nexthops.encoded_gateway(dst, gateway)
    if dev:
        body += attribute(OIF, U32.pack(devices.index(dev)))
    if src:
        body += attribute(PREFSRC, packed(src))
    return body + route_metrics.encoded(route) + _more(dst, route, devices)


def _more(dst: str, route: Mapping[str, Any], devices: Devices) -> bytes:
    """What most routes do not have."""
    body = b""
    if route.get("nexthops"):
        body += nexthops.encoded(dst, route["nexthops"], devices)
    body += encap.encoded(route)
    if route.get("nhid"):
        body += attribute(_NH_ID, U32.pack(route["nhid"]))
    if route.get("pref"):
        body += attribute(PREF, bytes([_PREFERENCES[route["pref"]]]))
    return body
