# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a host speaks BGP to, of the nodes and of its own routers."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Tuple

from .model import Plan, Router, Speaker, family
from .ways import by_family


class Session(NamedTuple):
    """One neighbor. ``peer`` is the node's name, '' for a router; of ``address`` and ``interface`` one is ''.

    ``remote_as`` is a number, ``internal`` or ``external``. ``families`` (of 4 and 6) is whose routes it carries,
    ``reflector_client`` whether this host reflects for it (RFC 4456), ``multihop`` how many hops away it may be, 0 for
    next to us, ``secret`` what stands for its own password, '' where it has none of its own.
    """

    peer: str
    address: str
    interface: str
    remote_as: str
    reflector_client: bool
    families: Tuple[int, ...]
    multihop: int
    secret: str = ""


def sessions(plan: Plan, name: str) -> Tuple[Session, ...]:
    """Nodes in the plan's order, one session for each family of pods, then routers.

    Sessions are as many as the topology asks for: a client's do not grow with the cluster.
    """
    return (*_with_nodes(plan, name), *_with_routers(plan, plan.speakers[name]))


def families(plan: Plan) -> Tuple[int, ...]:
    """The address families of pods."""
    return tuple(family(cidr) for cidr in plan.cluster.cluster_cidr)


def reflects(plan: Plan, name: str) -> bool:
    """Whether the host passes on what others announce. What it is set to be means nothing in other topologies."""
    return plan.cluster.bgp_topology == "reflectors" and plan.speakers[name].reflector


def secret_of_router(number: int) -> str:
    """What stands for the own password of a host's router, counted from 1. Neither plan nor configuration holds it."""
    return "@router_%d_password@" % number


def _with_nodes(plan: Plan, name: str) -> Iterator[Session]:
    carried = families(plan)
    for peer, client in _peers(plan, name):
        node_ip = by_family(plan.hosts[peer])
        remote_as = str(plan.speakers[peer].asn)
        for version in carried:
            yield Session(peer, node_ip[version], "", remote_as, client, (version,), 0)


def _peers(plan: Plan, name: str) -> Iterator[Tuple[str, bool]]:
    """The nodes that a host has sessions with, and whether each is its client."""
    topology = plan.cluster.bgp_topology
    if topology == "routers":
        return
    own = plan.speakers[name]
    for peer, other in plan.speakers.items():
        if peer != name and (topology == "mesh" or _reflect(own, other)):
            yield peer, reflects(plan, name) and not other.reflector


def _reflect(one: Speaker, other: Speaker) -> bool:
    """Whether one of them reflects for the other. Reflectors, of one cluster or of several, all know each other."""
    if one.reflector and other.reflector:
        return True
    return (one.reflector or other.reflector) and one.cluster_id == other.cluster_id


def _with_routers(plan: Plan, own: Speaker) -> Iterator[Session]:
    for number, router in enumerate(own.routers, start=1):
        carried = _carried(plan, own, router)
        secret = secret_of_router(number) if router.password else ""
        yield Session("", router.address, router.interface, router.asn, False, carried, router.multihop, secret)


def _carried(plan: Plan, own: Speaker, router: Router) -> Tuple[int, ...]:
    """An address carries its own family, and those that no other router of the host has an address of (RFC 8950)."""
    wanted = families(plan)
    if router.interface:
        return wanted
    addressed = {family(other.address) for other in own.routers if other.address}
    carried = tuple(version for version in wanted if version == family(router.address) or version not in addressed)
    return carried or wanted
