# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The allows of a class: the terms of all its policies, merged where they say the same."""

from __future__ import annotations

from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .model import PodPort
from .table import AddressSet, Allow
from .terms import Peers, Range, Term


class _Said(NamedTuple):
    """A policy's term, with the ports that it means for the pods of the class; none are all."""

    policy: str
    protocol: Optional[str]
    ranges: Tuple[Range, ...]
    peers: Optional[Peers]


class _Merged:
    """What is allowed of one protocol with the same peers."""

    def __init__(self) -> None:
        self.every = False
        self.ranges: List[Range] = []
        self.policies: Dict[str, None] = {}


class Allowing:
    """What the titled terms allow pods that have these ports. It is worked out again only where a set has changed."""

    def __init__(self, terms: Iterable[Tuple[str, Term]], ports: Sequence[PodPort]) -> None:
        self._said = list(_resolved(terms, ports))
        self._peers = list({id(each.peers): each.peers for each in self._said if each.peers}.values())
        self._sets: Optional[List[Optional[AddressSet]]] = None
        self._allows: Tuple[Allow, ...] = ()

    def allows(self, sets: Dict[str, AddressSet]) -> Tuple[Allow, ...]:
        """The allows as sets are now. Those sets that they speak of are put into ``sets``.

        Of terms that have the same peers and protocol the ports are united. Else none goes into another, be it without
        restriction, so that each policy stays to be seen. The order is the policies'.
        """
        current = [peers.current() for peers in self._peers]
        if self._sets is None or any(one is not other for one, other in zip(current, self._sets)):
            self._sets, self._allows = current, self._merged()
        sets.update((each.name, each) for each in current if each)
        return self._allows

    def _merged(self) -> Tuple[Allow, ...]:
        merged: Dict[Tuple[Optional[str], Optional[str]], _Merged] = {}
        for said in self._said:
            address_set = said.peers.current() if said.peers else None
            if said.peers and address_set is None:
                continue
            into = merged.setdefault((said.protocol, address_set.name if address_set else None), _Merged())
            into.every = into.every or not said.ranges
            into.ranges.extend(said.ranges)
            into.policies[said.policy] = None
        return tuple(
            Allow(protocol, () if into.every else united(into.ranges), name, tuple(into.policies))
            for (protocol, name), into in merged.items()
        )


def _resolved(terms: Iterable[Tuple[str, Term]], ports: Sequence[PodPort]) -> Iterator[_Said]:
    """Terms with numbers for names; those that speak only of names which the pods do not have say nothing."""
    for title, term in terms:
        named = {(each.port, each.port) for each in ports if each.protocol == term.protocol and each.name in term.names}
        if named or term.ranges or not term.names:
            yield _Said(title, term.protocol, (*term.ranges, *named), term.peers)


def united(ranges: Iterable[Range]) -> Tuple[Range, ...]:
    """The same ports in as few ranges as there can be, in order."""
    found: List[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)
