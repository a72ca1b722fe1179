# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: objects as the API would list them, with nothing in them that policy does not depend on."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .metadata import NAMESPACE_NAME_LABEL
from .model import IN, TCP, Block, Namespace, Objects, Peer, Pod, Policy, Port, Rule, Selector
from .read import CORE_API, POLICY_API
from .read_policies import EGRESS_TYPE, INGRESS_TYPE

Body = Dict[str, Any]


def reduced(objects: Objects) -> List[Body]:
    """A ``NamespaceList``, a ``PodList`` and a ``NetworkPolicyList`` that ``read`` takes: ``read(reduced(o)) == o``."""
    namespaces = [_namespace(each) for each in objects.namespaces if each.name not in objects.assumed]
    return [
        {"apiVersion": CORE_API, "kind": "NamespaceList", "items": namespaces},
        {"apiVersion": CORE_API, "kind": "PodList", "items": [_pod(each) for each in objects.pods]},
        {"apiVersion": POLICY_API, "kind": "NetworkPolicyList", "items": [_policy(each) for each in objects.policies]},
    ]


def _namespace(namespace: Namespace) -> Body:
    labels = {key: value for key, value in namespace.labels.items() if key != NAMESPACE_NAME_LABEL}
    return {"metadata": _some({"name": namespace.name, "labels": labels})}


def _pod(pod: Pod) -> Body:
    ports = [_some({"name": name, "protocol": _unless_tcp(protocol), "containerPort": number})
             for name, protocol, number in pod.ports]  # fmt: skip
    spec = _some({"nodeName": pod.node, "containers": [{"ports": ports}] if ports else None})
    return _some({
        "metadata": _some({"namespace": pod.namespace, "name": pod.name, "labels": dict(pod.labels)}),
        "spec": spec,
        "status": {"podIPs": [{"ip": address} for address in pod.addresses]},
    })  # fmt: skip


def _policy(policy: Policy) -> Body:
    spec: Body = {"podSelector": _selector(policy.pods), "policyTypes": []}
    for type_, rules, section, peers in (
        (INGRESS_TYPE, policy.ingress, "ingress", "from"),
        (EGRESS_TYPE, policy.egress, "egress", "to"),
    ):
        if rules is not None:
            spec["policyTypes"].append(type_)
            spec[section] = [_rule(rule, peers) for rule in rules]
    return {"metadata": {"namespace": policy.namespace, "name": policy.name}, "spec": spec}


def _rule(rule: Rule, peers: str) -> Body:
    return _some({peers: [_peer(each) for each in rule.peers], "ports": [_port(each) for each in rule.ports]})


def _peer(peer: Peer) -> Body:
    if isinstance(peer, Block):
        return {"ipBlock": _some({"cidr": peer.cidr, "except": list(peer.excepted)})}
    body = {"podSelector": _selector(peer.pods)}
    if peer.namespaces is not None:
        body["namespaceSelector"] = _selector(peer.namespaces)
    return body


def _port(port: Port) -> Body:
    return _some({"protocol": _unless_tcp(port.protocol), "port": port.first, "endPort": port.last})


def _selector(selector: Selector) -> Body:
    labels: Dict[str, str] = {}
    expressions = []
    for key, operator, values in selector:
        if operator == IN and len(values) == 1 and key not in labels:
            labels[key] = next(iter(values))
        else:
            expressions.append(_some({"key": key, "operator": operator, "values": sorted(values)}))
    return _some({"matchLabels": labels, "matchExpressions": expressions})


def _unless_tcp(protocol: str) -> Optional[str]:
    return None if protocol == TCP else protocol


def _some(body: Body) -> Body:
    """Only what says something."""
    return {key: value for key, value in body.items() if value}
