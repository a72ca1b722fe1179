# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a document is refused: all reasons at once, each with its place and value."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Sequence

#: More lines than this help nobody; the rest is counted.
SHOWN = 20


class Problem(NamedTuple):
    """``path`` is where in the document (``routes[3].gateway``), ``reason`` says what is wrong with ``value``."""

    path: str
    value: Any
    reason: str

    def __str__(self) -> str:
        return "%s: %r %s" % (self.path, self.value, self.reason)


class DocumentError(ValueError):
    """The document is no valid description of a state. Nothing was read or changed because of it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("the document is not valid:\n" + "\n".join(shortened([str(each) for each in problems])))


def shortened(lines: Sequence[str], shown: int = SHOWN) -> List[str]:
    """The first ``shown`` lines, indented, and how many more there are."""
    kept = ["  " + line for line in lines[:shown]]
    if len(lines) > shown:
        kept.append("  … and %d more" % (len(lines) - shown))
    return kept
