# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in a configuration: put in where they are needed, and out of everything that is shown.

A text has a placeholder such as ``@password@`` where a secret belongs.
"""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, Set, Tuple

from .errors import FrrError
from .text import Line, lines

PLACEHOLDER = re.compile(r"@[a-z0-9_]+@")
HIDDEN = "********"
#: What FRR takes for the password of a TCP session.
_LONGEST = 80
#: Where FRR shows values in the clear, whoever wrote them. Each is one word, however far off it stands.
_SHOWN = re.compile(
    (
        r"\b((?:message-digest-key \d+ md5|hash-algo \S+ key|key-string|authentication string|authentication-key"
        r"|nhrp authentication|tcp-md5-auth|password(?: clear| md5| 8)?) )(\S+)"
    ).replace(" ", r"[ \t]+")
)
_PASSWORD = re.compile(r"neighbor (\S+) password (.*)")


class Secrets:
    """``values`` are by placeholder. Raises FrrError for what FRR could not take, without saying it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        for placeholder, value in values.items():
            if not PLACEHOLDER.fullmatch(placeholder):
                raise FrrError("secrets: %s is no placeholder; write such as @password@" % placeholder)
            if not isinstance(value, str):
                raise FrrError("secrets: the value for %s is no text: put it in quotes" % placeholder)
            if not (value.isascii() and value.isprintable() and " " not in value and 0 < len(value) <= _LONGEST):
                way_out = "give 1 to %d ASCII characters without spaces" % _LONGEST
                raise FrrError("secrets: the value for %s is not one that FRR can take: %s" % (placeholder, way_out))
        self._values = dict(values)

    def filled_in(self, template: str) -> str:
        """The text with the secrets. Raises FrrError where one is missing."""
        for placeholder in sorted(set(PLACEHOLDER.findall(template)) - set(self._values)):
            raise FrrError("secrets: there is none for %s, which content has" % placeholder)
        return PLACEHOLDER.sub(lambda match: self._values[match.group()], template)

    def hidden(self, text: str) -> str:
        """With placeholders instead of these secrets, and with asterisks instead of any others."""
        for placeholder, value in self._values.items():
            text = re.sub(r"(?<!\S)%s(?!\S)" % re.escape(value), placeholder, text)
        return _SHOWN.sub(lambda match: match.group(1) + _shown(match.group(2)), text)


def _shown(word: str) -> str:
    return word if PLACEHOLDER.fullmatch(word) else HIDDEN


def ours(template: str, text: str) -> Set[Line]:
    """Which of the text's lines are those of ``template``, whatever the secrets in them are."""
    wanted = lines(template)
    plain = set(wanted)
    patterns = [_pattern(line) for line in wanted if PLACEHOLDER.search(line.text)]
    return {line for line in lines(text) if line in plain or any(each.fullmatch(str(line)) for each in patterns)}


def _pattern(line: Line) -> re.Pattern[str]:
    return re.compile(PLACEHOLDER.sub(r"\\S+", re.escape(str(line))))


def settled(running: str, wanted: str) -> str:
    """The commands by which ``running`` gets the passwords of BGP neighbors that ``wanted`` has.

    To be given to vtysh in a file before frr-reload looks: that takes a line away by calling vtysh with the whole of
    it, and everybody on the host sees a program's arguments.
    """
    present, target = _passwords(running), _passwords(wanted)
    commands: List[str] = []
    for (context, neighbor), password in present.items():
        new = target.get((context, neighbor))
        if new != password:
            change = "neighbor %s password %s" % (neighbor, new) if new else "no neighbor %s password" % neighbor
            commands += [*context, change, "end"]
    return "".join(command + "\n" for command in commands)


def _passwords(text: str) -> Dict[Tuple[Tuple[str, ...], str], str]:
    found = {}
    for line in lines(text):
        match = _PASSWORD.fullmatch(line.text)
        if match:
            found[line.context, match.group(1)] = match.group(2)
    return found
