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
    """Whether the rule, of a policy that isolates the pod ``end`` in this direction, allows this with ``other``.

    The name of a port is the destination's to explain: where that is no pod, it means nothing.
    """
    destination = end.pod if direction == INGRESS else other.pod
    peer = is_pod_among(cluster, policy, rule, other) or is_in_block(rule, other)
    return peer and (has_number(rule, traffic) or has_name(rule, traffic, destination))


def is_pod_among(cluster: Cluster, policy: Policy, rule: Rule, end: End) -> bool:
    """Whether a rule without peers, or one of its peers of pods, means this end."""
    if not rule.peers:
        return True
    pod = end.pod
    if pod is None:
        return False
    labels = cluster.pods.labels_of(pod.namespace)
    return any(
        (pod.namespace == policy.namespace if peer.namespaces is None else matches(peer.namespaces, labels))
        and matches(peer.pods, pod.labels)
        for peer in rule.peers
        if not isinstance(peer, Block)
    )


def is_in_block(rule: Rule, end: End) -> bool:
    """Whether one of the rule's blocks holds this end's address, be it a pod's or not."""
    return hold((peer for peer in rule.peers if isinstance(peer, Block)), end.address)


def has_number(rule: Rule, traffic: Traffic) -> bool:
    """Whether a rule without ports, or one of its ports by number, means this traffic."""
    return not rule.ports or any(
        port.protocol == traffic.protocol and _in_range(port, traffic.port) for port in rule.ports
    )


def has_name(rule: Rule, traffic: Traffic, destination: Optional[Pod]) -> bool:
    """Whether one of the rule's ports by name is, on the destination, the port of this traffic."""
    names = {port.first for port in rule.ports if port.protocol == traffic.protocol}
    return destination is not None and any(
        each.name in names and (each.protocol, each.port) == traffic for each in destination.ports
    )


def _in_range(port: Port, number: Optional[int]) -> bool:
    if port.first is None:
        return True
    return isinstance(port.first, int) and number is not None and port.first <= number <= (port.last or port.first)
