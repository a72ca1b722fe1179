# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's policy: from the objects to the table of each node, kept true while pods come and go.

Beside the objects it holds pods by name, address and kind, and the sets that were asked for: an address is in as many
sets as there are groups of peers that its pod is in.
"""

from __future__ import annotations

from typing import Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from .allows import Allowing
from .blocks import hold
from .index import Index
from .kinds import Kind
from .members import family_of
from .model import DIRECTIONS, EGRESS, INGRESS, Block, Labels, Objects, Pod, PodPort, Policy, Rule, Selector
from .selectors import matches
from .table import AddressSet, Class, Table
from .terms import Term, terms

#: An address of a node's pod, and the pod with its kind.
_Local = Tuple[str, Pod, Kind]
#: What a class's pods have in common: policies, by number, and what the names of ports in their rules mean.
_Key = Tuple[Tuple[int, ...], Tuple[PodPort, ...]]


class Cluster:
    """Pods and policies, by what selects them."""

    def __init__(self, objects: Objects) -> None:
        self.policies = objects.policies
        self._of_namespace: Dict[str, List[int]] = {}
        for number, policy in enumerate(objects.policies):
            self._of_namespace.setdefault(policy.namespace, []).append(number)
        self._terms: Dict[Tuple[int, str, int], Tuple[Term, ...]] = {}
        self._allowing: Dict[Tuple[str, str, int], Dict[_Key, Allowing]] = {}  # of the classes that nodes had last
        keys = {requirement.key for selector in _selectors(objects.policies) for requirement in selector}
        self.pods = Index(objects.namespaces, keys)
        for pod in objects.pods:
            self.pods.put(pod)

    def put_pod(self, pod: Pod) -> None:
        """This pod is there from now on, in place of one of its name. Its addresses are no other pod's any more."""
        self.pods.put(pod)

    def remove_pod(self, namespace: str, name: str) -> None:
        """This pod is gone; that it was not there is no error."""
        self.pods.remove(namespace, name)

    def isolating(self, pod: Pod, direction: str) -> List[Policy]:
        """The policies that isolate a pod in this direction."""
        return [self.policies[number] for number in self._selecting(pod.namespace, pod.labels, direction)]

    def table(self, node: str, family: int, subnets: Sequence[str]) -> Table:
        """What policy comes to on this node for family 4 or 6. ``subnets`` are its pod subnets, of either family.

        An address outside of them is a peer as any other, but in no class and not free, whatever node its pod is on:
        the chains see packets of the node's subnets only.
        """
        subnets = tuple(each for each in subnets if family_of(each) == family)
        free: List[str] = []
        policed: List[_Local] = []
        for address, pod, kind in sorted(self._local(node, family, subnets), key=lambda each: each[0]):
            if any(self._selected(kind, direction) for direction in DIRECTIONS):
                policed.append((address, pod, kind))
            else:
                free.append(address)
        sets: Dict[str, AddressSet] = {}
        ingress, egress = (self._classes(policed, node, direction, family, sets) for direction in (INGRESS, EGRESS))
        return Table(family, subnets, tuple(free), ingress, egress, sets)

    def _selected(self, kind: Kind, direction: str) -> Tuple[int, ...]:
        found = kind.selected.get(direction)
        if found is None:
            found = kind.selected[direction] = tuple(self._selecting(kind.namespace, kind.labels, direction))
        return found

    def _selecting(self, namespace: str, labels: Labels, direction: str) -> Iterator[int]:
        for number in self._of_namespace.get(namespace, ()):
            policy = self.policies[number]
            if rules(policy, direction) is not None and matches(policy.pods, labels):
                yield number

    def _local(self, node: str, family: int, subnets: Sequence[str]) -> Iterator[_Local]:
        within = [Block(each) for each in subnets]
        for pod, kind in self.pods.on(node):
            for address in pod.addresses:
                if family_of(address) == family and hold(within, address):
                    yield address, pod, kind

    def _classes(
        self, policed: Iterable[_Local], node: str, direction: str, family: int, sets: Dict[str, AddressSet]
    ) -> Tuple[Class, ...]:
        members: Dict[_Key, List[str]] = {}
        for address, pod, kind in policed:
            policies = self._selected(kind, direction)
            ports = self._ports(pod, policies) if direction == INGRESS and pod.ports else ()
            members.setdefault((policies, ports), []).append(address)
        before = self._allowing.get((node, direction, family), {})
        now = self._allowing[node, direction, family] = {
            key: before.get(key) or Allowing(self._said(key[0], direction, family), key[1]) for key in members
        }
        return tuple(
            Class(tuple(addresses), now[key].allows(sets) if key[0] else None) for key, addresses in members.items()
        )

    def _ports(self, pod: Pod, policies: Iterable[int]) -> Tuple[PodPort, ...]:
        """Those of the pod's ports that the policies' ingress rules speak of by name."""
        asked = {
            (port.protocol, port.first)
            for number in policies
            for rule in self.policies[number].ingress or ()
            for port in rule.ports
        }
        return tuple(sorted({each for each in pod.ports if (each.protocol, each.name) in asked}))

    def _said(self, policies: Iterable[int], direction: str, family: int) -> Iterator[Tuple[str, Term]]:
        for number in policies:
            policy, key = self.policies[number], (number, direction, family)
            if key not in self._terms:
                self._terms[key] = tuple(
                    term
                    for rule in rules(policy, direction) or ()
                    for term in terms(policy, rule, direction, family, self.pods)
                )
            for term in self._terms[key]:
                yield policy.title, term


def rules(policy: Policy, direction: str) -> Optional[Tuple[Rule, ...]]:
    """The policy's rules of one direction; None where it does not isolate in it."""
    return policy.ingress if direction == INGRESS else policy.egress


def _selectors(policies: Iterable[Policy]) -> Iterator[Selector]:
    """Every selector of pods."""
    for policy in policies:
        yield policy.pods
        for rule in (*(policy.ingress or ()), *(policy.egress or ())):
            yield from (peer.pods for peer in rule.peers if not isinstance(peer, Block))
