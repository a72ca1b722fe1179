# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link's offload features, which netlink does not have: by ioctl, as ethtool(8) does it (linux/ethtool.h)."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import socket
import struct
from typing import Collection, Dict, List, Mapping, NamedTuple, Sequence, Tuple

_SIOCETHTOOL = 0x8946
_COUNT, _NAMES, _GET, _SET = 0x37, 0x1B, 0x3A, 0x3B  # ETHTOOL_GSSET_INFO, GSTRINGS, GFEATURES, SFEATURES
_FEATURES = 4  # ETH_SS_FEATURES
_NAME_SIZE = 32
_IFREQ = struct.Struct("=16s")
_COUNT_ANSWER = struct.Struct("=IIQI")
_NAMES_HEADER = struct.Struct("=III")
_HEADER = struct.Struct("=II")
_STATE = struct.Struct("=IIII")  # of 32 features: can be changed, asked for, in effect, never to be changed
_ORDER = struct.Struct("=II")  # of 32 features: meant, on
_HELD_BACK = 0x2  # ETHTOOL_F_WISH


class Feature(NamedTuple):
    """Whether it is on, and whether anybody can change that."""

    on: bool
    changeable: bool


def features(link: str, names: Collection[str]) -> Dict[str, Feature]:
    """Those of the features ``names`` that ``link`` has. Raises ``OSError``."""
    with _socket() as control:
        known = _known(control, link)
        state = _state(control, link, len(known))
    return {name: state[position] for position, name in enumerate(known) if name in names}


def switch(link: str, wanted: Mapping[str, bool]) -> None:
    """Switch features of ``link`` on or off. Raises ``OSError`` with the reason, before it switches any if it can."""
    with _socket() as control:
        known = _known(control, link)
        before = dict(zip(known, _state(control, link, len(known))))
        for name, on in wanted.items():
            if name not in before:
                raise OSError(errno.EOPNOTSUPP, "it has no feature %s" % name)
            if before[name].on != on and not before[name].changeable:
                raise OSError(errno.EOPNOTSUPP, "its feature %s is fixed to %s" % (name, "off" if on else "on"))
        blocks = [[0, 0] for _block in range((len(known) + 31) // 32)]
        for name, on in wanted.items():
            block, bit = divmod(known.index(name), 32)
            blocks[block][0] |= 1 << bit
            blocks[block][1] |= on << bit
        order = _HEADER.pack(_SET, len(blocks)) + b"".join(_ORDER.pack(*block) for block in blocks)
        held_back = _call(control, link, order)[0] & _HELD_BACK
        after = dict(zip(known, _state(control, link, len(known)))) if held_back else {}
    unmoved = [name for name, feature in after.items() if feature.on != wanted.get(name, feature.on)]
    if unmoved:
        raise OSError(
            errno.EOPNOTSUPP,
            "its feature %s stays %s because of another feature" % (unmoved[0], "off" if wanted[unmoved[0]] else "on"),
        )


def _socket() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)


def _known(control: socket.socket, link: str) -> List[str]:
    """The names of all features, in the order of their bits; unused bits have no name."""
    answer = _call(control, link, _COUNT_ANSWER.pack(_COUNT, 0, 1 << _FEATURES, 0))[1]
    count = _COUNT_ANSWER.unpack(answer)[3]
    answer = _call(control, link, _NAMES_HEADER.pack(_NAMES, _FEATURES, count) + bytes(_NAME_SIZE * count))[1]
    starts = range(_NAMES_HEADER.size, len(answer), _NAME_SIZE)
    return [answer[start : start + _NAME_SIZE].partition(b"\0")[0].decode() for start in starts]


def _state(control: socket.socket, link: str, count: int) -> Sequence[Feature]:
    blocks = (count + 31) // 32
    answer = _call(control, link, _HEADER.pack(_GET, blocks) + bytes(_STATE.size * blocks))[1]
    found: List[Feature] = []
    for changeable, _asked, on, never in _STATE.iter_unpack(answer[_HEADER.size :]):
        bits = [1 << bit for bit in range(32)]
        found += [Feature(bool(on & bit), bool(changeable & bit) and not never & bit) for bit in bits]
    return found[:count]


def _call(control: socket.socket, link: str, command: bytes) -> Tuple[int, bytes]:
    """The kernel's return value, and its answer, which it writes in the command's place."""
    buffer = ctypes.create_string_buffer(command, len(command))
    pointer = struct.pack("@P", ctypes.addressof(buffer))
    request = bytearray(_IFREQ.pack(link.encode()) + pointer + bytes(24 - len(pointer)))
    return fcntl.ioctl(control, _SIOCETHTOOL, request, True), buffer.raw
