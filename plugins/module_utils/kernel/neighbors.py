# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permanent neighbors: rtnetlink(7), linux/neighbour.h. What the kernel learned by itself is none of ours."""

from __future__ import annotations

import struct
from typing import Dict, List, Mapping, Sequence

from ..state.change import Attributes, Change, Failure, Key
from .batch import submit
from .devices import Devices
from .inet import family, mac_bytes, mac_text, packed, unpacked
from .netlink import CREATE, REPLACE, Netlink, Request, attribute, attributes, messages

_NEW, _DEL, _GET = 28, 29, 30
_MESSAGE = struct.Struct("=BBHiHBB")  # family, padding, padding, index, state, flags, type
_DST, _LLADDR, _IFINDEX = 1, 2, 8
_U32 = struct.Struct("=I")
_PERMANENT = 0x80


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the neighbors ``(dev, dst)`` is permanent now."""
    devices, found = Devices(), {}
    families = sorted({family(key[1]) for key in wanted})
    with Netlink() as netlink:
        for index, dev in devices.present(key[0] for key in wanted).items():
            for number in families:
                body = _MESSAGE.pack(number, 0, 0, 0, 0, 0, 0) + attribute(_IFINDEX, _U32.pack(index))
                for buffer, start, end in messages(netlink.dump(_GET, body)):
                    state = _MESSAGE.unpack_from(buffer, start)[4]
                    values = attributes(buffer, start + _MESSAGE.size, end)
                    if state & _PERMANENT and _DST in values:
                        key = (dev, unpacked(values[_DST]))
                        if key in wanted:
                            found[key] = {"lladdr": mac_text(values.get(_LLADDR, b""))}
    return found


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order. A learned neighbor in the place of a wanted one is replaced."""
    return submit(changes, _requests)


def _requests(change: Change, devices: Devices) -> List[Request]:
    dev, dst = change.key
    head = _MESSAGE.pack(family(dst), 0, 0, devices.index(dev), _PERMANENT, 0, 0) + attribute(_DST, packed(dst))
    if change.after is None:
        return [Request(_DEL, 0, head)]
    return [Request(_NEW, CREATE | REPLACE, head + attribute(_LLADDR, mac_bytes(change.after["lladdr"])))]
