# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the whole cluster: what every layer of every host is built from, as one value and as one JSON string.

Addresses and networks are strings in normal form. Tuples of them hold at most one of each address family, IPv4 first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterable, Mapping, Tuple, Union

VERSION = 1


@dataclass(frozen=True)
class Bridge:
    """The bridge that a node's pods attach to, and how packets leave the cluster."""

    name: str
    masquerade: bool
    masquerade_exclude: Tuple[str, ...]


@dataclass(frozen=True)
class Vxlan:
    name: str
    vni: int
    port: int


@dataclass(frozen=True)
class Cluster:
    """What all hosts share. ``mtu`` is the pods', in bytes; ``underlay_family`` (4 or 6) is what tunnels run over."""

    mode: str
    cluster_cidr: Tuple[str, ...]
    service_cidr: Tuple[str, ...]
    mtu: int
    underlay_family: int
    bridge: Bridge
    vxlan: Vxlan


@dataclass(frozen=True)
class Host:
    """One node. ``gateway`` is the first address of each pod subnet, the bridge's own."""

    node_ip: Tuple[str, ...]
    pod_subnet: Tuple[str, ...]
    gateway: Tuple[str, ...]
    underlay_mtu: int
    tunnel_mac: str
    bridge_mac: str


@dataclass(frozen=True)
class Plan:
    """``hosts`` are in natural order of their names."""

    cluster: Cluster
    hosts: Mapping[str, Host]

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
    return json.dumps({"version": VERSION, "cluster": asdict(plan.cluster), "hosts": hosts})


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
        cluster["vxlan"] = Vxlan(**_frozen(cluster["vxlan"]))
        hosts = {str(name): Host(**_frozen(host)) for name, host in content["hosts"].items()}
        return Plan(Cluster(**_frozen(cluster)), hosts)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("the plan is damaged: %s" % error) from None


def _frozen(content: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}
