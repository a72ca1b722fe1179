# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A netlink socket: dumps that are complete, and batches that say which message failed and why.

Sources: RFC 3549, the kernel's Documentation/userspace-api/netlink/intro.rst, include/uapi/linux/netlink.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from itertools import chain
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .parts import Column, joined, same

_NETLINK_ROUTE = 0
_SOL_NETLINK, _CAP_ACK, _EXT_ACK, _STRICT_CHECK = 270, 10, 11, 12
_SO_RCVBUFFORCE = 33

REQUEST, ACK, DUMP = 0x1, 0x4, 0x300
REPLACE, EXCL, CREATE, APPEND = 0x100, 0x200, 0x400, 0x800
_DUMP_INTERRUPTED, _ACK_TLVS, _CAPPED = 0x10, 0x200, 0x100
_ERROR, _DONE = 2, 3
_ERROR_MESSAGE = 1  # NLMSGERR_ATTR_MSG

HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence number, port
_NUMBER, _NUMBER_AT = struct.Struct("=I"), 8
_ATTRIBUTE = struct.Struct("=HH")
_ERRNO = struct.Struct("=i")
_TYPE_MASK = 0x3FFF  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER

#: 500 failing messages in one buffer were seen to overrun a receive buffer of 212,992 bytes.
CHUNK = 200
#: A send buffer takes 212,992 bytes by default.
_CHUNK_BYTES = 64 << 10
_RECEIVE_BUFFER = 4 << 20
_DATAGRAM = 64 << 10  # the kernel fills at most 32 KiB of a dump at once
_DUMP_TRIES = 20


class Request(NamedTuple):
    """One message without its header: ``kind`` is RTM_…, ``flags`` NLM_F_… without REQUEST.

    ``body`` is a fixed part and attributes, all of them padded, so that its length is a multiple of four.
    """

    kind: int
    flags: int
    body: bytes


class Refused(NamedTuple):
    """The kernel's answer to one request of a batch: its place in the batch, errno, and extended-ack text or ''."""

    position: int
    errno: int
    message: str


#: Type, flags, sequence number, and the bodies of messages that have these, and their length, in common.
_Run = Tuple[int, int, int, Sequence[bytes]]


