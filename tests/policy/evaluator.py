"""May this connection be made? Read off the documentation of Kubernetes, and of nothing else of this project.

Works on API objects as they are. Sources: the API reference of ``networking.k8s.io/v1`` NetworkPolicy (its field's
descriptions are quoted below), of ``meta/v1`` LabelSelector and ``v1`` Pod, the page "Network Policies" of Kubernetes'
concepts; and for what they leave open, docs/architecture.md, section "Policy".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from ipaddress import IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

Object = Mapping[str, Any]

ICMP = "ICMP"  # of either family: what has no ports


class Node(NamedTuple):
    """A node: its own addresses (those that its host-network pods have, too), and the networks that its pods are in."""

    addresses: tuple[str, ...]
    subnets: tuple[str, ...]


class Connection(NamedTuple):
    """A new connection between two addresses of one family. ``protocol`` is TCP, UDP, SCTP, or ICMP, without a port."""

    source: str
    destination: str
    protocol: str
    port: int = 0


class Truth:
    """What is true of a cluster that has these objects, and these nodes by name."""

    def __init__(self, objects: Iterable[Object], nodes: Mapping[str, Node]) -> None:
        listed = list(objects)
        self._namespaces = {each["metadata"]["name"]: each for each in listed if each["kind"] == "Namespace"}
        self._policies = [each for each in listed if each["kind"] == "NetworkPolicy"]
        self._pods = [each for each in listed if each["kind"] == "Pod" and _has_an_address_of_its_own(each)]
        self._nodes = nodes
        self._selecting: dict[tuple[int, str], list[Object]] = {}

    def allows(self, connection: Connection) -> bool:
        """Whether both ends let it through: "both the egress policy on the source pod and the ingress policy on the
        destination pod need to allow the connection".
        """
        source, destination = self.pod(connection.source), self.pod(connection.destination)
        if source is not None and source is destination:
            return True  # a pod cannot block access to itself
        return self.allows_egress(connection) and self.allows_ingress(connection)

    def allows_egress(self, connection: Connection) -> bool:
        """Whether the source may make it."""
        return self._allows("egress", connection.source, connection.destination, connection)

    def allows_ingress(self, connection: Connection) -> bool:
        """Whether the destination may take it."""
        return self._allows("ingress", connection.destination, connection.source, connection)

    def leaves_it_to_policy(self, connection: Connection) -> bool:
        """Whether it is between pods, or a pod and what has nothing to do with its node: all that policies speak of."""
        ends = connection.source, connection.destination
        return any(map(self.pod, ends)) and not any(
            self._is_unseen(own) or self._is_node_of(own, other) for own, other in (ends, ends[::-1])
        )

    def pod(self, address: str) -> Object | None:
        """Whose address it is: of two pods with one, the one that was created last."""
        return self._pod_of.get(address)

    @cached_property
    def _pod_of(self) -> dict[str, Object]:
        by_age = sorted(self._pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))
        return {address: pod for pod in by_age for address in addresses(pod)}

    def _allows(self, direction: str, own: str, other: str, connection: Connection) -> bool:
        """Whether ``own`` takes part: policies that select it in this direction add up; without any all is allowed."""
        pod = self.pod(own)
        if pod is None:
            return not self._is_unseen(own) or self._is_node_of(own, other)
        node = self._nodes.get(pod["spec"].get("nodeName", ""))
        if node is not None and other in node.addresses:
            return True  # traffic to and from the node where a pod is running is always allowed
        isolating = self._isolating(direction, pod)
        return not isolating or any(
            self._rule_matches(rule, direction, policy, other, connection)
            for policy in isolating
            for rule in _spec(policy).get(direction) or ()
        )

    def _isolating(self, direction: str, pod: Object) -> list[Object]:
        key = (id(pod), direction)
        if key not in self._selecting:
            self._selecting[key] = [
                policy
                for policy in self._policies
                if _namespace(policy) == _namespace(pod)
                and direction in _directions(_spec(policy))
                and selects(_spec(policy).get("podSelector"), _labels(pod))
            ]
        return self._selecting[key]

    def _rule_matches(self, rule: Object, direction: str, policy: Object, other: str, connection: Connection) -> bool:
        """A rule matches what "matches both ports and from" (to); an "empty or missing" list restricts nothing."""
        ports, peers = rule.get("ports"), rule.get("from" if direction == "ingress" else "to")
        return (not ports or any(self._port_matches(port, connection) for port in ports)) and (
            not peers or any(self._peer_matches(peer, _namespace(policy), other) for peer in peers)
        )

    def _port_matches(self, port: Object, connection: Connection) -> bool:
        protocol = port.get("protocol") or "TCP"  # "If not specified, this field defaults to TCP."
        if protocol != connection.protocol:
            return False
        first = port.get("port")
        if first is None:
            return True  # "If this field is not provided, this matches all port names and numbers."
        if isinstance(first, str):  # "a numerical or named port on a pod": the one that is connected to
            destination = self.pod(connection.destination)
            return destination is not None and connection.port == named_port(destination, first, protocol)
        last = port.get("endPort") or first
        return first <= connection.port <= last

    def _peer_matches(self, peer: Object, namespace: str, other: str) -> bool:
        block = peer.get("ipBlock")
        if block is not None:
            return _within(other, block["cidr"]) and not any(_within(other, each) for each in block.get("except") or ())
        pod = self.pod(other)
        if pod is None:
            return False
        if peer.get("namespaceSelector") is None:
            right_namespace = _namespace(pod) == namespace  # "in the policy's own namespace"
        else:
            right_namespace = selects(peer["namespaceSelector"], self._labels_of_namespace(_namespace(pod)))
        return right_namespace and selects(peer.get("podSelector"), _labels(pod))

    def _labels_of_namespace(self, name: str) -> Mapping[str, str]:
        """The API server sets the label ``kubernetes.io/metadata.name`` on all namespaces."""
        return {**_labels(self._namespaces.get(name, {"metadata": {}})), "kubernetes.io/metadata.name": name}

    def _is_unseen(self, address: str) -> bool:
        """Whether it is in a node's network of pods, but no pod's, nor the node's own: that is closed."""
        taken = self.pod(address) is not None or any(address in node.addresses for node in self._nodes.values())
        return not taken and any(_within(address, subnet) for node in self._nodes.values() for subnet in node.subnets)

    def _is_node_of(self, address: str, other: str) -> bool:
        """Whether ``other`` is the node whose network of pods the address is in."""
        return any(
            other in node.addresses and any(_within(address, subnet) for subnet in node.subnets)
            for node in self._nodes.values()
        )


