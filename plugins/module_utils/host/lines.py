# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of objects as JSON with one object a line, so that people can read and compare it."""

from __future__ import annotations

import json
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

# JSON has no NUL within a string, so that one can stand for each comma at first, and the text be divided there.
_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=("\0", ": ")).encode
#: Types of which equal values have the same text.
_SCALARS = frozenset({str, int, bool, type(None)})


def one_a_line(objects: Sequence[Dict[str, Any]]) -> str:
    """The list's text without its brackets."""
    shapes = set(map(tuple, objects))
    lines = _table(shapes.pop(), objects) if len(shapes) == 1 and all(shapes) else None
    if lines is None:
        lines = _ENCODE(objects)[1:-1].replace("}\0{", "},\n  {").replace("\0", ", ")
    return "\n  " + lines if objects else ""


def _table(names: Tuple[str, ...], objects: Sequence[Dict[str, Any]]) -> Optional[str]:
    """The lines of objects that have the same attributes, encoded column by column; None where one has a list or so.

    What is the same in all of them is encoded once.
    """
    parts: List[Iterable[str]] = []
    text = "{"
    for name in names:
        column = list(map(itemgetter(name), objects))
        types = set(map(type, column))
        if not types <= _SCALARS:
            return None
        text += _ENCODE(name) + ": "
        if len(types) == 1 and column.count(column[0]) == len(column):
            text += _ENCODE(column[0])
        elif types == {str} and _is_plain("".join(column)):
            parts += [repeat(text + '"'), column]
            text = '"'
        else:
            parts += [repeat(text), _ENCODE(column)[1:-1].split("\0")]
            text = ""
        text += ", "
    parts.append([text[:-2] + "},\n  "] * len(objects))
    return "".join(chain.from_iterable(zip(*parts)))[: -len(",\n  ")]


def _is_plain(text: str) -> bool:
    """Whether JSON has the text as it is, but for the quotes around it."""
    return len(_ENCODE(text)) == len(text) + 2
