# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses between text and network byte order."""

from __future__ import annotations

import socket
from functools import lru_cache
from typing import Tuple


@lru_cache(maxsize=65536)
def packed(address: str) -> bytes:
    """An IPv4 or IPv6 address in network byte order. The cache: a peer's address is in several sections."""
    return socket.inet_pton(family(address), address)


@lru_cache(maxsize=65536)
def unpacked(raw: bytes) -> str:
    """The text of an address of 4 or 16 bytes."""
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def packed_cidr(cidr: str) -> Tuple[bytes, int]:
    """A network's or interface address' bytes and prefix length."""
    address, _slash, length = cidr.partition("/")
    return packed(address), int(length)


def family(address: str) -> int:
    """AF_INET or AF_INET6, of an address or a network."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def mac_bytes(mac: str) -> bytes:
    """An Ethernet address' six bytes."""
    return bytes.fromhex(mac.replace(":", ""))


def mac_text(raw: bytes) -> str:
    """An Ethernet address in lower case with colons."""
    return raw.hex(":")
