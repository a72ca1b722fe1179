# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All pods: by name, address and node, and by kind, with the groups that rules speak of."""

from __future__ import annotations

from typing import AbstractSet, Dict, FrozenSet, Iterable, Iterator, List, Optional, Tuple

from .kinds import Group, Kind, Scope, Title
from .model import Labels, Namespace, Pod, Selector
from .selectors import matches

#: The label that the API server gives each namespace.
NAMESPACE_NAME = "kubernetes.io/metadata.name"

_Items = FrozenSet[Tuple[str, str]]


class Index:
    """Pods that come and go. ``keys`` are those of all labels that selectors of pods speak of.

    An address is one pod's: that of the pod which was put last, and the pod that had it before is without it.
    """

    def __init__(self, namespaces: Iterable[Namespace], keys: AbstractSet[str]) -> None:
        self._labels: Dict[str, Labels] = {each.name: each.labels for each in namespaces}
        self._keys = keys
        self._pods: Dict[Title, Tuple[Pod, Kind]] = {}
        self._holders: Dict[str, Title] = {}  # by address
        self._nodes: Dict[str, Dict[Title, None]] = {}
        self._kinds: Dict[str, Dict[_Items, Kind]] = {}  # by namespace and labels
        self._selected: Dict[str, Dict[Selector, List[Kind]]] = {}  # by namespace, until its kinds are others
        self._groups: Dict[FrozenSet[Scope], Group] = {}

    def __iter__(self) -> Iterator[Tuple[Pod, Kind]]:
        """All pods, each with its kind, as they came."""
        return iter(self._pods.values())

    def get(self, namespace: str, name: str) -> Optional[Pod]:
        """The pod of this name."""
        found = self._pods.get((namespace, name))
        return found[0] if found else None

    def at(self, address: str) -> Optional[Pod]:
        """The pod that has this address, which is in normal form."""
        title = self._holders.get(address)
        return self._pods[title][0] if title else None

    def on(self, node: str) -> Iterator[Tuple[Pod, Kind]]:
        """The pods of this node, each with its kind."""
        return (self._pods[title] for title in self._nodes.get(node, ()))

    def labels_of(self, namespace: str) -> Labels:
        """A namespace's labels; one that is not known has its name's."""
        return self._labels.get(namespace) or {NAMESPACE_NAME: namespace}

    def put(self, pod: Pod) -> None:
        """This pod is there from now on, in place of one of its name."""
        title = pod.namespace, pod.name
        for other in {self._holders.get(address, title) for address in pod.addresses} - {title}:
            robbed, _kind = self._pods[other]
            self._leave(other)
            left = tuple(each for each in robbed.addresses if each not in pod.addresses)
            self._join(other, robbed._replace(addresses=left))
        if title in self._pods:
            self._leave(title)
        self._join(title, pod)

    def remove(self, namespace: str, name: str) -> None:
        """This pod is gone; that it was not there is no error."""
        if (namespace, name) in self._pods:
            self._leave((namespace, name))

    def group(self, scopes: FrozenSet[Scope]) -> Group:
        """The pods that at least one of these scopes means."""
        if scopes not in self._groups:
            group = self._groups[scopes] = Group(scopes)
            for namespace in list(self._kinds) if group.namespace is None else [group.namespace]:
                for scope in group.covering(namespace, self.labels_of(namespace)):
                    group.take(self._matching(namespace, scope.pods))
        return self._groups[scopes]

    def _join(self, title: Title, pod: Pod) -> None:
        kind = self._kind(pod)
        kind.join(title, pod)
        self._pods[title] = pod, kind
        self._nodes.setdefault(pod.node, {})[title] = None
        for address in pod.addresses:
            self._holders[address] = title

    def _leave(self, title: Title) -> None:
        pod, kind = self._pods.pop(title)
        kind.leave(title)
        del self._nodes[pod.node][title]
        for address in pod.addresses:
            del self._holders[address]
        if not kind.pods:
            del self._kinds[kind.namespace][frozenset(kind.labels.items())]
            self._selected.pop(kind.namespace, None)
            for group in kind.groups:
                group.forget(kind)

    def _kind(self, pod: Pod) -> Kind:
        items = frozenset(item for item in pod.labels.items() if item[0] in self._keys)
        kinds = self._kinds.setdefault(pod.namespace, {})
        if items not in kinds:
            kind = kinds[items] = Kind(pod.namespace, dict(items))
            self._selected.pop(pod.namespace, None)
            labels = self.labels_of(pod.namespace)
            for group in self._groups.values():
                if any(matches(scope.pods, kind.labels) for scope in group.covering(pod.namespace, labels)):
                    group.take((kind,))
        return kinds[items]

    def _matching(self, namespace: str, selector: Selector) -> List[Kind]:
        """The kinds of a namespace that a selector of pods means."""
        known = self._selected.setdefault(namespace, {})
        if selector not in known:
            kinds = self._kinds.get(namespace, {}).values()
            known[selector] = [kind for kind in kinds if matches(selector, kind.labels)]
        return known[selector]
