# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All changes of a run, of which those that add many objects are made when they are asked for."""

from __future__ import annotations

from functools import partial
from itertools import chain, repeat
from typing import Any, Collection, Iterable, Iterator, List, Sequence, Union, overload

from .change import Change
from .table import Table

#: ``Change`` of a tuple of all it has, without a call into Python.
_CHANGE = partial(tuple.__new__, Change)


class Additions(Sequence[Change]):
    """A change for each object of a table, of which there is none yet."""

    def __init__(self, section: str, objects: Table) -> None:
        self.section = section
        self.objects = objects

    def __len__(self) -> int:
        return len(self.objects)

    def __iter__(self) -> Iterator[Change]:
        objects = self.objects.by_key()
        return map(_CHANGE, zip(repeat(self.section), objects, repeat(None), objects.values(), repeat(False)))

    @overload
    def __getitem__(self, place: int) -> Change: ...

    @overload
    def __getitem__(self, place: slice) -> Additions: ...

    def __getitem__(self, place: Union[int, slice]) -> Union[Change, Additions]:
        if isinstance(place, slice):
            return Additions(self.section, self.objects.part(place))
        key = tuple([part[place] for part in self.objects.keys_by_part])
        return Change(self.section, key, None, self.objects[key])


class Changes(Sequence[Change]):
    """``parts`` one behind the other."""

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self.parts: List[Sequence[Change]] = []
        self.extend(changes)

    def append(self, change: Change) -> None:
        """Add one."""
        self.extend([change])

    def extend(self, changes: Iterable[Change]) -> None:
        """Add some."""
        if isinstance(changes, Changes):
            self.parts += changes.parts
        elif isinstance(changes, Additions):
            self.parts.append(changes)
        elif self.parts and isinstance(self.parts[-1], list):
            self.parts[-1].extend(changes)
        else:
            some = list(changes)
            self.parts += [some] if some else []

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[Change]:
        return chain.from_iterable(self.parts)

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return repr(list(self))


def changed_parts(changes: Sequence[Change], place: int) -> Sequence[Any]:
    """What the keys of all changed objects have at a place, in order."""
    if isinstance(changes, Additions):
        return changes.objects.keys_by_part[place]
    return [change.key[place] for change in changes]


def one_by_one(changes: Sequence[Change], tables_of: Collection[str] = ()) -> Iterator[Change]:
    """All but those that add tables, unless to one of the sections ``tables_of``.

    Where a table is added, nothing of its section was there before.
    """
    parts = changes.parts if isinstance(changes, Changes) else [changes]
    return chain.from_iterable(part for part in parts if not isinstance(part, Additions) or part.section in tables_of)
