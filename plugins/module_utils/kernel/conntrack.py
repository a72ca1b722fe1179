# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracked connections, read and ended by netlink: linux/netfilter/nfnetlink_conntrack.h."""

from __future__ import annotations

import errno
import os
import struct
from typing import Dict, Iterable, List, NamedTuple, Optional

from .inet import unpacked
from .netlink import Netlink, attribute, attributes

_NETLINK_NETFILTER = 12
_GET, _DELETE = 0x101, 0x102  # NFNL_SUBSYS_CTNETLINK << 8, and IPCTNL_MSG_CT_…
_MESSAGE = struct.Struct("=BBH")  # nfgenmsg: family, version, and nothing
_FAMILIES = {4: 2, 6: 10}  # AF_INET, AF_INET6
_NESTED = 0x8000
_ORIGINAL, _REPLY, _ID, _ZONE = 1, 2, 12, 18  # CTA_TUPLE_ORIG, CTA_TUPLE_REPLY, CTA_ID, CTA_ZONE
_ADDRESSES, _PROTOCOL = 1, 2  # within a tuple: CTA_TUPLE_IP, CTA_TUPLE_PROTO
_SOURCES = {4: 1, 6: 3}  # CTA_IP_V4_SRC, CTA_IP_V6_SRC
_NUMBER, _SOURCE_PORT = 1, 2  # CTA_PROTO_NUM, CTA_PROTO_SRC_PORT
#: Both tuples as the kernel writes them where there are ports: of each the type of the source's attribute, the source,
#: the protocol's type and number, the type of the source port's attribute, and the port.
_TUPLE = "10xH%ds%dx6xHB5xH2s10x"
_WITH_PORTS = {4: struct.Struct("=4x" + 2 * (_TUPLE % (4, 8))), 6: struct.Struct("=4x" + 2 * (_TUPLE % (16, 20)))}


class Connection(NamedTuple):
    """One that is tracked. ``source`` began it; ``destination`` and ``port`` are who answers, behind any DNAT."""

    protocol: int  # IANA's number
    source: str
    destination: str
    port: int  # 0 where the protocol has none
    message: bytes  # the kernel's own, by which it is ended


def read(family: int) -> List[Connection]:
    """All that are tracked of one family, 4 or 6. Raises ``OSError``."""
    with Netlink(_NETLINK_NETFILTER) as netlink:
        messages = netlink.dump(_GET, _MESSAGE.pack(_FAMILIES[family], 0, 0))
    return [_connection(message, family) for message in messages]


def _connection(message: bytes, family: int) -> Connection:
    layout, source = _WITH_PORTS[family], _SOURCES[family]
    if len(message) >= layout.size:
        one, began, two, _protocol, three, _port, four, answers, five, protocol, six, port = layout.unpack_from(message)
        if (one, two, three, four, five, six) == (source, _NUMBER, _SOURCE_PORT) * 2:
            return Connection(protocol, unpacked(began), unpacked(answers), int.from_bytes(port, "big"), message)
    return _any_connection(message, source)


def _any_connection(message: bytes, source: int) -> Connection:
    tuples = attributes(message, _MESSAGE.size, len(message))
    began = _within(tuples[_ORIGINAL], _ADDRESSES)
    answers, protocol = _within(tuples[_REPLY], _ADDRESSES), _within(tuples[_REPLY], _PROTOCOL)
    port = int.from_bytes(protocol.get(_SOURCE_PORT, b""), "big")
    return Connection(protocol[_NUMBER][0], unpacked(began[source]), unpacked(answers[source]), port, message)


def _within(nest: bytes, kind: int) -> Dict[int, bytes]:
    found = attributes(nest, 0, len(nest))[kind]
    return attributes(found, 0, len(found))


def end(connections: Iterable[Connection]) -> None:
    """Forget these, so that their next packet is one of a new connection. One that ended by itself is no error.

    Each is named by its identity as well, so that hardly ever a new one between the same ends is taken for it. Raises
    ``OSError``.
    """
    bodies = [_deletion(each.message) for each in connections]
    with Netlink(_NETLINK_NETFILTER) as netlink:
        refused = netlink.batch([_DELETE] * len(bodies), [0] * len(bodies), bodies)
    for each in refused:
        if each.errno != errno.ENOENT:
            raise OSError(each.errno, each.message or os.strerror(each.errno))


def _deletion(message: bytes) -> bytes:
    found = attributes(message, _MESSAGE.size, len(message))
    named = attribute(_ORIGINAL | _NESTED, found[_ORIGINAL]) + attribute(_ID, found[_ID])
    zone: Optional[bytes] = found.get(_ZONE)
    return message[: _MESSAGE.size] + named + (attribute(_ZONE, zone) if zone is not None else b"")
