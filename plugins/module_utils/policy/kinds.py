# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of pods, and groups of them: what lets a selector look at few pods once, and a set follow its pods.

Pods of one namespace that are alike in all labels which any selector speaks of are of one *kind*: selectors cannot
tell them apart, so each is asked once a kind. A *group* is what the pods among a rule's peers come to: all pods of some
kinds.
"""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Set, Tuple

from .members import Members, addresses, family_of, named_ports
from .model import Block, Labels, Pod, Selector
from .selectors import matches
from .table import HASH_IP, HASH_IP_PORT

#: A pod's namespace and name.
Title = Tuple[str, str]


class Scope(NamedTuple):
    """A peer of pods, whosever policy speaks of it: ``namespace`` counts where there is no selector of namespaces."""

    namespace: str
    namespaces: Optional[Selector]
    pods: Selector

    def covers(self, namespace: str, labels: Labels) -> bool:
        """Whether pods of this namespace, which has these labels, can be meant."""
        return namespace == self.namespace if self.namespaces is None else matches(self.namespaces, labels)


#: All pods there are.
EVERY_POD = Scope("", (), ())


class Kind:
    """Pods that no selector can tell apart."""

    def __init__(self, namespace: str, labels: Labels) -> None:
        self.namespace = namespace
        self.labels = labels
        self.pods: Dict[Title, Pod] = {}
        self.addresses: Dict[int, Dict[str, None]] = {4: {}, 6: {}}  # of all of the pods, by family
        self.groups: List[Group] = []
        self.selected: Dict[str, Tuple[int, ...]] = {}  # by direction, the policies that select them, once it was asked

    def join(self, title: Title, pod: Pod) -> None:
        """This pod has come."""
        self.pods[title] = pod
        for address in pod.addresses:
            self.addresses[family_of(address)][address] = None
        for group in self.groups:
            group.note(pod, True)

    def leave(self, title: Title) -> None:
        """This pod is gone."""
        pod = self.pods.pop(title)
        for address in pod.addresses:
            del self.addresses[family_of(address)][address]
        for group in self.groups:
            group.note(pod, False)


class Group:
    """All pods that at least one of ``scopes`` means, and those sets of them that were asked for."""

    def __init__(self, scopes: FrozenSet[Scope]) -> None:
        self._scopes = scopes
        #: The only namespace that its pods can be of; None where it is not one only.
        self.namespace = self._one_namespace()
        self._kinds: Set[Kind] = set()
        self._sets: Dict[Tuple[int, str, FrozenSet[str], FrozenSet[Block]], Members] = {}

    def _one_namespace(self) -> Optional[str]:
        found = {scope.namespace if scope.namespaces is None else None for scope in self._scopes}
        return found.pop() if len(found) == 1 else None

    def covering(self, namespace: str, labels: Labels) -> List[Scope]:
        """The scopes that can mean pods of this namespace."""
        return [scope for scope in self._scopes if scope.covers(namespace, labels)]

    def take(self, kinds: Iterable[Kind]) -> None:
        """All pods of these kinds are in the group."""
        for kind in kinds:
            if kind not in self._kinds:
                self._kinds.add(kind)
                kind.groups.append(self)

    def forget(self, kind: Kind) -> None:
        """There are no more pods of this kind."""
        self._kinds.remove(kind)

    def note(self, pod: Pod, present: bool) -> None:
        """This pod of the group has come, or is gone."""
        for members in self._sets.values():
            members.note(pod, present)

    def addresses(self, family: int) -> Members:
        """The set of the pods' addresses."""
        return self._members(HASH_IP, family, "", frozenset(), frozenset())

    def named_ports(
        self, family: int, protocol: str, names: FrozenSet[str], within: FrozenSet[Block] = frozenset()
    ) -> Members:
        """The set of the pods' addresses, within blocks if any, with the ports that have one of these names."""
        return self._members(HASH_IP_PORT, family, protocol, names, within)

    def _members(
        self, set_type: str, family: int, protocol: str, names: FrozenSet[str], within: FrozenSet[Block]
    ) -> Members:
        key = (family, protocol, names, within)
        if key not in self._sets:
            if names:
                entries_of = named_ports(family, protocol, names, within)
                entries = (entry for kind in self._kinds for pod in kind.pods.values() for entry in entries_of(pod))
            else:
                entries_of = addresses(family)
                entries = (entry for kind in self._kinds for entry in kind.addresses[family])
            self._sets[key] = Members(set_type, family, entries_of, entries)
        return self._sets[key]
