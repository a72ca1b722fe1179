# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FRR's configuration as text: which lines there are, in which context, and a text without some of them."""

from __future__ import annotations

import re
from typing import AbstractSet, Iterator, List, NamedTuple, Optional, Set, Tuple

_COMMENTS = ("!", "#")
#: They end a context and say nothing.
_ENDS = re.compile(r"(end|exit|exit-[a-z-]+)$")
#: What FRR writes into any configuration, and the package's own.
_DEFAULT = re.compile(
    r"(frr (version|defaults) .*|hostname .*|domainname .*|(no )?service integrated-vtysh-config"
    r"|log syslog( informational)?|(no )?ip(v6)? forwarding)$"
)


class Line(NamedTuple):
    """One command, its words parted by single spaces, and those that it stands below, the outermost first."""

    context: Tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return " / ".join((*self.context, self.text))


class _Place(NamedTuple):
    """A line of the text as it is. ``line`` is None for comments and ends; an end knows what it is the end of."""

    raw: str
    line: Optional[Line]
    ended: Optional[Line] = None


def lines(text: str) -> List[Line]:
    """All commands in their order.

    What is indented more belongs to what is before it, as ``show running-config`` and files that FRR wrote have it.
    """
    return [place.line for place in _places(text) if place.line]


def is_default(line: Line) -> bool:
    """Whether it is in the configuration of an FRR that nobody has told anything."""
    return not line.context and bool(_DEFAULT.match(line.text))


def without(text: str, unwanted: AbstractSet[Line]) -> str:
    """The text without these commands, and without the contexts among them that have become empty."""
    places = _places(text)
    needed: Set[Line] = set()
    for place in places:
        if place.line and place.line not in unwanted:
            context = place.line.context
            needed |= {Line(context[:depth], context[depth]) for depth in range(len(context))}
    gone = unwanted - needed
    return "".join(place.raw for place in places if place.line not in gone and place.ended not in gone)


def _places(text: str) -> List[_Place]:
    return list(_parsed(text))


def _parsed(text: str) -> Iterator[_Place]:
    open_contexts: List[Tuple[int, Line]] = []
    for raw in text.splitlines(keepends=True):
        words = " ".join(raw.split())
        depth = len(raw) - len(raw.lstrip())
        if not words or words.startswith(_COMMENTS):
            yield _Place(raw, None)
        elif _ENDS.match(words):
            ended = next((line for at, line in reversed(open_contexts) if at == depth), None)
            yield _Place(raw, None, ended)
        else:
            open_contexts = [(at, line) for at, line in open_contexts if at < depth]
            found = Line(tuple(line.text for _at, line in open_contexts), words)
            open_contexts.append((depth, found))
            yield _Place(raw, found)
