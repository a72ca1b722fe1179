"""What the product makes of objects: its cluster, each node's document, and what packet filters would do with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from ipaddress import ip_network
from typing import Any

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings, document
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Table
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.verdict import verdict

from . import evaluator
from .evaluator import Connection, Node, Object
from .filter_model import Filter, Outcome
from .packet import ICMP, Packet, parsed

_ECHO_REQUEST = {4: 8, 6: 128}


def cluster_of(objects: Iterable[Object]) -> Cluster:
    return Cluster(read(objects))


def tables(cluster: Cluster, name: str, node: Node) -> list[Table]:
    """Those of one node, of both families."""
    return [cluster.table(name, family, node.subnets) for family in (4, 6)]


def documents(cluster: Cluster, nodes: Mapping[str, Node]) -> dict[str, dict[str, Any]]:
    """That of each node."""
    return {name: document(tables(cluster, name, node), Settings()) for name, node in nodes.items()}


def first_packet(connection: Connection) -> Packet:
    """What a connection begins with."""
    ends = connection.source, connection.destination
    if connection.protocol != evaluator.ICMP:
        return Packet(*ends, connection.protocol.lower(), connection.port)
    family = 6 if ":" in connection.source else 4
    return Packet(*ends, ICMP[family], icmp_type=_ECHO_REQUEST[family])


class Filters:
    """The packet filters of all nodes."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]], nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._behind = cache(self._find)
        self._filters = {name: Filter(document) for name, document in documents.items()}

    def pass_(self, connection: Connection) -> bool:
        """Whether a connection's first packet passes FORWARD of the source's node and of the destination's."""
        return all(self.forward(name, packet).passed for name, packet in self.hops(connection))

    def forward(self, node: str, packet: Packet) -> Outcome:
        """What becomes of a packet in FORWARD of a node."""
        return self._filters[node].forward(packet)

    def hops(self, connection: Connection) -> Iterator[tuple[str, Packet]]:
        """The nodes that forward it, and how it comes there. What a node sends or takes itself it does not forward."""
        packet = first_packet(connection)
        sending, taking = (self._behind(end) for end in (connection.source, connection.destination))
        for name in dict.fromkeys(each for each in (sending, taking) if each):
            if {connection.source, connection.destination}.isdisjoint(self._nodes[name].addresses):
                yield name, packet._replace(interface="cni0" if name == sending else "uplink")

    def _find(self, address: str) -> str:
        """The node whose pods' network the address is in, '' for one of a node itself or from outside."""
        if any(address in node.addresses for node in self._nodes.values()):
            return ""
        inside = (
            name
            for name, node in self._nodes.items()
            if any(parsed(address) in ip_network(each) for each in node.subnets)
        )
        return next(inside, "")


def allowed_by_verdict(cluster: Cluster, connection: Connection) -> bool:
    """What the offline answer is, which knows neither nodes nor their networks."""
    return verdict(
        cluster, connection.source, connection.destination, connection.protocol, connection.port or None
    ).allowed