def selects(selector: Object | None, labels: Mapping[str, str]) -> bool:
    """Label selectors: all of matchLabels and matchExpressions have to hold; one that is empty selects everything.

    Callers see to it that one that is missing means the same where it is passed on to here.
    """
    selector = selector or {}
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and all(
        _requirement_holds(each, labels) for each in selector.get("matchExpressions") or ()
    )


def addresses(pod: Object) -> list[str]:
    """The pod's addresses, of either family, in normal form."""
    status = pod.get("status") or {}
    listed = [each["ip"] for each in status.get("podIPs") or ()] or [status.get("podIP")]
    return [str(ip_address(each)) for each in listed if each]


def named_port(pod: Object, name: str, protocol: str) -> int | None:
    """The number of the pod's port of this name and protocol.

    "Each named port in a pod must have a unique name"; where one has not, the first counts, as for Services.
    """
    for container in [*(pod["spec"].get("containers") or ()), *sidecars(pod)]:
        for port in container.get("ports") or ():
            if port.get("name") == name and (port.get("protocol") or "TCP") == protocol:
                return int(port["containerPort"])
    return None


def sidecars(pod: Object) -> list[Object]:
    """Init containers that run as long as the pod does."""
    return [each for each in pod["spec"].get("initContainers") or () if each.get("restartPolicy") == "Always"]


def _has_an_address_of_its_own(pod: Object) -> bool:
    ended = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return not pod["spec"].get("hostNetwork") and not ended and bool(addresses(pod))


def _directions(spec: Object) -> list[str]:
    """policyTypes: where it is missing, or empty, ingress always, and egress where there is an egress rule."""
    types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    return [each.lower() for each in types]


def _requirement_holds(requirement: Object, labels: Mapping[str, str]) -> bool:
    key, operator, values = requirement["key"], requirement["operator"], requirement.get("values") or ()
    return {
        "In": key in labels and labels[key] in values,
        "NotIn": key not in labels or labels[key] not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }[operator]


@cache
def _within(address: str, network: str) -> bool:
    """Of networks that were stored long ago zeros in front are no octal numbers, and an IPv4 network in IPv6 is one."""
    within = ip_network(
        "".join(part.lstrip("0") or part[-1:] for part in re.split("([^0-9a-f]+)", network)), strict=False
    )
    if isinstance(within, IPv6Network) and within.network_address.ipv4_mapped:
        within = ip_network(f"{within.network_address.ipv4_mapped}/{within.prefixlen - 96}")
    return ip_address(address) in within


def _spec(policy: Object) -> Object:
    return policy.get("spec") or {}


def _namespace(each: Object) -> str:
    return str(each["metadata"].get("namespace") or "default")


def _labels(each: Object) -> Mapping[str, str]:
    return each["metadata"].get("labels") or {}
