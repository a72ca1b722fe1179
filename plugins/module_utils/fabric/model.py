# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the whole cluster: what every layer of every host is built from, as one value and as one JSON string.

Addresses and networks are strings in normal form. Tuples of them hold at most one of each address family, IPv4 first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple, Union

VERSION = 1


@dataclass(frozen=True)
class Bridge:
    """The bridge that a node's pods attach to, and how packets leave the cluster."""

    name: str
    masquerade: bool
    masquerade_exclude: Tuple[str, ...]


@dataclass(frozen=True)
class Overlay:
    """The tunnel device. ``kind`` is ``vxlan`` or ``geneve``, ``port`` its UDP port."""

    kind: str
    name: str
    vni: int
    port: int


@dataclass(frozen=True)
class Cluster:
    """What all hosts share. ``mtu`` is the pods', in bytes; ``underlay_family`` (4 or 6) is what tunnels run over.

    ``overlay`` is None in modes without one; ``bgp_topology``: ``mesh``, ``reflectors``, ``routers``, None elsewhere.
    """

    mode: str
    cluster_cidr: Tuple[str, ...]
    service_cidr: Tuple[str, ...]
    mtu: int
    underlay_family: int
    bridge: Bridge
    overlay: Optional[Overlay]
    bgp_topology: Optional[str]


@dataclass(frozen=True)
class Host:
    """One node. ``gateway`` is the first address of each pod subnet, the bridge's own.

    ``segment`` goes with ``node_ip``: the subnet that each address shares with the peers next to it, or ''.
    """

    node_ip: Tuple[str, ...]
    segment: Tuple[str, ...]
    pod_subnet: Tuple[str, ...]
    gateway: Tuple[str, ...]
    underlay_mtu: int
    tunnel_mac: str
    bridge_mac: str


@dataclass(frozen=True)
class Router:
    """A BGP neighbor that is no node, by its address or the interface it is behind; the other of the two is ''.

    ``asn`` is a number, ``internal`` or ``external``. ``multihop`` is how many hops away it may be, 0 for next to us;
    ``password`` whether it has one of its own, which the plan does not hold.
    """

    address: str
    interface: str
    asn: str
    multihop: int
    password: bool = False


@dataclass(frozen=True)
class Speaker:
    """A node's part in BGP. Nodes with one ``cluster_id`` are clients of its reflectors (RFC 4456)."""

    asn: int
    router_id: str
    reflector: bool
    cluster_id: str
    routers: Tuple[Router, ...]


@dataclass(frozen=True)
class Plan:
    """``hosts`` are in natural order of their names. ``speakers`` are the same in mode ``bgp``, and none otherwise."""

    cluster: Cluster
    hosts: Mapping[str, Host]
    speakers: Mapping[str, Speaker]

    def peers(self, name: str) -> Iterable[Tuple[str, Host]]:
        """Every other host."""
        return ((peer, host) for peer, host in self.hosts.items() if peer != name)


def family(address: str) -> int:
    """4 or 6, of an address or network in normal form."""
    return 6 if ":" in address else 4


def of_family(addresses: Iterable[str], wanted: int) -> Tuple[str, ...]:
    return tuple(address for address in addresses if family(address) == wanted)


def to_json(plan: Plan) -> str:
    # vars() instead of asdict() for hosts: those are flat and many.
    hosts = {name: vars(host) for name, host in plan.hosts.items()}
    speakers = {name: asdict(speaker) for name, speaker in plan.speakers.items()}
    return json.dumps({"version": VERSION, "cluster": asdict(plan.cluster), "hosts": hosts, "speakers": speakers})


def from_json(text: Union[str, Mapping[str, Any]]) -> Plan:
    """The plan of :func:`to_json`, also where templating has already made a mapping of the string.

    Raises ValueError for anything else.
    """
    content = json.loads(text) if isinstance(text, str) else text
    if not isinstance(content, Mapping) or content.get("version") != VERSION:
        raise ValueError("this is no plan of version %d" % VERSION)
    try:
        cluster = dict(content["cluster"])
        cluster["bridge"] = Bridge(**_frozen(cluster["bridge"]))
        cluster["overlay"] = Overlay(**cluster["overlay"]) if cluster["overlay"] else None
        hosts = {str(name): Host(**_frozen(host)) for name, host in content["hosts"].items()}
        speakers = {str(name): _speaker(speaker) for name, speaker in content["speakers"].items()}
        return Plan(Cluster(**_frozen(cluster)), hosts, speakers)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("the plan is damaged: %s" % error) from None


def _speaker(content: Mapping[str, Any]) -> Speaker:
    return Speaker(**{**content, "routers": tuple(Router(**router) for router in content["routers"])})


def _frozen(content: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}
