# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What peers and ports of a rule mean for one connection: asked of the policies themselves, without sets and tables.

Source: Kubernetes API reference, ``NetworkPolicyPeer`` and ``NetworkPolicyPort``.
"""

from __future__ import annotations

from typing import Optional

from .blocks import hold
from .cluster import Cluster
from .model import INGRESS, Block, Pod, Policy, Port, Rule
from .question import End, Traffic
from .selectors import matches


def allows(
    cluster: Cluster, policy: Policy, rule: Rule, direction: str, end: End, other: End, traffic: Traffic
) -> bool:
    """Whether the rule, of a policy that isolates the pod ``end`` in this direction, allows this with ``other``."""
    destination = end.pod if direction == INGRESS else other.pod
    return means_peer(cluster, policy, rule, other) and means_port(rule, traffic, destination)


def means_peer(cluster: Cluster, policy: Policy, rule: Rule, end: End) -> bool:
    """Whether the rule speaks of this end: by a pod's labels, or by an address, be it a pod's or not."""
    if not rule.peers:
        return True
    pod = end.pod
    return (pod is not None and _is_meant(cluster, policy, rule, pod)) or hold(
        (peer for peer in rule.peers if isinstance(peer, Block)), end.address
    )


def means_port(rule: Rule, traffic: Traffic, destination: Optional[Pod]) -> bool:
    """Whether the rule speaks of this traffic.

    The name of a port is the destination's to explain: where that is no pod, it means nothing.
    """
    return not rule.ports or any(
        port.protocol == traffic.protocol
        and (_has_name(destination, port, traffic) if isinstance(port.first, str) else _in_range(port, traffic.port))
        for port in rule.ports
    )


def _is_meant(cluster: Cluster, policy: Policy, rule: Rule, pod: Pod) -> bool:
    labels = cluster.pods.labels_of(pod.namespace)
    return any(
        (pod.namespace == policy.namespace if peer.namespaces is None else matches(peer.namespaces, labels))
        and matches(peer.pods, pod.labels)
        for peer in rule.peers
        if not isinstance(peer, Block)
    )


def _has_name(destination: Optional[Pod], port: Port, traffic: Traffic) -> bool:
    return destination is not None and (port.first, *traffic) in destination.ports


def _in_range(port: Port, number: Optional[int]) -> bool:
    if port.first is None:
        return True
    return isinstance(port.first, int) and number is not None and port.first <= number <= (port.last or port.first)
