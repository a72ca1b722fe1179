# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal forms of whole columns: one attribute of many objects at a time.

A document may hold 100,000 objects, and what costs is to call a Python function for each of their attributes. Here one
call serves a column: what only repeats is looked at once, and addresses go through the C library in one sweep. A column
that has anything wrong or unusual in it raises one of ``UNUSUAL``, and nothing is told of where: whoever needs to know
goes through the values one by one, with the functions of ``values``.
"""

from __future__ import annotations

import re
import struct
from itertools import chain, repeat
from operator import contains
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any, Callable, Dict, Iterable, List, Sequence

from . import values

#: What a column may raise.
UNUSUAL = (ValueError, TypeError, AttributeError, OSError)

_MAC_LENGTH = len("02:00:5e:00:53:01")
#: The second digit of MACs that stand for more than one link.
_GROUPS = frozenset("13579bdf")
_BITS: Dict[int, int] = {AF_INET: 32, AF_INET6: 128}
_LENGTH = re.compile(r"0|[1-9][0-9]*")
_COMPARABLE = (bool, int, str)
_OfFamily = Callable[[int, List[Any]], List[Any]]


def normal(normalise: Callable[[Any], Any], column: List[Any]) -> List[Any]:
    """What ``normalise`` (one of ``values``, or made by it) returns for each value of a column that is not empty."""
    types = set(map(type, column))
    if len(types) > 1 or types.pop() not in _COMPARABLE:  # a set would hold 1 and True to be the same
        return list(map(normalise, column))
    if isinstance(normalise, values.Integer) and isinstance(column[0], int):
        return _integers(normalise, column)
    whole = _WHOLE.get(normalise)
    if whole and column[0] != column[-1]:  # no column of one value, or few
        return whole(column)
    distinct = list(set(column))
    if len(distinct) == 1:
        return [normalise(distinct[0])] * len(column)
    known = dict(zip(distinct, whole(distinct) if whole else map(normalise, distinct)))
    return list(map(known.__getitem__, column))


def _integers(normalise: values.Integer, column: List[Any]) -> List[Any]:
    """For a column that is all of one type."""
    normalise(min(column))
    normalise(max(column))
    return column


def _by_family(whole: _OfFamily) -> Callable[[List[Any]], List[Any]]:
    """``whole``, which takes a column of one address family, for columns that may have both."""

    def both(column: List[Any]) -> List[Any]:
        text = "".join(column)
        if ":" not in text:
            return whole(AF_INET, column)
        if all(map(contains, column, repeat(":"))):
            return whole(AF_INET6, column)
        ipv4 = iter(whole(AF_INET, [each for each in column if ":" not in each]))
        ipv6 = iter(whole(AF_INET6, [each for each in column if ":" in each]))
        return [next(ipv6 if ":" in each else ipv4) for each in column]

    return both


def _ips(family: int, column: List[Any]) -> List[Any]:
    return _spelt(family, column, _packed(family, column))


def _hosts(family: int, column: List[Any]) -> List[Any]:
    packed = _packed(family, column)
    size = _BITS[family] // 8
    firsts = set(packed[::size])
    if 0xFF in firsts if family == AF_INET6 else any(224 <= first < 240 for first in firsts):
        raise ValueError
    if 0 in firsts and bytes(size) in _each(size, packed):
        raise ValueError
    return _spelt(family, column, packed)


def _networks(family: int, column: List[Any]) -> List[Any]:
    parts = "/".join(column).split("/")
    addresses, lengths = parts[::2], parts[1::2]
    if len(parts) != 2 * len(column) or not all(map(contains, column, repeat("/"))):
        raise ValueError
    packed = _packed(family, addresses)
    host_bits = {length: _host_bits(family, length) for length in set(lengths)}
    bits = b"".join(map(host_bits.__getitem__, lengths))
    if int.from_bytes(packed, "big") & int.from_bytes(bits, "big"):
        raise ValueError
    if _spelt(family, addresses, packed) != addresses:
        raise ValueError
    return column


def _host_bits(family: int, tail: str) -> bytes:
    if not _LENGTH.fullmatch(tail) or int(tail) > _BITS[family]:
        raise ValueError
    return int((1 << (_BITS[family] - int(tail))) - 1).to_bytes(_BITS[family] // 8, "big")


def _macs(column: List[Any]) -> List[Any]:
    if set(map(len, column)) != {_MAC_LENGTH}:
        raise ValueError
    given = ":".join(column)
    packed = bytes.fromhex(given.replace(":", "").replace("-", ""))
    text = packed.hex(":")
    if text == given:
        return column
    if text != given.lower().replace("-", ":"):
        raise ValueError
    return [each.hex(":") for each in _each(6, packed)]


def _unicast_macs(column: List[Any]) -> List[Any]:
    macs = _macs(column)
    if "00:00:00:00:00:00" in macs or not _GROUPS.isdisjoint("".join(macs)[1::_MAC_LENGTH]):
        raise ValueError
    return macs


def _packed(family: int, column: Sequence[Any]) -> bytes:
    return b"".join(map(inet_pton, repeat(family), column))


def _spelt(family: int, column: List[Any], packed: bytes) -> List[Any]:
    if family == AF_INET:  # inet_pton takes one spelling only
        return column
    spelt = [inet_ntop(family, each) for each in _each(16, packed)]
    return column if spelt == column else spelt  # its strings are in memory already


def _each(size: int, packed: bytes) -> Iterable[bytes]:
    return chain.from_iterable(struct.Struct("%ds" % size).iter_unpack(packed))


_WHOLE: Dict[Callable[[Any], Any], Callable[[List[Any]], List[Any]]] = {
    values.ip: _by_family(_ips),
    values.host: _by_family(_hosts),
    values.network: _by_family(_networks),
    values.mac: _macs,
    values.unicast_mac: _unicast_macs,
}
