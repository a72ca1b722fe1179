# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of objects as JSON with one object a line, so that people can read and compare it."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Sequence

from ..state.table import columns_of

# JSON has no NUL within a string, so that one can stand for each comma at first, and the text be divided there.
_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=("\0", ": ")).encode
#: Types of which equal values have the same text.
_SCALARS = frozenset({str, int, bool, type(None)})


def one_a_line(objects: Sequence[Dict[str, Any]]) -> str:
    """The list's text without its brackets."""
    table = columns_of(objects)
    lines = _table(table, len(objects)) if table else None
    if lines is None:
        lines = _ENCODE(objects)[1:-1].replace("}\0{", "},\n  {").replace("\0", ", ")
    return "\n  " + lines if objects else ""


def _table(table: Dict[str, List[Any]], size: int) -> Optional[str]:
    """The lines of objects that have the same attributes, encoded column by column; None where one has a list or so.

    What is the same in all of them is encoded once.
    """
    parts: List[List[str]] = []
    text = "{"
    for name, column in table.items():
        types = set(map(type, column))
        if not types <= _SCALARS:
            return None
        text += _ENCODE(name) + ": "
        if len(types) == 1 and column.count(column[0]) == size:
            text += _ENCODE(column[0])
        elif types == {str} and _is_plain("".join(column)):
            parts += [[text + '"'] * size, column]
            text = '"'
        else:
            parts += [[text] * size, _ENCODE(column)[1:-1].split("\0")]
            text = ""
        text += ", "
    parts.append([text[:-2] + "},\n  "] * size)
    parts[-1][-1] = text[:-2] + "}"
    texts = [""] * (size * len(parts))
    for place, part in enumerate(parts):
        texts[place :: len(parts)] = part
    return "".join(texts)


def _is_plain(text: str) -> bool:
    """Whether JSON has the text as it is, but for the quotes around it."""
    return len(_ENCODE(text)) == len(text) + 2
