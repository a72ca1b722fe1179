# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The allows of a class: the terms of all its policies, merged where they say the same."""

from __future__ import annotations

from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from .model import PodPort
from .table import AddressSet, Allow
from .terms import Range, Term


class _Merged:
    """What is allowed of one protocol with the same peers."""

    def __init__(self) -> None:
        self.every = False
        self.ranges: List[Range] = []
        self.policies: Dict[str, None] = {}


def allows(
    said: Iterable[Tuple[str, Term]], ports: Sequence[PodPort], sets: Dict[str, AddressSet]
) -> Tuple[Allow, ...]:
    """What the titled terms come to, in their order, for pods with these named ports.

    The sets that it speaks of are put into ``sets``.
    Of terms that have the same peers and protocol the ports are united. Else none goes into another, be it without
    restriction, so that each policy stays to be seen.
    """
    merged: Dict[Tuple[Optional[str], Optional[str]], _Merged] = {}
    for title, term in said:
        ranges = _ranges(term, ports)
        if ranges is None:
            continue
        address_set = term.peers() if term.peers else None
        if term.peers and address_set is None:
            continue
        name = address_set.name if address_set else None
        if address_set:
            sets[address_set.name] = address_set
        into = merged.setdefault((term.protocol, name), _Merged())
        into.every = into.every or not ranges
        into.ranges += ranges
        into.policies[title] = None
    return tuple(
        Allow(protocol, () if into.every else united(into.ranges), name, tuple(into.policies))
        for (protocol, name), into in merged.items()
    )


def _ranges(term: Term, ports: Sequence[PodPort]) -> Optional[List[Range]]:
    """The term's ports, all if there are none; None where it speaks only of names that the pods do not have."""
    if not term.names:
        return list(term.ranges)
    named = [(each.port, each.port) for each in ports if each.protocol == term.protocol and each.name in term.names]
    return [*term.ranges, *named] or None


def united(ranges: Iterable[Range]) -> Tuple[Range, ...]:
    """The same ports in as few ranges as there can be, in order."""
    found: List[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)
