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
from itertools import repeat
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any, Callable, Dict, Iterable, List, Sequence, Tuple

from . import values

#: What a column may raise.
UNUSUAL = (ValueError, TypeError, AttributeError, OSError)

_MACS = re.compile(r"(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}\n)+")
_UNICAST_MACS = re.compile(r"(?:(?!00:00:00:00:00:00)[0-9a-f][02468ace](?::[0-9a-f]{2}){5}\n)+")
_BITS: Dict[int, int] = {AF_INET: 32, AF_INET6: 128}
_LENGTH = re.compile(r"0|[1-9][0-9]*")
_COMPARABLE = (bool, int, str)


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


def _ips(column: List[Any]) -> List[Any]:
    return _spelt(column, *_packed(column))


def _hosts(column: List[Any]) -> List[Any]:
    families, packed = _packed(column)
    if bytes(4) in packed or bytes(16) in packed:
        raise ValueError
    for family, first in set(zip(families, [each[0] for each in packed])):
        if first == 0xFF if family == AF_INET6 else 224 <= first < 240:
            raise ValueError
    return _spelt(column, families, packed)


def _networks(column: List[Any]) -> List[Any]:
    parts = "/".join(column).split("/")
    addresses, lengths = parts[::2], parts[1::2]
    if len(parts) != 2 * len(column) or not all(map(str.__contains__, column, repeat("/"))):
        raise ValueError
    families, packed = _packed(addresses)
    sizes = list(zip(families, lengths))
    host_bits = {size: _host_bits(*size) for size in set(sizes)}
    if _number(packed) & _number(map(host_bits.__getitem__, sizes)) or _spelt(addresses, families, packed) != addresses:
        raise ValueError
    return column


def _number(parts: Iterable[bytes]) -> int:
    return int.from_bytes(b"".join(parts), "big")


def _host_bits(family: int, tail: str) -> bytes:
    if not _LENGTH.fullmatch(tail) or int(tail) > _BITS[family]:
        raise ValueError
    return int((1 << (_BITS[family] - int(tail))) - 1).to_bytes(_BITS[family] // 8, "big")


def _macs(column: List[Any], shape: re.Pattern[str] = _MACS) -> List[Any]:
    given = "\n".join(column) + "\n"
    lines = given.lower().replace("-", ":")
    if not shape.fullmatch(lines) or lines.count("\n") != len(column):
        raise ValueError
    return column if lines == given else lines.splitlines()


def _unicast_macs(column: List[Any]) -> List[Any]:
    return _macs(column, _UNICAST_MACS)


def _packed(column: Sequence[Any]) -> Tuple[List[int], List[bytes]]:
    families: List[int] = [AF_INET6 if ":" in each else AF_INET for each in column]
    return families, list(map(inet_pton, families, column))


def _spelt(column: List[Any], families: List[int], packed: List[bytes]) -> List[Any]:
    if AF_INET6 not in families:  # of IPv4, inet_pton takes one spelling only
        return column
    spelt = list(map(inet_ntop, families, packed))
    return column if spelt == column else spelt  # its strings are in memory already


_WHOLE: Dict[Callable[[Any], Any], Callable[[List[Any]], List[Any]]] = {
    values.ip: _ips,
    values.host: _hosts,
    values.network: _networks,
    values.mac: _macs,
    values.unicast_mac: _unicast_macs,
}
