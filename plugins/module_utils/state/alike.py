# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The normal form of a section whose objects are alike, column by column.

Objects that declare the same attributes are a table. Its columns are brought to their normal form as wholes, and what a
section's ``complete`` has to say is asked of one object for all that differ only in what it does not look at. That is
ten times faster than object by object, and finds out nothing but that all is well: ``document`` takes the other way for
a section with anything wrong or unusual in it.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from . import columns
from .change import Attributes, Objects
from .nesting import flat
from .rows import Section
from .table import Table, are_many, by_shape, columns_of

_Shape = Tuple[str, ...]
_Columns = Dict[str, List[Any]]


def objects(section: Section, items: Sequence[Any]) -> Optional[Objects]:
    """The objects in normal form, in order, or None where they have to be looked at one by one."""
    if not items or section.kinds is not None or set(map(type, items)) != {dict}:
        return None
    tables = _tables(items)
    if any(name in shape for shape in tables for name in section.nested):
        items = [flat(section, item) for item in items]
        tables = _tables(items)
    try:
        normal = {shape: _normal(section, raw) for shape, raw in tables.items()}
    except columns.UNUSUAL + (KeyError,):
        return None
    if len(normal) == 1:
        (alone,) = normal.values()
        if not alone.has_distinct_keys():
            return None
        return alone if are_many(alone) else alone.by_key()
    if not all(table.has_distinct_keys() for table in normal.values()):
        return None
    rest = {shape: iter(table.items()) for shape, table in normal.items()}
    found = dict(next(rest[tuple(item)]) for item in items)
    return found if len(found) == len(items) else None


def _tables(items: Sequence[Any]) -> Dict[_Shape, _Columns]:
    """The objects by the attributes that they declare, column by column."""
    whole = columns_of(items)
    if whole is not None:
        return {tuple(whole): whole}
    return {shape: columns_of([items[place] for place in places]) or {} for shape, places in by_shape(items).items()}


def _normal(section: Section, raw: _Columns) -> Table:
    """The normal form of objects of one shape. Raises what a column may raise, or KeyError."""
    if not raw or not set(section.required) <= raw.keys():
        raise KeyError
    table = {name: columns.normal(section.attributes[name].normalise, column) for name, column in raw.items()}
    if section.complete is not Section._field_defaults["complete"]:
        table.update(_completion(section, table, len(next(iter(raw.values())))))
    return Table([table.pop(part) for part in section.key], table)


def _completion(section: Section, table: Mapping[str, List[Any]], size: int) -> _Columns:
    """The columns that ``complete`` adds. Raises ``ValueError`` where it finds fault, or changes or removes a value."""
    seen = [list(section.seen.get(name, iter)(column)) for name, column in table.items()]
    varying = [column for column in seen if len(set(column)) > 1]
    sights = list(zip(*varying)) if varying else [()]
    added: Dict[Tuple[Any, ...], Attributes] = {}
    for sight, position in dict(zip(sights, range(size))).items():
        declared = {name: column[position] for name, column in table.items()}
        whole = dict(declared)
        section.complete(whole)
        added[sight] = {name: whole.pop(name) for name in whole.keys() - declared.keys()}
        if whole != declared:
            raise ValueError
    names = set(chain.from_iterable(added.values()))
    if len(added) == 1:
        return {name: [added[sights[0]][name]] * size for name in names}
    return {name: [added[sight][name] for sight in sights] for name in names}
