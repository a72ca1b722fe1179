# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanges with a responder over TCP and UDP: it must send back exactly what it was sent."""

from __future__ import annotations

import errno
import os
import socket
import time
from typing import Optional

#: Bytes of a small exchange: one segment whatever the MTU.
SMALL = 32
#: Bytes each way of a bulk transfer: some dozens of full segments, which offloads (TSO, GSO, checksums) shape.
BULK = 64 * 1024


def tcp(address: str, port: int, size: int, timeout: float) -> float:
    """Connect, send ``size`` bytes, get them back; seconds for all of it. Raises OSError."""
    started = time.monotonic()
    deadline = started + timeout
    with socket.create_connection((address, port), timeout=timeout) as stream:
        sent = os.urandom(size)
        _limit(stream, deadline)
        stream.sendall(sent)
        stream.shutdown(socket.SHUT_WR)
        received = _receive(stream, size, deadline)
    _compare(sent, received)
    return time.monotonic() - started


def udp(address: str, port: int, timeout: float, interval: float = 1.0) -> float:
    """Send a datagram every ``interval`` until it comes back; seconds for that one. Raises OSError."""
    deadline = time.monotonic() + timeout
    failure: OSError = socket.timeout()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect((address, port))
        while time.monotonic() < deadline:
            started = time.monotonic()
            until = min(deadline, started + interval)
            try:
                _exchange(datagrams, os.urandom(SMALL), until)
                return time.monotonic() - started
            except socket.timeout:
                continue
            except OSError as error:
                failure = error
                time.sleep(max(0.0, until - time.monotonic()))
    raise failure


def _exchange(datagrams: socket.socket, sent: bytes, until: float) -> None:
    """Send one datagram and wait for it, passing over late answers to earlier ones."""
    datagrams.send(sent)
    received: Optional[bytes] = None
    while received != sent:
        _limit(datagrams, until)
        received = datagrams.recv(65535)


def _receive(stream: socket.socket, size: int, deadline: float) -> bytes:
    """Until ``size`` bytes are here or the other side ends."""
    received = bytearray()
    while len(received) < size:
        _limit(stream, deadline)
        chunk = stream.recv(65536)
        if not chunk:
            break
        received += chunk
    return bytes(received)


def _limit(handle: socket.socket, deadline: float) -> None:
    """The next operation may take until ``deadline``, which is for all of them together."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise socket.timeout()
    handle.settimeout(left)


def _compare(sent: bytes, received: bytes) -> None:
    if received != sent:
        raise OSError(
            errno.EPROTO,
            f"{len(received)} of {len(sent)} bytes came back, or others than were sent: "
            "is another program listening there?",
        )
