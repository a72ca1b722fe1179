# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lasting neighbors: rtnetlink(7), linux/neighbour.h. What the kernel learned by itself is none of ours."""

from __future__ import annotations

import struct
from functools import partial
from socket import AF_INET, AF_INET6
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..state.change import Attributes, Change, Failure, Key, Objects
from ..state.table import Table, by_key, parts_of_keys
from . import alike, parts
from .batch import replacing, submit
from .devices import Devices
from .everything import distinct
from .inet import family, mac_bytes, mac_text, packed, unpacked
from .netlink import CREATE, REPLACE, Netlink, Request, attribute, attributes

_NEW, _DEL, _GET = 28, 29, 30
_MESSAGE = struct.Struct("=BBHiHBB")  # family, padding, padding, index, state, flags, type
_DST, _LLADDR, _IFINDEX = 1, 2, 8
_U32 = struct.Struct("=I")
_PERMANENT, _UNICAST = 0x80, 1
_STATES = {"permanent": _PERMANENT, "noarp": 0x40}
#: Those that pass, and no document has.
_PASSING = {1: "incomplete", 2: "reachable", 4: "stale", 8: "delay", 16: "probe", 32: "failed"}
_STATE_NAMES = {**_PASSING, **{number: name for name, number in _STATES.items()}}
_PROXY, _ROUTER = 0x08, 0x80
_IPV4, _IPV6 = 2, 10


def read(wanted: Objects) -> Objects:
    """What of the neighbors ``(dev, dst)`` is permanent now."""
    devices = Devices()
    messages: List[bytes] = []
    with Netlink() as netlink:
        families = set(alike.are_ipv6(parts_of_keys(wanted, 1)))
        for index in devices.present(parts_of_keys(wanted, 0)):
            for number in [_IPV6 if ipv6 else _IPV4 for ipv6 in sorted(families)]:
                body = _MESSAGE.pack(number, 0, 0, 0, 0, 0, 0) + attribute(_IFINDEX, _U32.pack(index))
                messages += netlink.dump(_GET, body)
    known, others = alike.recognised(messages, wanted, partial(_bodies, devices))
    more: Dict[Key, Attributes] = {}
    for message in others:
        more.update(_described(devices, message, wanted))
    return {**by_key(known), **more} if more else known


def _described(devices: Devices, message: bytes, wanted: Objects) -> Dict[Key, Attributes]:
    """The neighbor in a message, if it is wanted and lasts as is wanted."""
    state = _MESSAGE.unpack_from(message)[4]
    if state not in _STATES.values():
        return {}
    key, neighbor = _whole(devices, message)
    if key not in wanted or (state != _PERMANENT and neighbor["nud"] != wanted[key].get("nud")):
        return {}
    return {key: neighbor}


def _whole(devices: Devices, message: bytes) -> Tuple[Key, Attributes]:
    _family, _pad, _pad2, index, state, flags, _type = _MESSAGE.unpack_from(message)
    values = attributes(message, _MESSAGE.size, len(message))
    neighbor: Dict[str, Any] = {}
    if _LLADDR in values:
        neighbor["lladdr"] = mac_text(values[_LLADDR])
    if flags & _PROXY:
        neighbor["proxy"] = True
    elif state != _PERMANENT:
        neighbor["nud"] = _STATE_NAMES.get(state, str(state))
    if flags & _ROUTER:
        neighbor["router"] = True
    return (devices.name(index), unpacked(values[_DST])), neighbor


def read_all(known: Optional[Objects] = None) -> Dict[Key, Attributes]:
    """All neighbors of IPv4 and IPv6 in whatever state, and those that this host answers for (``proxy``).

    Left out are those that are just as ``known``.
    """
    devices = Devices()
    with Netlink() as netlink:
        dumped = [
            message
            for number in (_IPV4, _IPV6)
            for flags in (0, _PROXY)
            for message in netlink.dump(_GET, _MESSAGE.pack(number, 0, 0, 0, 0, flags, 0))
        ]
    _known, others = alike.recognised(dumped, known or {}, partial(_bodies, devices))
    return distinct(_whole(devices, message) for message in others)


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order. A learned neighbor in the place of a wanted one is replaced."""
    return submit(changes, _requests, replacing(_NEW, _bodies))


def _requests(change: Change, devices: Devices) -> List[Request]:
    dev, dst = change.key
    neighbor = change.after or {}
    state, flags = _STATES[neighbor.get("nud") or "permanent"], _ROUTER if neighbor.get("router") else 0
    head = _MESSAGE.pack(family(dst), 0, 0, devices.index(dev), state, flags, _UNICAST) + attribute(_DST, packed(dst))
    if change.after is None:
        return [Request(_DEL, 0, head)]
    return [Request(_NEW, CREATE | REPLACE, head + attribute(_LLADDR, mac_bytes(neighbor["lladdr"])))]


@alike.remembering
def _bodies(devices: Devices, table: Table) -> Sequence[Optional[bytes]]:
    """The messages of neighbors that have a MAC address and nothing else, on devices that there are."""

    def made(some: Table, dev: str, ipv6: bool) -> Optional[List[bytes]]:
        if not devices.present([dev]):
            return None
        number = AF_INET6 if ipv6 else AF_INET
        fields = (number, 0, 0, devices.index(dev), _PERMANENT, 0, _UNICAST)
        dst = parts.addresses(number, some.keys_by_part[1])
        return alike.bodies(_MESSAGE, fields, [(_DST, dst), (_LLADDR, parts.macs(some.columns["lladdr"]))])

    if table.columns.keys() != {"lladdr"}:
        return [None] * len(table)
    devs, dsts = table.keys_by_part
    return alike.in_groups(table, [devs, alike.are_ipv6(dsts)], made)
