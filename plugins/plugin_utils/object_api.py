# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' objects from its API, by its own Python client: namespaces, pods and network policies, and no others."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple

#: Objects a request, as kubectl asks for them.
_PAGE = 500
#: Seconds to connect, and to wait for an answer.
_TIMEOUT = (10, 60)
_EXPIRED = 410

#: What is kept of a pod, for the API says a hundred times as much.
_METADATA = ("name", "namespace", "labels", "creationTimestamp", "uid")
_SPEC = ("nodeName", "hostNetwork")
_CONTAINERS = ("containers", "initContainers")
_CONTAINER = ("name", "ports", "restartPolicy")
_STATUS = ("phase", "podIP", "podIPs")


class _Kind(NamedTuple):
    """What is listed: by which class and method of the client, and what the objects in its list do not say."""

    api: str
    method: str
    version: str
    kind: str


_KINDS = (
    _Kind("CoreV1Api", "list_namespace", "v1", "Namespace"),
    _Kind("CoreV1Api", "list_pod_for_all_namespaces", "v1", "Pod"),
    _Kind("NetworkingV1Api", "list_network_policy_for_all_namespaces", "networking.k8s.io/v1", "NetworkPolicy"),
)


class ApiError(Exception):
    """The API gave no objects; the message says why, and the way out."""


def objects(kubeconfig: str, context: str) -> List[Dict[str, Any]]:
    """All namespaces, pods and policies of the cluster. ``context`` '' is the current one. Raises ``ApiError``."""
    try:
        from kubernetes import client, config
        from urllib3.exceptions import HTTPError
    except ImportError as error:
        raise ApiError(
            "kubeconfig: the Python package kubernetes is missing on the controller (%s). Way out: install it into the "
            "Python that runs Ansible, or give src a dump: kubectl get ns,pods,networkpolicies -A -o json." % error
        ) from error
    where = "kubeconfig %s%s" % (kubeconfig, ", context %s" % context if context else "")
    try:
        connection = config.new_client_from_config(config_file=kubeconfig, context=context or None)
    except (config.ConfigException, OSError, ValueError) as error:
        raise ApiError("%s: cannot be used: %s" % (where, error)) from error
    found: List[Dict[str, Any]] = []
    with connection:
        for kind in _KINDS:
            call = getattr(getattr(client, kind.api)(connection), kind.method)
            try:
                found += _listed(call, kind)
            except client.ApiException as error:
                raise ApiError("%s: %s" % (where, _refusal(kind, error))) from error
            except HTTPError as error:
                raise ApiError("%s: %s does not answer: %s" % (where, connection.configuration.host, error)) from error
    return found


def _listed(call: Callable[..., Any], kind: _Kind) -> List[Dict[str, Any]]:
    """All objects of a kind. A list whose pages expired while they were read is read once more."""
    try:
        return list(_pages(call, kind))
    except Exception as error:
        if getattr(error, "status", None) != _EXPIRED:
            raise
        return list(_pages(call, kind))


def _pages(call: Callable[..., Any], kind: _Kind) -> Iterator[Dict[str, Any]]:
    """Page after page, as JSON: the client's own classes take ten times as long."""
    token = None
    while True:
        answer = call(limit=_PAGE, _continue=token, _preload_content=False, _request_timeout=_TIMEOUT)
        page = json.loads(answer.data)
        for item in page["items"]:
            body = _of_pod(item) if kind.kind == "Pod" else item
            yield {"apiVersion": kind.version, "kind": kind.kind, **body}
        token = page["metadata"].get("continue")
        if not token:
            return


def _of_pod(pod: Mapping[str, Any]) -> Dict[str, Any]:
    spec = pod["spec"]
    containers = {name: [_part(each, _CONTAINER) for each in spec.get(name) or []] for name in _CONTAINERS}
    return {
        "metadata": _part(pod["metadata"], _METADATA),
        "spec": {**_part(spec, _SPEC), **containers},
        "status": _part(pod["status"], _STATUS),
    }


def _part(body: Mapping[str, Any], names: Iterable[str]) -> Dict[str, Any]:
    return {name: body[name] for name in names if name in body}


def _refusal(kind: _Kind, error: Any) -> str:
    what = "%ss cannot be listed" % kind.kind
    if error.status == 401:
        return "%s: the API does not know these credentials (401). Way out: renew them" % what
    if error.status == 403:
        return (
            "%s: forbidden (403). Way out: bind a cluster role to this user that may list namespaces, pods, and "
            "networkpolicies of networking.k8s.io, such as the role view" % what
        )
    return "%s: %s %s" % (what, error.status, error.reason)
