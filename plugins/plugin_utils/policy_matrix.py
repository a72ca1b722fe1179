# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every pod to every other: what is allowed, and to which pairs a change makes a difference.

Pairs are many, so they are counted before any is looked at, and looked at one by one.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.matrix import Matrix, matrix
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.members import family_of
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.question import Unanswerable

from .policy_answers import Port, Question

#: More answers than this are no use as a list, and cost Ansible minutes.
MOST = 20000
#: More pairs than this, which are those of 2,000 pods, take a minute to be compared.
COMPARED = 4000000

Service = Tuple[str, Port]
_FAMILIES = (4, 6)


def denying(cluster: Cluster, services: Sequence[Service]) -> Dict[Question, Optional[int]]:
    """All pairs that have an address family in common: the family that denies it, or None. Raises ``Unanswerable``."""
    _limit(pairs(cluster) * len(services), MOST)
    return {
        Question(source, destination, *service): denied
        for service in services
        for source, destination, denied in _Reach(cluster, *service).all()
    }


def differing(
    cluster: Cluster, before: Cluster, services: Sequence[Service]
) -> Iterator[Tuple[Question, Optional[int]]]:
    """As ``denying``, but only those pairs of pods, which must be in both, that the one allows and the other does not.

    Raises ``Unanswerable``.
    """
    _limit(pairs(cluster) * len(services), COMPARED)
    count = 0
    for service in services:
        was = _Reach(before, *service)
        for source, destination, denied in _Reach(cluster, *service).all():
            known, denied_before = was.denied(source, destination)
            if known and (denied is None) != (denied_before is None):
                count += 1
                _limit(count, MOST)
                yield Question(source, destination, *service), denied


def pairs(cluster: Cluster) -> int:
    """How many pairs of pods have an address family in common."""
    by_families: Dict[Tuple[int, ...], int] = {}
    for pod, _kind in cluster.pods:
        families = tuple(sorted({family_of(address) for address in pod.addresses}))
        by_families[families] = by_families.get(families, 0) + 1
    four, six = (sum(count for each, count in by_families.items() if family in each) for family in _FAMILIES)
    both = by_families.get(_FAMILIES, 0)
    return four * (four - 1) + six * (six - 1) - both * (both - 1)


class _Reach:
    """Who reaches whom by one service."""

    def __init__(self, cluster: Cluster, protocol: str, port: Port) -> None:
        self._of_family: List[Tuple[int, Matrix, Dict[str, int]]] = []
        for family in _FAMILIES:
            made = matrix(cluster, protocol, port, family)
            self._of_family.append((family, made, dict(zip(made.pods, made.classes))))

    def all(self) -> Iterator[Tuple[str, str, Optional[int]]]:
        """Source, destination, and the family that denies it or None."""
        pods = list(dict.fromkeys(pod for _family, made, _classes in self._of_family for pod in made.pods))
        for source in pods:
            for destination in pods:
                known, denied = self.denied(source, destination)
                if known and source != destination:
                    yield source, destination, denied

    def denied(self, source: str, destination: str) -> Tuple[bool, Optional[int]]:
        """Whether there is a family in common, and the first one that denies it."""
        known = False
        for family, made, classes in self._of_family:
            one, other = classes.get(source), classes.get(destination)
            if one is not None and other is not None:
                known = True
                if not made.reached[one] >> other & 1:
                    return True, family
        return known, None


def _limit(count: int, most: int) -> None:
    if count > most:
        raise Unanswerable(
            "matrix: %d pairs are more than anybody reads (at most %d). Way out: ask for pairs, for fewer ports, with "
            "the pods of fewer namespaces, or with before for what a change changes (at most %d pairs, of which at "
            "most %d differ)." % (count, most, COMPARED, MOST)
        )
