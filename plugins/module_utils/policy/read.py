# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what ``kubectl get … -o json`` or a directory of manifests lists to the shapes of policy, checked."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Set, Tuple, Union

from . import metadata, problems, syntax
from .fields import WRONG, Fields
from .labels import LabelReader
from .model import Labels, Namespace, Objects, Pod, Policy
from .problems import PolicyError, Problem
from .read_pods import Candidate, PodReader, without_shared_addresses
from .read_policies import PolicyReader

POLICY_API = "networking.k8s.io/v1"
CORE_API = "v1"
NAMESPACE, POD, POLICY = "Namespace", "Pod", "NetworkPolicy"

_LISTS = ("List", "NamespaceList", "PodList", "NetworkPolicyList")


def read(listed: Iterable[Mapping[str, Any]], warned: Optional[List[Problem]] = None) -> Objects:
    """Reads API objects, or ``List``s of them; kinds other than NetworkPolicy, Namespace and Pod are passed over.

    ``listed`` are decoded JSON or YAML; nothing of them is changed. A NetworkPolicy is refused for whatever the API
    server would refuse it for with strict field validation, but for what is in its ``ownerReferences`` and
    ``managedFields``. Of what an API server has stored, unknown fields and addresses in forms of old are not refused,
    but put into ``warned``. Of Namespaces and Pods only what policy depends on is looked at. Pods of the host's
    network, pods that have ended and pods without an address are checked and left out. Every namespace that one of the
    others is in exists, listed or not; those that are not are ``assumed``.

    Raises ``PolicyError`` with all problems of all objects.
    """
    reading = _Reading()
    warned = [] if warned is None else warned
    for api, fields in _opened(listed, reading.noted, warned):
        reading.take(api, fields)
    if reading.noted:
        raise PolicyError(reading.noted)
    return reading.objects()


class _Reading:
    """One listing on its way. What many objects say alike is read once and shared."""

    def __init__(self) -> None:
        self.noted: List[Problem] = []
        self._seen: Set[Tuple[str, str, str]] = set()
        self._namespaces: Dict[str, Namespace] = {}
        self._candidates: List[Candidate] = []
        self._policies: List[Policy] = []
        self._labels = LabelReader()
        self._read_pod = PodReader(self._labels).read
        self._read_policy = PolicyReader(self._labels).read

    def take(self, api: str, fields: Fields) -> None:
        kind = fields.kind
        if kind == POD and api == CORE_API:
            candidate = self._read_pod(fields)
            self._once(fields, candidate.pod.namespace, candidate.pod.name)
            self._candidates.append(candidate)
        elif kind == NAMESPACE and api == CORE_API:
            namespace = self._read_namespace(fields)
            self._once(fields, "", namespace.name)
            self._namespaces[namespace.name] = namespace
        elif kind == POLICY:
            if api != POLICY_API:
                fields.note("apiVersion", api, 'supported values: "%s"' % POLICY_API, problems.UNSUPPORTED)
                return
            policy = self._read_policy(fields)
            self._once(fields, policy.namespace, policy.name)
            self._policies.append(policy)

    def _read_namespace(self, fields: Fields) -> Namespace:
        about = fields.mapping(fields.body.get("metadata"), "metadata")
        if fields.string(about.get("namespace"), "metadata.namespace"):
            fields.note("metadata.namespace", about["namespace"], "not allowed on this type", problems.FORBIDDEN)
        name = metadata.name(fields, about, syntax.dns_label)
        return Namespace(name, _named(name, self._labels.read(fields, about.get("labels"), "metadata.labels")))

    def _once(self, fields: Fields, namespace: str, name: str) -> None:
        key = fields.kind, namespace, name
        if name and key in self._seen:
            fields.note("metadata.name", name, "the listing has this object twice", problems.DUPLICATE)
        self._seen.add(key)

    def objects(self) -> Objects:
        pods = without_shared_addresses(self._candidates)
        members = {pod.namespace for pod in pods}.union(policy.namespace for policy in self._policies)
        assumed = frozenset(members.difference(self._namespaces))
        for name in assumed:
            self._namespaces[name] = Namespace(name, _named(name, {}))
        return Objects(
            tuple(self._namespaces[name] for name in sorted(self._namespaces)),
            tuple(sorted(pods, key=_place)),
            tuple(sorted(self._policies, key=_place)),
            assumed,
        )


def _place(placed: Union[Pod, Policy]) -> Tuple[str, str]:
    return placed.namespace, placed.name


def _named(name: str, labels: Labels) -> Labels:
    """The API server sets this label, whatever it was before."""
    return dict(labels, **{metadata.NAMESPACE_NAME_LABEL: name})


def _opened(
    listed: Iterable[Any],
    noted: List[Problem],
    warned: List[Problem],
    place: str = "object %d",
    list_kind: str = "",
    list_api: str = "",
) -> Iterator[Tuple[str, Fields]]:
    """apiVersion and fields of each object; those of a ``PodList`` need not say that they are Pods."""
    item_kind = "" if list_kind == "List" else list_kind[: -len("List")]
    item_api = list_api if item_kind else ""
    for number, body in enumerate(listed, 0 if list_kind else 1):
        if body is None:  # an empty YAML document
            continue
        here = place % number
        fields = Fields(body if isinstance(body, dict) else {}, here, noted, warned)
        if fields.mapping(body, "") is WRONG:
            continue
        fields.kind = kind = _said(fields, "kind", item_kind)
        api = _said(fields, "apiVersion", item_api)
        if kind in _LISTS:
            items = fields.sequence(body.get("items"), "items")
            yield from _opened(items, noted, warned, here + ".items[%d]", kind, api)
        elif kind and api:
            yield api, fields


def _said(fields: Fields, field: str, otherwise: str) -> str:
    text = fields.string(fields.body.get(field), field)
    if text == "" and not otherwise:
        fields.note(field, None, "must be given", problems.REQUIRED)
    return text or otherwise
