# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of many objects that are alike, made and recognised without a look at each.

A host of a large cluster has thousands of routes that differ in addresses only. Their messages are packed column by
column, with the attributes in the order in which the kernel dumps them: what it then answers is, byte for byte, what it
was told, and a dumped message need not be taken apart to know which object it is and that nothing is wrong with it.
Objects of which there are few, or with something unusual in them, have no message here and go the general way.
"""

from __future__ import annotations

import struct
from itertools import repeat
from operator import contains, itemgetter
from typing import (
    Any,
    Callable,
    Dict,
    Hashable,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
)

from ..state.change import Objects
from ..state.table import Table, are_many, as_tables
from .devices import Devices
from .parts import Column, joined, same

#: The same value in all messages, or one for each.
Numbers = Union[int, List[int]]
_ATTRIBUTE = struct.Struct("=HH")  # length, number
#: A message that is expected costs a fraction of taking one apart.
_WORTH_IT = 3
_SLICE = 10_000
#: The messages of the objects in a table, in order; None for those that have to go the general way.
Made = Callable[[Devices, Table], Sequence[Optional[bytes]]]
Value = TypeVar("Value")


def remembering(made: Made) -> Made:
    """``made``, which does not make again what it made last: what is written is read again at once, to prove it.

    The same messages need the same table, and devices that still have the indices that they had.
    """
    last: List[_Made] = []

    def made_once(devices: Devices, table: Table) -> Sequence[Optional[bytes]]:
        if not (last and last[0].serves(devices, table)):
            last[:] = [_Made(table, made(devices, table), devices.known())]
        return last[0].bodies

    return made_once


class _Made(NamedTuple):
    table: Table
    bodies: Sequence[Optional[bytes]]
    indices: Mapping[str, int]

    def serves(self, devices: Devices, table: Table) -> bool:
        """Whether these are the messages of ``table``."""
        if self.table is not table:
            return False
        return {index: name for name, index in self.indices.items()} == devices.present(self.indices)


def slices(size: int) -> Iterator[slice]:
    """So many objects in parts: what is needed to make their messages takes several times the memory of these."""
    return (slice(first, first + _SLICE) for first in range(0, size, _SLICE))


def in_groups(
    table: Table, labels: Sequence[Sequence[Hashable]], made: Callable[..., Optional[List[bytes]]]
) -> Sequence[Optional[bytes]]:
    """What ``made`` returns for the objects that have the same labels; None where it returns None.

    ``labels`` come column by column; ``made`` is called with a table and one label of each column.
    """
    if all(len(set(column)) == 1 for column in labels):
        return made(table, *[column[0] for column in labels]) or [None] * len(table)
    groups: Dict[Tuple[Hashable, ...], List[int]] = {}
    for place, label in enumerate(zip(*labels)):
        groups.setdefault(label, []).append(place)
    found: List[Optional[bytes]] = [None] * len(table)
    for label, places in groups.items():
        for place, body in zip(places, made(table.rows(places), *label) or ()):
            found[place] = body
    return found


def are_ipv6(texts: Iterable[str]) -> List[bool]:
    """Of each address or network whether it is IPv6."""
    return list(map(contains, texts, repeat(":")))


def converted(convert: Callable[[Any], Value], column: Sequence[Any]) -> Union[Value, List[Value]]:
    """``convert`` of each, or of all at once where they are the same."""
    return convert(column[0]) if len(set(column)) == 1 else list(map(convert, column))


def bodies(head: struct.Struct, fields: Sequence[Numbers], attributes: Sequence[Tuple[int, Column]]) -> List[bytes]:
    """Messages of one layout: the ``fields`` of ``head``, then for each attribute its number and its values.

    At least one of all these has to vary: there are as many messages as it has values.
    """
    all_parts = [_heads(head, fields)]
    for kind, values in attributes:
        all_parts += [same(_ATTRIBUTE.pack(4 + values.size, kind)), values, same(bytes(-values.size % 4))]
    return joined(all_parts).each()


def _heads(head: struct.Struct, fields: Sequence[Numbers]) -> Column:
    if not any(isinstance(each, list) for each in fields):
        return same(head.pack(*fields))
    each_field = [each if isinstance(each, list) else repeat(each) for each in fields]
    return Column(head.size, b"".join(map(head.pack, *each_field)))


def recognised(
    dumped: Sequence[bytes], wanted: Objects, made: Callable[[Table], Sequence[Optional[bytes]]], whole: bool = False
) -> Tuple[Objects, List[bytes]]:
    """The objects that are there just as they are wanted, and the dumped messages that say something else.

    ``made`` gives the messages that are expected. ``whole``: with nothing behind them. What is all there is ``wanted``
    itself.
    """
    if not are_many(wanted) or len(dumped) < len(wanted) // _WORTH_IT:
        return {}, list(dumped)
    alike = as_tables(wanted)
    messages = [body for table in alike for some in slices(len(table)) for body in made(table.part(some))]
    heads = dumped if whole else _cut(dumped, messages)
    said = set(heads)
    all_said = said.issuperset(messages)
    if all_said and len(said) == len(messages):
        return wanted, []
    expected = set(messages)
    others = [message for message, head in zip(dumped, heads) if head not in expected]
    if all_said:
        return wanted, others
    keys = [key for table in alike for key in table]
    return {key: wanted[key] for key, body in zip(keys, messages) if body in said}, others


def _cut(dumped: Sequence[bytes], messages: Sequence[Optional[bytes]]) -> List[bytes]:
    """The dumped messages without what is behind the part that is expected."""
    sizes = sorted(set(map(len, filter(None, messages))))
    if len(sizes) == 1:
        return list(map(itemgetter(slice(sizes[0])), dumped))
    expected = set(messages)
    return [next((message[:size] for size in sizes if message[:size] in expected), message) for message in dumped]
