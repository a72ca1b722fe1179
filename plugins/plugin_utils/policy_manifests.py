# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests of what is not running yet, as pods that may be asked about: the API says no address of them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Dict, Iterable, Iterator, Mapping, Optional

#: What such pods have, from here on: addresses of no host (RFC 1112, section 4), which no block of a policy means but
#: one that means all.
_FIRST = ip_address("240.0.0.1")
#: Where in an object of a kind its pods' template is.
_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}


def as_pods(listed: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The objects with a pod of its name for each workload, and an address for each pod.

    That is so of manifests alone. What has a status was listed by the API, with its pods and their addresses.
    """
    for number, each in enumerate(listed):
        pod = None if each.get("status") else _pod(each)
        yield each if pod is None else {**pod, "status": {"podIP": str(_FIRST + number)}}


def _pod(manifest: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    kind = manifest.get("kind")
    if kind == "Pod":
        return dict(manifest)
    part: Any = manifest if kind in _TEMPLATES else None
    for name in _TEMPLATES.get(str(kind), ()):
        part = part.get(name) if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping):
        return None
    about = {**(part.get("metadata") or {}), **{name: manifest["metadata"].get(name) for name in ("name", "namespace")}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": part.get("spec")}
