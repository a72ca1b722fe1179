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

from itertools import chain, repeat
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from . import columns
from .change import Attributes, Key
from .nesting import flat
from .rows import Section

_Shape = Tuple[str, ...]
_Columns = Dict[str, List[Any]]


def objects(section: Section, items: Sequence[Any]) -> Optional[Dict[Key, Attributes]]:
    """The objects in normal form, in order, or None where they have to be looked at one by one."""
    if section.kinds is not None or not set(map(type, items)) <= {dict}:
        return None
    tables = _tables(items)
    if any(name in shape for shape in tables for name in section.nested):
        items = [flat(section, item) for item in items]
        tables = _tables(items)
    try:
        halves = [_halves(section, shape, rows) for shape, rows in tables.items()]
    except columns.UNUSUAL + (KeyError,):
        return None
    found: Dict[Key, Attributes]
    if len(halves) == 1:
        found = dict(zip(*halves[0]))
    else:
        by_shape = {shape: iter(list(zip(*half))) for shape, half in zip(tables, halves)}
        found = dict(next(by_shape[tuple(item)]) for item in items)
    return found if len(found) == len(items) else None


def _tables(items: Sequence[Any]) -> Dict[_Shape, List[Any]]:
    """The objects by the attributes that they declare."""
    shapes = set(map(tuple, items))
    if len(shapes) == 1:
        return {shapes.pop(): list(items)}
    tables: Dict[_Shape, List[Any]] = {}
    for item in items:
        tables.setdefault(tuple(item), []).append(item)
    return tables


def _halves(section: Section, shape: _Shape, rows: List[Any]) -> Tuple[List[Key], List[Attributes]]:
    """The keys, and the attributes without them. Raises what a column may raise, or KeyError."""
    if not set(section.required) <= set(shape):
        raise KeyError
    table = {
        name: columns.normal(section.attributes[name].normalise, list(column))
        for name, column in zip(shape, zip(*map(dict.values, rows)))
    }
    if section.complete is not Section._field_defaults["complete"]:
        table.update(_completion(section, table, len(rows)))
    keys: List[Key] = list(zip(*[table.pop(part) for part in section.key]))
    return keys, _rows(table, len(rows))


def _rows(table: _Columns, size: int) -> List[Attributes]:
    """An object for each row, its attributes in the order they were given in.

    Most columns say the same of all rows: only what varies is gone through.
    """
    same = {name: column[0] for name, column in table.items() if len(set(column)) == 1}
    varying = [name for name in table if name not in same]
    if not varying:
        return [dict(same) for _row in range(size)]
    if len(varying) == 1:
        (name,) = varying
        place = list(table).index(name)
        before, after = dict(list(same.items())[:place]), dict(list(same.items())[place:])
        return [{**before, name: value, **after} for value in table[name]]
    return list(map(dict, map(zip, repeat(tuple(table)), zip(*table.values()))))


def _completion(section: Section, table: Mapping[str, List[Any]], size: int) -> _Columns:
    """The columns that ``complete`` adds. Raises ``ValueError`` where it finds fault, or changes or removes a value."""
    seen = [list(section.seen.get(name, iter)(column)) for name, column in table.items()]
    varying = [column for column in seen if len(set(column)) > 1]
    sights = list(zip(*varying)) if varying else [()] * size
    added: Dict[Tuple[Any, ...], Attributes] = {}
    for sight, position in dict(zip(sights, range(size))).items():
        declared = {name: column[position] for name, column in table.items()}
        whole = dict(declared)
        section.complete(whole)
        added[sight] = {name: whole.pop(name) for name in whole.keys() - declared.keys()}
        if whole != declared:
            raise ValueError
    names = set(chain.from_iterable(added.values()))
    return {name: [added[sight][name] for sight in sights] for name in names}
