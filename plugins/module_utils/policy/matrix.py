# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pod may open a connection to which: the verdicts on all pairs of pods, for one protocol and port.

Pods that no policy can tell apart are one class here, and a rule is asked of each class instead of each pair. Sets of
classes are numbers, with a bit for each class.
"""

from __future__ import annotations

from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .blocks import hold
from .cluster import Cluster, rules
from .kinds import Kind
from .meaning import means_peer, means_port
from .members import family_of
from .model import EGRESS, INGRESS, Block, Pod, PodPort, Policy, Rule
from .question import End, GivenPort, Traffic, title, traffic_to

#: What makes pods of one class: their kind, their named ports, and the blocks (by number) that their address is in.
_Key = Tuple[Kind, Tuple[PodPort, ...], Tuple[bool, ...]]


class Matrix(NamedTuple):
    """Pods are ``namespace/name``, in order of namespace and name."""

    pods: Tuple[str, ...]
    classes: Tuple[int, ...]  # of each pod
    reached: Tuple[int, ...]  # by each class: the bits of classes

    def pairs(self) -> Iterator[Tuple[str, str, bool]]:
        """Source, destination and whether the one reaches the other, for all pairs but those of a pod and itself."""
        for source, own in zip(self.pods, self.classes):
            reached = self.reached[own]
            for destination, other in zip(self.pods, self.classes):
                if source != destination:
                    yield source, destination, bool(reached >> other & 1)


class _Class(NamedTuple):
    """One pod for all of its class, and what would be sent to it; None where it has no port of that name."""

    pod: Pod
    end: End
    traffic: Optional[Traffic]


class _Means(NamedTuple):
    """The classes that one rule means."""

    peers: int
    ports: int  # as destinations, by number or name


def matrix(cluster: Cluster, protocol: Optional[str], port: GivenPort = None, family: int = 4) -> Matrix:
    """The verdicts for all pods that have an address of the family; see ``verdict`` for protocol and port.

    A pod that has no port of the name that is asked for is reached by none. Raises ``Unanswerable``.
    """
    titles: List[str] = []
    numbers: List[int] = []
    classes: List[_Class] = []
    known: Dict[_Key, int] = {}
    blocks = _blocks(cluster)
    for pod, kind in sorted(cluster.pods, key=lambda each: (each[0].namespace, each[0].name)):
        end = _end(pod, family)
        if end is None:
            continue
        key = kind, pod.ports, tuple(hold(each, end.address) for each in blocks)
        if key not in known:
            known[key] = len(classes)
            classes.append(_Class(pod, end, traffic_to(pod, protocol, port)))
        titles.append(title(pod))
        numbers.append(known[key])
    return Matrix(tuple(titles), tuple(numbers), _Reach(cluster, classes).of_all())


def _blocks(cluster: Cluster) -> List[Tuple[Block, ...]]:
    """The blocks of each rule that has some, but the same ones once only."""
    found = {
        tuple(peer for peer in rule.peers if isinstance(peer, Block))
        for policy in cluster.policies
        for rule in (*(policy.ingress or ()), *(policy.egress or ()))
    }
    return [each for each in found if each]


def _end(pod: Pod, family: int) -> Optional[End]:
    return next((End(pod, address) for address in pod.addresses if family_of(address) == family), None)


class _Reach:
    """Which classes reach which."""

    def __init__(self, cluster: Cluster, classes: Sequence[_Class]) -> None:
        self._cluster = cluster
        self._classes = classes
        self._known: Dict[Tuple[str, str], List[_Means]] = {}

    def of_all(self) -> Tuple[int, ...]:
        """By each class: those that its policies let it reach, and whose policies let it in."""
        sources = [self._sources(number, each) for number, each in enumerate(self._classes)]
        return tuple(
            self._destinations(each) & _bits(let_in >> number & 1 for let_in in sources)
            for number, each in enumerate(self._classes)
        )

    def _sources(self, number: int, own: _Class) -> int:
        if own.traffic is None:
            return 0
        isolating = self._cluster.isolating(own.pod, INGRESS)
        found = 0 if isolating else -1
        for means in self._meant(isolating, INGRESS):
            if means.ports >> number & 1:
                found |= means.peers
        return found

    def _destinations(self, own: _Class) -> int:
        isolating = self._cluster.isolating(own.pod, EGRESS)
        found = 0 if isolating else -1
        for means in self._meant(isolating, EGRESS):
            found |= means.peers & means.ports
        return found

    def _meant(self, policies: Iterable[Policy], direction: str) -> Iterator[_Means]:
        for policy in policies:
            key = policy.title, direction
            if key not in self._known:
                self._known[key] = [self._means(policy, rule) for rule in rules(policy, direction) or ()]
            yield from self._known[key]

    def _means(self, policy: Policy, rule: Rule) -> _Means:
        return _Means(
            _bits(means_peer(self._cluster, policy, rule, each.end) for each in self._classes),
            _bits(each.traffic is not None and means_port(rule, each.traffic, each.pod) for each in self._classes),
        )


def _bits(flags: Iterable[object]) -> int:
    """A number with a bit for each flag that is true; ``-1`` has all."""
    return sum(1 << number for number, flag in enumerate(flags) if flag)
