# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many messages of one layout, put together of parts that are the same in all of them and parts that vary.

No message is touched by itself: what varies is laid into all of them with one slice for each of its bytes.
"""

from __future__ import annotations

import struct
from itertools import chain, repeat
from socket import AF_INET6, inet_pton
from typing import List, NamedTuple, Sequence, TypeVar

Value = TypeVar("Value")


class Column(NamedTuple):
    """A part of all messages: values of ``size`` bytes, one behind the other, or a single one that all have."""

    size: int
    values: bytes

    def each(self) -> List[bytes]:
        """The values."""
        return list(chain.from_iterable(struct.Struct("%ds" % self.size).iter_unpack(self.values)))


def same(value: bytes) -> Column:
    """A part that is the same in all messages."""
    return Column(len(value), value)


def numbers(values: Sequence[int]) -> Column:
    """Numbers of 32 bits."""
    some = _once(values)
    return Column(4, struct.pack("=%dI" % len(some), *some))


def addresses(family: int, texts: Sequence[str]) -> Column:
    """IP addresses of one family (AF_…)."""
    return Column(16 if family == AF_INET6 else 4, b"".join(map(inet_pton, repeat(family), _once(texts))))


def macs(texts: Sequence[str]) -> Column:
    """Ethernet addresses."""
    return Column(6, bytes.fromhex("".join(_once(texts)).replace(":", "")))


def _once(values: Sequence[Value]) -> Sequence[Value]:
    return values[:1] if values.count(values[0]) == len(values) else values


def joined(parts: Sequence[Column]) -> Column:
    """Parts side by side, of which at least one varies."""
    size = sum([each.size for each in parts])
    count = max([len(each.values) // each.size for each in parts if each.size])
    table = bytearray(b"".join([each.values[: each.size] for each in parts]) * count)
    place = 0
    for each in parts:
        if len(each.values) > each.size:
            for byte in range(each.size):
                table[place + byte :: size] = each.values[byte :: each.size]
        place += each.size
    return Column(size, bytes(table))
