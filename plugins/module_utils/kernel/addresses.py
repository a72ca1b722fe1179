# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface addresses: rtnetlink(7), linux/if_addr.h. Changed by deletion and addition, as the kernel demands."""

from __future__ import annotations

import struct
from typing import Any, Dict, List, Mapping, Sequence

from ..state.change import Attributes, Change, Failure, Key
from .batch import submit
from .devices import Devices
from .inet import family, packed_cidr, unpacked
from .netlink import CREATE, EXCL, Netlink, Request, attribute, attributes, messages
from .scopes import scope_name, scope_number

_NEW, _DEL, _GET = 20, 21, 22
_MESSAGE = struct.Struct("=BBBBi")  # family, prefix length, flags, scope, index
_ADDRESS, _LOCAL, _FLAGS = 1, 2, 8
_U32 = struct.Struct("=I")
#: What a document says by a word, and the kernel by a bit. Without ``nodad`` an IPv6 address is tentative at first, and
#: no route can have it as its source.
_BITS = {"noprefixroute": 0x200, "nodad": 0x02}


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the addresses ``(dev, address)`` exists now."""
    devices, found = Devices(), {}
    with Netlink() as netlink:
        for index, dev in devices.present(key[0] for key in wanted).items():
            for buffer, start, end in messages(netlink.dump(_GET, _MESSAGE.pack(0, 0, 0, 0, index))):
                _family, length, _flags, scope, _index = _MESSAGE.unpack_from(buffer, start)
                values = attributes(buffer, start + _MESSAGE.size, end)
                key = (dev, "%s/%d" % (unpacked(values.get(_LOCAL) or values[_ADDRESS]), length))
                if key in wanted:
                    found[key] = _described(scope, values)
    return found


def _described(scope: int, values: Mapping[int, bytes]) -> Attributes:
    described: Dict[str, Any] = {"scope": scope_name(scope)}
    flags = _U32.unpack(values.get(_FLAGS, bytes(4)))[0]
    described.update({word: True for word, bit in _BITS.items() if flags & bit})
    return described


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order."""
    return submit(changes, _requests)


def _requests(change: Change, devices: Devices) -> List[Request]:
    dev, address = change.key
    raw, length = packed_cidr(address)
    after = change.after or {}
    scope = scope_number(after.get("scope", "global"))
    body = _MESSAGE.pack(family(address), length, 0, scope, devices.index(dev))
    body += attribute(_LOCAL, raw) + attribute(_ADDRESS, raw)
    requests = [Request(_DEL, 0, body)] if change.before is not None else []
    if change.after is not None:
        flags = sum(bit for word, bit in _BITS.items() if after.get(word))
        requests.append(Request(_NEW, CREATE | EXCL, body + attribute(_FLAGS, _U32.pack(flags))))
    return requests
