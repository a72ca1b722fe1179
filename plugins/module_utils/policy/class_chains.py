# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a class: one for each of its allows, which lets a packet go on, and at the end DROP."""

from __future__ import annotations

from hashlib import sha256
from typing import Iterable, Iterator, List, Mapping, Sequence, Tuple

from .chains import Direction
from .table import HASH_IP_PORT, AddressSet, Allow

#: What one rule of multiport can hold (XT_MULTI_PORTS); a range takes two.
_SLOTS = 15
#: XT_MAX_COMMENT_LEN less one.
_COMMENT = 255


def name(direction: Direction, rules: Sequence[str]) -> str:
    """Of the chain with these rules: another one says something else."""
    return direction.prefix + sha256("\n".join(rules).encode()).hexdigest()[:16]


def rules(direction: Direction, allows: Iterable[Allow], sets: Mapping[str, AddressSet]) -> List[str]:
    """Those of a class that policy isolates."""
    return [rule for allow in allows for rule in _allowing(direction, allow, sets)] + ["-j DROP"]


def _allowing(direction: Direction, allow: Allow, sets: Mapping[str, AddressSet]) -> Iterator[str]:
    words = []
    if allow.peers is not None:
        both = sets[allow.peers].type == HASH_IP_PORT
        words.append("-m set --match-set %s %s%s" % (allow.peers, direction.peer, ",dst" if both else ""))
    if allow.policies:
        words.append('-m comment --comment "%s"' % _comment(allow.policies))
    words.append("-j RETURN")
    for start in _starts(allow):
        yield " ".join([*start, *words])


def _starts(allow: Allow) -> List[List[str]]:
    """What rules say of protocol and ports; several rules where these are many."""
    if allow.protocol is None:
        return [[]]
    protocol = allow.protocol.lower()
    if not allow.ports:
        return [["-p " + protocol]]
    if len(allow.ports) == 1:
        return [["-p %s -m %s --dport %s" % (protocol, protocol, _range(allow.ports[0]))]]
    return [["-p %s -m multiport --dports %s" % (protocol, ",".join(each))] for each in _portions(allow.ports)]


def _portions(ports: Iterable[Tuple[int, int]]) -> List[List[str]]:
    portions: List[List[str]] = [[]]
    taken = 0
    for each in ports:
        slots = 1 if each[0] == each[1] else 2
        if taken + slots > _SLOTS:
            portions.append([])
            taken = 0
        portions[-1].append(_range(each))
        taken += slots
    return portions


def _range(ports: Tuple[int, int]) -> str:
    first, last = ports
    return "%d" % first if first == last else "%d:%d" % ports


def _comment(titles: Sequence[str]) -> str:
    """As many as there is room for, and how many more there are."""
    for count in range(len(titles), 0, -1):
        rest = len(titles) - count
        words = ", ".join(titles[:count]) + (" and %d more" % rest if rest else "")
        if len(words) <= _COMMENT:
            return words
    return titles[0][:_COMMENT]
