# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ICMP echo over a raw socket: hosts and pods need no ``ping`` binary, and an error keeps its errno.

Message formats: RFC 792 and RFC 4443 section 4. Socket options: ip(7), ipv6(7), raw(7).
"""

from __future__ import annotations

import ipaddress
import os
import select
import socket
import struct
import time
from dataclasses import dataclass
from typing import Tuple, Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

#: Seconds between two requests of one probe.
INTERVAL = 1.0
#: Bytes of data in an ordinary request, as ping(8) sends.
DATA = 56

_ECHO_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence

# linux/in.h, linux/in6.h: the socket module does not know them.
_IP_MTU_DISCOVER = 10
_IP_RECVERR = 11
_IPV6_MTU_DISCOVER = 23
_IPV6_RECVERR = 25
_IPV6_DONTFRAG = 62
_PMTUDISC_PROBE = 3


@dataclass(frozen=True)
class _Family:
    """What differs between ICMP and ICMPv6."""

    family: int
    protocol: int
    request: int
    reply: int
    #: Bytes of the IP header before an echo's own.
    ip_header: int
    #: Socket options that forbid fragments and report ICMP errors as errno.
    options: Tuple[Tuple[int, int, int], ...]


_IPV4 = _Family(
    socket.AF_INET,
    socket.IPPROTO_ICMP,
    8,
    0,
    20,
    ((socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_PROBE), (socket.IPPROTO_IP, _IP_RECVERR, 1)),
)
_IPV6 = _Family(
    socket.AF_INET6,
    socket.IPPROTO_ICMPV6,
    128,
    129,
    40,
    (
        (socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE),
        (socket.IPPROTO_IPV6, _IPV6_DONTFRAG, 1),
        (socket.IPPROTO_IPV6, _IPV6_RECVERR, 1),
    ),
)


def data_size(address: Address, mtu: int) -> int:
    """The bytes of data that make an echo request to ``address`` exactly ``mtu`` bytes long on the wire."""
    return mtu - _of(address).ip_header - _ECHO_HEADER.size


def echo(address: Address, size: int, timeout: float) -> float:
    """Ask every second until an answer with the same data is here; the round trip of that one in seconds.

    Requests carry ``size`` bytes of data and are never fragmented (PMTUDISC_PROBE: nor does a path MTU learnt earlier
    keep them back). Raises OSError: what the kernel reported last (EMSGSIZE, EHOSTUNREACH ...), else ETIMEDOUT.
    """
    kind = _of(address)
    deadline = time.monotonic() + timeout
    failure: OSError = socket.timeout()
    with socket.socket(kind.family, socket.SOCK_RAW, kind.protocol) as raw:
        for option in kind.options:
            raw.setsockopt(*option)
        identifier = int.from_bytes(os.urandom(2), "big")
        sequence = 0
        while time.monotonic() < deadline:
            sequence += 1
            until = min(deadline, time.monotonic() + INTERVAL)
            try:
                return _ask(raw, kind, address, identifier, sequence, os.urandom(size), until)
            except socket.timeout:
                continue
            except OSError as error:
                failure = error
                time.sleep(max(0.0, until - time.monotonic()))
    raise failure


def request(kind: int, identifier: int, sequence: int, data: bytes) -> bytes:
    """An echo request; its checksum counts for ICMP, the kernel computes ICMPv6's own."""
    header = _ECHO_HEADER.pack(kind, 0, 0, identifier, sequence)
    return _ECHO_HEADER.pack(kind, 0, checksum(header + data), identifier, sequence) + data


def checksum(message: bytes) -> int:
    """The Internet checksum, RFC 1071."""
    padded = message + b"\0" * (len(message) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _ask(
    raw: socket.socket,
    kind: _Family,
    address: Address,
    identifier: int,
    sequence: int,
    data: bytes,
    until: float,
) -> float:
    """Send one request and wait for its answer; seconds between the two. Raises socket.timeout at ``until``."""
    raw.connect((str(address), 0))  # only this peer's packets and errors reach the socket
    started = time.monotonic()
    raw.send(request(kind.request, identifier, sequence, data))
    answer = (kind.reply, identifier, sequence, data)
    while select.select([raw], [], [], max(0.0, until - time.monotonic()))[0]:
        if _parse(raw.recv(65535), kind) == answer:
            return time.monotonic() - started
    raise socket.timeout()


def _parse(packet: bytes, kind: _Family) -> Tuple[object, ...]:
    """Type, identifier, sequence and data of what a raw socket received: IPv4 with its IP header, IPv6 without."""
    offset = (packet[0] & 0x0F) * 4 if kind is _IPV4 else 0
    if len(packet) < offset + _ECHO_HEADER.size:
        return ()
    found, _code, _checksum, identifier, sequence = _ECHO_HEADER.unpack_from(packet, offset)
    return found, identifier, sequence, packet[offset + _ECHO_HEADER.size :]


def _of(address: Address) -> _Family:
    return _IPV4 if address.version == 4 else _IPV6
