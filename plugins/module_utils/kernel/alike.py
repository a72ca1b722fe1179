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
from operator import itemgetter
from typing import (
    Any,
    Callable,
    Collection,
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

from ..state.change import Attributes, Key
from .devices import Devices

#: The same value in all messages, or one for each.
Numbers = Union[int, List[int]]
#: The same, of an attribute; all of one size.
Values = Union[bytes, List[bytes]]
_ATTRIBUTE = struct.Struct("=HH")  # length, number
#: A message that is expected costs a fraction of taking one apart.
_WORTH_IT = 3
_SLICE = 10_000
#: Messages of objects, by their keys and attributes; None for those that have to go the general way.
Made = Callable[[Devices, Sequence[Key], Sequence[Mapping[str, Any]]], List[Optional[bytes]]]
Value = TypeVar("Value", int, bytes)


def remembering(made: Made) -> Made:
    """``made``, which does not make again what it made last: what is written is read again at once, to prove it.

    The same messages need the same objects, and devices that still have the indices that they had.
    """
    last: List[_Made] = []

    def made_once(devices: Devices, keys: Sequence[Key], objects: Sequence[Mapping[str, Any]]) -> List[Optional[bytes]]:
        if not (last and last[0].serves(devices, keys, objects)):
            last[:] = [_Made(keys, objects, made(devices, keys, objects), devices.known())]
        return last[0].bodies

    return made_once


class _Made(NamedTuple):
    keys: Sequence[Key]
    objects: Sequence[Mapping[str, Any]]
    bodies: List[Optional[bytes]]
    indices: Mapping[str, int]

    def serves(self, devices: Devices, keys: Sequence[Key], objects: Sequence[Mapping[str, Any]]) -> bool:
        """Whether these are the messages of ``objects``. Lists of the very same objects are compared in no time."""
        if self.keys != keys or self.objects != objects:
            return False
        return {index: name for name, index in self.indices.items()} == devices.present(self.indices)


def slices(size: int) -> Iterator[slice]:
    """So many objects in parts: what is needed to make their messages takes several times the memory of these."""
    return (slice(first, first + _SLICE) for first in range(0, size, _SLICE))


def in_groups(
    labels: Sequence[Sequence[Hashable]], made: Callable[..., Optional[List[bytes]]]
) -> List[Optional[bytes]]:
    """What ``made`` returns for the places of the objects that have the same labels; None where it returns None.

    ``labels`` come column by column; ``made`` is called with the places and one label of each column.
    """
    size = len(labels[0])
    if all(len(set(column)) == 1 for column in labels):
        alone = made(range(size), *[column[0] for column in labels])
        return [None] * size if alone is None else list(alone)
    groups: Dict[Tuple[Hashable, ...], List[int]] = {}
    for place, label in enumerate(zip(*labels)):
        groups.setdefault(label, []).append(place)
    found: List[Optional[bytes]] = [None] * size
    for label, places in groups.items():
        for place, body in zip(places, made(places, *label) or ()):
            found[place] = body
    return found


def converted(convert: Callable[[Any], Value], column: Sequence[Any]) -> Union[Value, List[Value]]:
    """``convert`` of each, or of all at once where they are the same."""
    return convert(column[0]) if len(set(column)) == 1 else list(map(convert, column))


def bodies(head: struct.Struct, fields: Sequence[Numbers], attributes: Sequence[Tuple[int, Values]]) -> List[bytes]:
    """Messages of one layout: the ``fields`` of ``head``, then for each attribute its number and its values.

    At least one of all these has to be a list: there are as many messages as it has entries.
    """
    heads = [each if isinstance(each, list) else repeat(each) for each in fields]
    varying = any(isinstance(each, list) for each in fields)
    parts: List[Iterable[bytes]] = [map(head.pack, *heads) if varying else repeat(head.pack(*fields))]
    for kind, values in attributes:
        (size,) = set(map(len, values if isinstance(values, list) else [values]))
        parts += [repeat(_ATTRIBUTE.pack(4 + size, kind)), values if isinstance(values, list) else repeat(values)]
        if size % 4:
            parts.append(repeat(bytes(-size % 4)))
    return list(map(b"".join, zip(*parts)))


def recognised(
    dumped: Sequence[bytes],
    wanted: Mapping[Key, Attributes],
    made: Callable[[List[Key], List[Attributes]], Iterable[Optional[bytes]]],
    whole: bool = False,
) -> Tuple[Dict[Key, Attributes], List[bytes]]:
    """The objects that are there just as they are wanted, and the dumped messages that say something else.

    ``made`` gives the messages that are expected. ``whole``: with nothing behind them.
    """
    if len(dumped) < len(wanted) // _WORTH_IT:
        return {}, list(dumped)
    keys, objects = list(wanted), list(wanted.values())
    made_ = [body for some in slices(len(keys)) for body in made(keys[some], objects[some])]
    expected = set(made_)
    heads = dumped if whole else _cut(dumped, expected)
    said = set(heads)
    others = [message for message, head in zip(dumped, heads) if head not in expected]
    if expected <= said:
        return dict(wanted), others
    return {key: wanted[key] for key, body in zip(keys, made_) if body in said}, others


def _cut(dumped: Sequence[bytes], expected: Collection[Optional[bytes]]) -> List[bytes]:
    """The messages without what is behind the part that is expected."""
    sizes = sorted({len(body) for body in expected if body is not None})
    if len(sizes) == 1:
        return list(map(itemgetter(slice(sizes[0])), dumped))
    return [next((message[:size] for size in sizes if message[:size] in expected), message) for message in dumped]