class Netlink:
    """A socket of the network namespace that it was opened in, by default for routing. A context manager."""

    def __init__(self, protocol: int = _NETLINK_ROUTE) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        for option in (_CAP_ACK, _EXT_ACK, _STRICT_CHECK):
            self._socket.setsockopt(_SOL_NETLINK, option, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
        except PermissionError:  # reading needs no root
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.close()

    def dump(self, kind: int, body: bytes) -> List[bytes]:
        """The bodies of all messages that answer a dump request.

        A table that changed while it was dumped is dumped again, and so is one whose messages did not fit the receive
        buffer. Raises ``OSError`` with the kernel's errno and text.
        """
        for _attempt in range(_DUMP_TRIES):
            bodies = self._dump_once(kind, body)
            if bodies is not None:
                return bodies
        raise OSError(errno.EINTR, "the table kept changing while it was read, %d times over" % _DUMP_TRIES)

    def _dump_once(self, kind: int, body: bytes) -> Optional[List[bytes]]:
        expected = self._ask(kind, DUMP, body)
        bodies: List[bytes] = []
        whole = True
        while True:
            try:
                datagram = self._socket.recv(_DATAGRAM)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                whole = False
                continue
            for number, flags, sequence, found in _runs(datagram):
                if sequence != expected:
                    continue  # the rest of an answer that nobody waits for any more
                if flags & _DUMP_INTERRUPTED:
                    whole = False
                if number > _DONE:
                    bodies += found
                elif number >= _ERROR:
                    _raise_for(number, flags, found[0])
                    return bodies if whole else None

    def get(self, kind: int, body: bytes) -> bytes:
        """The datagram that answers a request for one object. Raises ``OSError``."""
        expected = self._ask(kind, 0, body)
        while True:
            datagram = self._socket.recv(_DATAGRAM)
            for number, flags, sequence, found in _runs(datagram):
                if sequence == expected:
                    if number == _ERROR:
                        _raise_for(number, flags, found[0])
                    return datagram

    def batch(self, kinds: Sequence[int], flags: Sequence[int], bodies: Sequence[bytes]) -> List[Refused]:
        """Make all requests, given column by column, in order, and report each that the kernel refused.

        A refused request stops none of those after it. The kernel answers a failing message even when no answer was
        asked for, so one acknowledgement at the end of a chunk is a fence: what was not refused by then was done. Where
        the receive buffer overflowed, refusals may be missing here: whoever needs to be sure reads again.
        """
        refused: List[Refused] = []
        base = self._sequence + 1
        headers = self._headers(kinds, flags, bodies)
        for some in _chunks(bodies):
            last = some.stop - 1
            fence = _header(kinds[last], flags[last] | ACK, bodies[last], base + last)
            self._send([*headers[some.start : last], fence], bodies[some])
            refused += [each._replace(position=each.position - base) for each in self._answers(base + last)]
        return refused

    def _answers(self, fence: int) -> List[Refused]:
        """Refusals up to the fence, ``position`` still being a sequence number."""
        refused: List[Refused] = []
        flags = 0
        while True:
            try:
                datagram = self._socket.recv(_DATAGRAM, flags)
            except BlockingIOError:
                return refused
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                # The kernel answers while it is sent to: what will ever come is here, perhaps without the fence.
                flags = socket.MSG_DONTWAIT
                continue
            for number, header_flags, sequence, found in _runs(datagram):
                if number == _ERROR:
                    code, message = _error(header_flags, found[0])
                    if code:
                        refused.append(Refused(sequence, code, message))
                    if sequence == fence:
                        return refused

    def _headers(self, kinds: Sequence[int], flags: Sequence[int], bodies: Sequence[bytes]) -> List[bytes]:
        """The headers of these requests, which are numbered by it."""
        first = self._sequence + 1
        self._sequence += len(bodies)
        numbers = range(first, self._sequence + 1)
        if bodies and len(set(zip(kinds, flags, map(len, bodies)))) == 1:
            whole = _header(kinds[0], flags[0], bodies[0], 0)
            varying = Column(_NUMBER.size, struct.pack("=%dI" % len(bodies), *numbers))
            return joined([same(whole[:_NUMBER_AT]), varying, same(whole[_NUMBER_AT + _NUMBER.size :])]).each()
        return list(map(_header, kinds, flags, bodies, numbers))

    def _send(self, headers: Sequence[bytes], bodies: Sequence[bytes]) -> None:
        """Send requests in one buffer."""
        self._socket.send(b"".join(chain.from_iterable(zip(headers, bodies))))

    def _ask(self, kind: int, flags: int, body: bytes) -> int:
        """Send one request; its number."""
        self._send(self._headers([kind], [flags], [body]), [body])
        return self._sequence


def _header(kind: int, flags: int, body: bytes, number: int) -> bytes:
    return HEADER.pack(HEADER.size + len(body), kind, flags | REQUEST, number, 0)


def _chunks(bodies: Sequence[bytes]) -> Iterator[slice]:
    """``bodies`` in parts that can be sent at once: only with routes over many next hops ``CHUNK`` are too many."""
    first = 0
    while first < len(bodies):
        lengths = list(map(len, bodies[first : first + CHUNK]))
        while sum(lengths) > _CHUNK_BYTES and len(lengths) > 1:
            del lengths[len(lengths) // 2 :]
        yield slice(first, first + len(lengths))
        first += len(lengths)


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute (``struct nlattr`` or ``rtattr``), padded."""
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + bytes(-len(value) % 4)


def attributes(buffer: bytes, start: int, end: int) -> Dict[int, bytes]:
    """The attributes between two places of a buffer; of several of one kind the last."""
    found: Dict[int, bytes] = {}
    while start + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(buffer, start)
        if length < 4:
            break
        found[kind & _TYPE_MASK] = buffer[start + 4 : start + length]
        start += (length + 3) & ~3
    return found


def _runs(datagram: bytes) -> Iterable[_Run]:
    """The messages of a datagram. Most tables' are of one length, and then the whole datagram has one header."""
    length, number, flags, sequence, _port = HEADER.unpack_from(datagram)
    step = (length + 3) & ~3
    if length > HEADER.size and len(datagram) % step == 0:
        count = len(datagram) // step
        # Where lengths differ, what is cut out as headers is something else.
        if all(datagram[place::step] == datagram[place : place + 1] * count for place in range(HEADER.size)):
            each = struct.Struct("%dx%ds%dx" % (HEADER.size, length - HEADER.size, step - length))
            return [(number, flags, sequence, list(chain.from_iterable(each.iter_unpack(datagram))))]
    return _one_by_one(datagram)


def _one_by_one(datagram: bytes) -> Iterator[_Run]:
    start, size = 0, len(datagram)
    while start + HEADER.size <= size:
        length, number, flags, sequence, _port = HEADER.unpack_from(datagram, start)
        if length < HEADER.size:
            return
        yield number, flags, sequence, [datagram[start + HEADER.size : start + length]]
        start += (length + 3) & ~3


def _error(flags: int, body: bytes) -> Tuple[int, str]:
    """Errno and extended-ack text of an NLMSG_ERROR message; errno 0 is an acknowledgement."""
    code = -_ERRNO.unpack_from(body)[0]
    if not flags & _ACK_TLVS:
        return code, ""
    echoed = HEADER.unpack_from(body, _ERRNO.size)[0]
    start = _ERRNO.size + (HEADER.size if flags & _CAPPED else (echoed + 3) & ~3)
    return code, _text(attributes(body, start, len(body)))


def _raise_for(number: int, flags: int, body: bytes) -> None:
    """Raise what an ERROR or DONE message reports, if it reports a failure."""
    if number == _ERROR:
        code, message = _error(flags, body)
    else:
        code = -_ERRNO.unpack_from(body)[0] if len(body) >= _ERRNO.size else 0
        message = _text(attributes(body, _ERRNO.size, len(body))) if code else ""
    if code > 0:
        raise OSError(code, message or os.strerror(code))


def _text(tlvs: Dict[int, bytes]) -> str:
    return tlvs.get(_ERROR_MESSAGE, b"").rstrip(b"\0").decode(errors="replace")
