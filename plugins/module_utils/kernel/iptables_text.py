# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of ``iptables-save`` and ``iptables-restore``: read it, write it, read its complaints. Pure text."""

from __future__ import annotations

import re
import shlex
from typing import Dict, Iterable, List, NamedTuple, Sequence

_REFERENCED_SETS = re.compile(r"--(?:match|add|del|map)-set\s+(\S+)")
_JUMP = re.compile(r"(?:^|\s)(?:-j|-g|--jump|--goto)\s+(\S+)")
#: Text that is the operator's, and may read like anything: ``--comment "was -j PODNET-FORWARD once"``.
_TEXT = re.compile(r"--(?:comment|log-prefix|nflog-prefix|string|hex-string)\s+(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S+)")
_LINE_NUMBER = re.compile(r"\bline:? (\d+)")
_SPEAKER = re.compile(r"^(?:ip6?tables\S*|xtables\S*)(?: v[\d.]+)?(?: \([^)]*\))?: ?")
_NOISE = re.compile(r"^(?:# Warning: |Error occurred at line: |Try `)")
_COMMIT_LINE = re.compile(r"^line \d+: ")


class Table(NamedTuple):
    """One table as ``iptables-save`` lists it: chain to its rules (as after ``-A CHAIN``) in order, and the policies of
    the built-in chains.
    """

    chains: Dict[str, List[str]]
    builtin: Dict[str, str]


def parse(listing: str) -> Dict[str, Table]:
    """Read the output of ``iptables-save``: each table that it lists, by name."""
    tables: Dict[str, Table] = {}
    table = Table({}, {})
    for line in listing.splitlines():
        if line.startswith("*"):
            table = tables.setdefault(line[1:].strip(), Table({}, {}))
        elif line.startswith(":"):
            name, policy = line[1:].split()[:2]
            table.chains[name] = []
            if policy != "-":
                table.builtin[name] = policy
        elif line.startswith("-A "):
            _add, name, rule = (line + " ").split(" ", 2)
            table.chains[name].append(rule.strip())
    return tables


def targets(rule: str) -> List[str]:
    """Where the rule jumps or goes to (at most one in a valid rule)."""
    return _JUMP.findall(_TEXT.sub("", rule))


def referenced_sets(rules: Iterable[str]) -> List[str]:
    """The names of the ipsets that the rules speak of, each once."""
    return sorted({name for rule in rules for name in _REFERENCED_SETS.findall(_TEXT.sub("", rule))})


def same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two lists of rules are equal word for word, however the words are quoted."""
    return len(one) == len(other) and all(a == b or _words(a) == _words(b) for a, b in zip(one, other))


def _words(rule: str) -> List[str]:
    try:
        return shlex.split(rule)
    except ValueError:  # an unbalanced quote: iptables will say so
        return [rule]


def complaint(stderr: str) -> str:
    """The reason in what iptables wrote, without its name, version, warnings and advice."""
    lines = [line for line in stderr.splitlines() if not _NOISE.match(line)]
    words = [_COMMIT_LINE.sub("", _SPEAKER.sub("", line)).strip() for line in lines]
    return " ".join(word for word in words if word) or stderr.strip()


def complaint_line(stderr: str) -> int:
    """The number of the input line it complains of, from 1; 0 where it names none."""
    found = _LINE_NUMBER.search(stderr)
    return int(found.group(1)) if found else 0
