# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests of what is not running yet, as pods that may be asked about: the API says no address of them."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import count
from typing import Any, Callable, Dict, Iterable, Iterator, Mapping, Optional

#: What such pods have, from here on: addresses of no host (RFC 1112, section 4), which no block of a policy means but
#: one that means all.
_FIRST = ip_address("240.0.0.1")
_LIST = "List"
#: Where in an object of a kind its pods' template is.
_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}


def as_pods(listed: Iterable[Any]) -> Iterator[Any]:
    """The objects with a pod of its name for each workload, and an address for each pod, in lists as well.

    That is so of manifests alone. What has a status was listed by the API, with its pods and their addresses. What is
    no object stays what it is, for who reads it to refuse.
    """
    addresses = (str(_FIRST + number) for number in count())
    return _completed(listed, addresses.__next__)


def _completed(listed: Iterable[Any], new_address: Callable[[], str]) -> Iterator[Any]:
    for each in listed:
        kind = each.get("kind") if isinstance(each, Mapping) else None
        if isinstance(kind, str) and kind.endswith(_LIST) and isinstance(each.get("items"), list):
            yield {**each, **_kind_of_list(kind), "items": list(_completed(_items(each, kind), new_address))}
            continue
        pod = _pod(each, kind) if isinstance(kind, str) and not each.get("status") else None
        yield each if pod is None else {**pod, "status": {"podIP": new_address()}}


def _kind_of_list(kind: str) -> Dict[str, str]:
    """What becomes of a list of workloads is one of pods."""
    return {"apiVersion": "v1", "kind": _LIST} if kind[: -len(_LIST)] in _TEMPLATES else {}


def _items(listing: Mapping[str, Any], kind: str) -> Iterator[Any]:
    """A list's objects, which need not say what they are where the list does."""
    said = {} if kind == _LIST else {"kind": kind[: -len(_LIST)], "apiVersion": listing.get("apiVersion")}
    for each in listing["items"]:
        yield {**said, **each} if isinstance(each, Mapping) else each


def _pod(manifest: Mapping[str, Any], kind: str) -> Optional[Dict[str, Any]]:
    if kind == "Pod":
        return dict(manifest)
    part: Any = manifest if kind in _TEMPLATES else None
    for name in _TEMPLATES.get(kind, ()):
        part = part.get(name) if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping):
        return None
    own, about = manifest.get("metadata") or {}, part.get("metadata") or {}
    if isinstance(about, Mapping):
        about = (
            {**about, **{name: own.get(name) for name in ("name", "namespace")}} if isinstance(own, Mapping) else own
        )
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": part.get("spec")}
