# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What peers and ports of a rule mean for one connection: asked of the policies themselves, without sets and tables.

Source: Kubernetes API reference, ``NetworkPolicyPeer`` and ``NetworkPolicyPort``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Optional

from .cluster import Cluster
from .members import family_of
from .model import INGRESS, Block, Pod, Policy, Port, Rule
from .networks import Network, network
from .question import End, Traffic
from .selectors import matches


def allows(
    cluster: Cluster, policy: Policy, rule: Rule, direction: str, end: End, other: End, traffic: Traffic
) -> bool:
    """Whether the rule, of a policy that isolates the pod ``end`` in this direction, allows this with ``other``.

    The name of a port is the destination's to explain, and nobody else's: behind an address of a block there is no pod
    as far as egress is concerned.
    """
    among, in_block = is_pod_among(cluster, policy, rule, other), is_in_block(rule, other)
    if has_number(rule, traffic):
        return among or in_block
    if direction == INGRESS:
        return (among or in_block) and has_name(rule, traffic, end.pod)
    return among and has_name(rule, traffic, other.pod)


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
    blocks = [peer for peer in rule.peers if isinstance(peer, Block)]
    if not blocks:
        return False
    address = _network("%s/%d" % (end.address, 128 if family_of(end.address) == 6 else 32))
    return any(
        _holds(block.cidr, address) and not any(_holds(excepted, address) for excepted in block.excepted)
        for block in blocks
    )


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


def _holds(cidr: str, address: Network) -> bool:
    outer = _network(cidr)
    return outer == address or outer.strictly_holds(address)


@lru_cache(maxsize=1 << 16)  # all pairs of pods ask for the same blocks and addresses
def _network(cidr: str) -> Network:
    return network(cidr)
