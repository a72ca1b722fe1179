# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tunnel device's own forwarding entries: which remote address a MAC is behind (bridge(8), linux/neighbour.h).

``self`` and ``permanent`` always: without them the kernel writes the entry of the bridge that the device is a port of.
"""

from __future__ import annotations

import struct
from functools import partial
from itertools import repeat
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Container, Dict, List, Mapping, Optional, Sequence, Tuple

from ..state.change import Attributes, Change, Failure, Key
from . import alike
from .batch import submit
from .devices import Devices
from .inet import mac_bytes, mac_text, macs_bytes, packed, unpacked
from .netlink import CREATE, REPLACE, Netlink, Request, attribute, attributes

_NEW, _DEL, _GET = 28, 29, 30
_MESSAGE = struct.Struct("=BBHiHBB")  # family, padding, padding, index, state, flags, type
_DST, _LLADDR = 1, 2
_PERMANENT, _NOARP = 0x80, 0x40
_SELF, _UNICAST = 0x02, 1
_AF_BRIDGE = 7


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the entries ``(dev, lladdr)`` is permanent now."""
    devices = Devices()
    messages: List[bytes] = []
    with Netlink() as netlink:
        for index in devices.present(key[0] for key in wanted):
            messages += netlink.dump(_GET, _MESSAGE.pack(_AF_BRIDGE, 0, 0, index, 0, 0, 0))
    found: Dict[Key, Attributes] = {}
    for key, message in zip(alike.recognised(messages, wanted, partial(_bodies, devices)), messages):
        if key is not None:
            found[key] = wanted[key]
        else:
            found.update(_described(devices, message, wanted))
    return found


def _described(devices: Devices, message: bytes, wanted: Container[Key]) -> Dict[Key, Attributes]:
    """The entry in a message, if it is a permanent one of the device itself and wanted."""
    _family, _pad, _pad2, index, state, flags, _type = _MESSAGE.unpack_from(message)
    if not state & _PERMANENT or not flags & _SELF:
        return {}
    values = attributes(message, _MESSAGE.size, len(message))
    key = (devices.name(index), mac_text(values[_LLADDR]))
    return {key: {"dst": unpacked(values[_DST])}} if key in wanted and _DST in values else {}


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order."""
    return submit(changes, _requests, _alike)


def _requests(change: Change, devices: Devices) -> List[Request]:
    dev, lladdr = change.key
    body = _MESSAGE.pack(_AF_BRIDGE, 0, 0, devices.index(dev), _PERMANENT | _NOARP, _SELF, _UNICAST)
    body += attribute(_LLADDR, mac_bytes(lladdr))
    if change.after is None:
        return [Request(_DEL, 0, body)]
    return [Request(_NEW, CREATE | REPLACE, body + attribute(_DST, packed(change.after["dst"])))]


def _alike(changes: Sequence[Change], devices: Devices) -> List[Optional[Request]]:
    made = _bodies(devices, [change.key for change in changes], [change.after or {} for change in changes])
    return [None if body is None else Request(_NEW, CREATE | REPLACE, body) for body in made]


def _bodies(devices: Devices, keys: Sequence[Key], objects: Sequence[Mapping[str, Any]]) -> List[Optional[bytes]]:
    """The messages of entries that there are, on devices that there are."""

    def made(label: Tuple[str, bool, bool], places: Sequence[int]) -> Optional[List[bytes]]:
        dev, ipv6, whole = label
        if not whole or not devices.present([dev]):
            return None
        lladdr = macs_bytes([keys[place][1] for place in places])
        remotes = [objects[place]["dst"] for place in places]
        dst = list(map(inet_pton, repeat(AF_INET6 if ipv6 else AF_INET), remotes))
        fields = (_AF_BRIDGE, 0, 0, devices.index(dev), _PERMANENT | _NOARP, _SELF, _UNICAST)
        return alike.bodies(_MESSAGE, fields, [(_LLADDR, lladdr), (_DST, dst)])

    labels = [(key[0], ":" in each.get("dst", ""), "dst" in each) for key, each in zip(keys, objects)]
    return alike.in_groups(labels, made)
