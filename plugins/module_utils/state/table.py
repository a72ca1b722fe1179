# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many objects that declare the same attributes, held as columns.

A host of a large cluster has thousands of routes, neighbors and forwarding entries that differ in a few values only.
What is done to all of them, from the document to the kernel's messages, is done to a column at a time. Whoever asks for
a single one sees a mapping as any other, which is made when it is first asked for.
"""

from __future__ import annotations

from itertools import repeat
from operator import itemgetter
from typing import Any, Dict, ItemsView, Iterator, KeysView, List, Mapping, Optional, Sequence, Sized, Tuple, ValuesView

from .change import Attributes, Key, Objects

#: From so many on, objects are worth columns.
MANY = 64


class Table(Mapping[Key, Attributes]):
    """Objects by their keys. ``keys_by_part`` has a column for each part of the key, ``columns`` one an attribute.

    All columns are of one length, which is not 0, and nobody changes them.
    """

    def __init__(self, keys_by_part: Sequence[Sequence[Any]], columns: Mapping[str, Sequence[Any]]) -> None:
        self.keys_by_part = keys_by_part
        self.columns = columns
        self._made: Optional[Dict[Key, Attributes]] = None

    def has_distinct_keys(self) -> bool:
        """Whether no key is there twice. Mostly one part alone tells all of them apart."""
        size = len(self)
        return any(len(set(part)) == size for part in self.keys_by_part) or len(set(zip(*self.keys_by_part))) == size

    def part(self, some: slice) -> Table:
        """Some of them, which for all of them is this very table."""
        if some.start == 0 and some.stop >= len(self):
            return self
        return Table(
            [part[some] for part in self.keys_by_part], {name: column[some] for name, column in self.columns.items()}
        )

    def rows(self, places: Sequence[int]) -> Table:
        """Those at some places."""
        return Table(
            [[part[place] for place in places] for part in self.keys_by_part],
            {name: [column[place] for place in places] for name, column in self.columns.items()},
        )

    def by_key(self) -> Dict[Key, Attributes]:
        """The mapping that this is. It is kept, and nobody changes it."""
        if self._made is None:
            self._made = dict(zip(zip(*self.keys_by_part), _rows(self.columns, len(self))))
        return self._made

    def __len__(self) -> int:
        return len(self.keys_by_part[0])

    def __iter__(self) -> Iterator[Key]:
        return iter(self.by_key())

    def __getitem__(self, key: Key) -> Attributes:
        return self.by_key()[key]

    def keys(self) -> KeysView[Key]:
        return self.by_key().keys()

    def values(self) -> ValuesView[Attributes]:
        return self.by_key().values()

    def items(self) -> ItemsView[Key, Attributes]:
        return self.by_key().items()


def columns_of(objects: Sequence[Mapping[str, Any]]) -> Optional[Dict[str, List[Any]]]:
    """The columns of objects that all have the same attributes, in the order of the first one's; else None."""
    names = tuple(objects[0]) if objects else ()
    if not set(map(len, objects)) <= {len(names)}:
        return None
    try:
        return {name: list(map(itemgetter(name), objects)) for name in names}
    except KeyError:
        return None


def are_many(objects: Sized) -> bool:
    """Whether it is worth the while to make columns of objects."""
    return len(objects) >= MANY


def by_shape(objects: Sequence[Mapping[str, Any]]) -> Dict[Tuple[str, ...], List[int]]:
    """The places of objects by the attributes that they have."""
    places: Dict[Tuple[str, ...], List[int]] = {}
    for place, each in enumerate(objects):
        places.setdefault(tuple(each), []).append(place)
    return places


def tables(keys: Sequence[Key], objects: Sequence[Mapping[str, Any]]) -> Iterator[Tuple[Sequence[int], Table]]:
    """Tables of those objects that have the same attributes, and the places that they have here."""
    whole = columns_of(objects)
    if whole is not None:
        yield range(len(objects)), Table(list(zip(*keys)), whole)
        return
    for places in by_shape(objects).values():
        some = columns_of([objects[place] for place in places]) or {}
        yield places, Table(list(zip(*[keys[place] for place in places])), some)


def as_tables(objects: Objects) -> List[Table]:
    """The same objects as tables, those with the same attributes in one."""
    if isinstance(objects, Table):
        return [objects]
    return [table for _places, table in tables(list(objects), list(objects.values()))]


def by_key(objects: Objects) -> Objects:
    """The same objects, as what is quickest to go through one by one."""
    return objects.by_key() if isinstance(objects, Table) else objects


def parts_of_keys(objects: Objects, place: int) -> Sequence[Any]:
    """What all keys have at a place, in order."""
    return objects.keys_by_part[place] if isinstance(objects, Table) else [key[place] for key in objects]


def _rows(columns: Mapping[str, Sequence[Any]], size: int) -> List[Attributes]:
    """An object for each row, its attributes in the order they were given in.

    Most columns say the same of all rows: only what varies is gone through.
    """
    rows = list(map(dict.copy, repeat({name: column[0] for name, column in columns.items()}, size)))
    for name, column in columns.items():
        if column.count(column[0]) != size:
            for row, value in zip(rows, column):
                row[name] = value
    return rows
