# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tunnel device's own forwarding entries: which remote address a MAC is behind (bridge(8), linux/neighbour.h).

``self`` and ``permanent`` always: without them the kernel writes the entry of the bridge that the device is a port of.
"""

from __future__ import annotations

import struct
from typing import Dict, List, Mapping, Sequence

from ..state.change import Attributes, Change, Failure, Key
from .batch import submit
from .devices import Devices
from .inet import mac_bytes, mac_text, packed, unpacked
from .netlink import CREATE, REPLACE, Netlink, Request, attribute, attributes, messages

_NEW, _DEL, _GET = 28, 29, 30
_MESSAGE = struct.Struct("=BBHiHBB")  # family, padding, padding, index, state, flags, type
_DST, _LLADDR = 1, 2
_PERMANENT, _NOARP = 0x80, 0x40
_SELF = 0x02
_AF_BRIDGE = 7


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the entries ``(dev, lladdr)`` is permanent now."""
    devices, found = Devices(), {}
    with Netlink() as netlink:
        for index, dev in devices.present(key[0] for key in wanted).items():
            body = _MESSAGE.pack(_AF_BRIDGE, 0, 0, index, 0, 0, 0)
            for buffer, start, end in messages(netlink.dump(_GET, body)):
                _family, _pad, _pad2, owner, state, flags, _type = _MESSAGE.unpack_from(buffer, start)
                if owner != index or not state & _PERMANENT or not flags & _SELF:
                    continue
                values = attributes(buffer, start + _MESSAGE.size, end)
                key = (dev, mac_text(values[_LLADDR]))
                if key in wanted and _DST in values:
                    found[key] = {"dst": unpacked(values[_DST])}
    return found


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order."""
    return submit(changes, _requests)


def _requests(change: Change, devices: Devices) -> List[Request]:
    dev, lladdr = change.key
    body = _MESSAGE.pack(_AF_BRIDGE, 0, 0, devices.index(dev), _PERMANENT | _NOARP, _SELF, 0)
    body += attribute(_LLADDR, mac_bytes(lladdr))
    if change.after is None:
        return [Request(_DEL, 0, body)]
    return [Request(_NEW, CREATE | REPLACE, body + attribute(_DST, packed(change.after["dst"])))]
