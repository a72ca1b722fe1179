# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods are a host's own, and what is to be said where the host's name and the pods' do not fit."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import List, Sequence, Union

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Objects, Pod

Network = Union[IPv4Network, IPv6Network]

_OPEN = (
    "there is no NetworkPolicy among Kubernetes' objects, so that every pod talks to every pod; if the cluster has "
    "some, give them as well, as kubectl get ns,pods,networkpolicies -A -o json prints them"
)
#: So many names of nodes or pods help, and no more.
_SHOWN = 10


class NodeError(ValueError):
    """Pods that there must be are not among those given: policy would take them for unknown, and cut them off."""


def warnings(objects: Objects, node: str, subnets: Sequence[str]) -> List[str]:
    """What is odd about the pods of ``node``, whose pods' addresses are in ``subnets``. Raises ``NodeError``."""
    if not objects.pods:
        raise NodeError(
            "there is no pod among Kubernetes' objects, so that policy would know none and cut all of them off. Way "
            "out: give pods as well, as kubectl get ns,pods,networkpolicies -A -o json prints them."
        )
    open_ = [] if objects.policies else [_OPEN]
    networks = [ip_network(subnet) for subnet in subnets]
    astray = [pod for pod in objects.pods if pod.node != node and _within(pod, networks)]
    own = sorted({pod.node for pod in astray})
    if any(pod.node == node for pod in objects.pods):
        return [*open_, *([_astray(astray, node, subnets)] if astray else [])]
    if own:
        raise NodeError(
            "node: no pod is on node %s, but pods with addresses of its pod subnet %s are on node %s. Way out: say "
            "what Kubernetes calls this host (policy_node_name), or delete the pods of a node that is gone."
            % (node, ", ".join(subnets), ", ".join(own))
        )
    others = sorted({pod.node for pod in objects.pods})
    return [
        *open_,
        "no pod is on node %s, so that policy there knows none; pods are on %s" % (node, _few(others)),
    ]


def _astray(pods: Sequence[Pod], node: str, subnets: Sequence[str]) -> str:
    """Of pods that are here by their addresses and elsewhere by their node's name."""
    named = ["%s/%s (%s)" % (pod.namespace, pod.name, pod.node or "no node") for pod in pods]
    return (
        "pods have addresses of the pod subnet %s of node %s, but are said to be on another, so that policy here takes "
        "them for pods that it has not seen: %s; if they are on this host, have one name for it (policy_node_name); "
        "otherwise delete the pods of a node that is gone" % (", ".join(subnets), node, _few(named))
    )


def _few(names: Sequence[str]) -> str:
    more = " and %d more" % (len(names) - _SHOWN) if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _within(pod: Pod, networks: Sequence[Network]) -> bool:
    return any(ip_address(address) in network for address in pod.addresses for network in networks)
