# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the hosts' variables and the lock to the plan of the whole cluster and the next lock."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from . import bgp_checks, checks, identity, inputs, lock, mtu, paths, reach, segments, subnets, transition
from .inputs import ClusterInputs, HostInputs
from .model import Bridge, Cluster, Host, Overlay, Plan, Router, Speaker
from .names import natural
from .problems import EVERY_HOST, PlanError, Problem, show
from .values import Network

#: What to do where the inventory wants other paths than the hosts have: refuse it; plan the next step of a migration,
#: which begins with that; the same when that step is done, for the lock to say so; the same when it is taken back,
#: whether the inventory still wants it or not; or forget what they had.
MOVING = REFUSE, MOVE, MOVED, BACK, REPLACE = "refuse", "move", "moved", "back", "replace"


class Made(NamedTuple):
    """A plan, the lock's text that keeps what was allocated for it, and the plan that the hosts have.

    ``steps`` is how many plans away from theirs the inventory's is: 0, 1, or 2 by way of a detour. ``tunnels`` are the
    devices that hosts have on their way there. ``begun`` is whether some have perhaps gone a part of a step already.
    """

    plan: Plan
    lock: str
    had: Plan
    steps: int
    tunnels: Tuple[Overlay, ...]
    begun: bool


def make(
    variables: inputs.Variables, lock_text: Optional[str], lock_file: str = "the lock file", moving: str = REFUSE
) -> Made:
    """Plan the cluster of these hosts, at least one; ``lock_file`` is only a name for messages.

    Raises :class:`PlanError` with every problem of the inventory. Cost: O(n log n) in hosts.
    """
    cluster, hosts, problems = inputs.read(variables)
    locked: Optional[lock.Kept] = None
    try:
        locked = lock.parse(lock_text)
    except lock.Damaged as damaged:
        problems.append(_damaged(damaged, lock_file))
    problems.extend(checks.hosts(hosts))
    family, mixed = checks.underlay_family(hosts)
    problems.extend(mixed)
    allocation = None
    if cluster is not None:
        problems.extend(checks.networks(cluster, hosts))
        if family is not None:
            problems.extend(checks.mtus(cluster, hosts, family))
        problems.extend(reach.problems(cluster, hosts))
        if cluster.mode == "bgp":
            problems.extend(bgp_checks.problems(cluster, hosts))
        if locked is not None:
            allocation = subnets.subnets(cluster, hosts, locked.hosts)
            problems.extend(allocation.problems)
    if problems or cluster is None or family is None or allocation is None or locked is None:
        raise PlanError(problems)
    wanted = _plan(cluster, hosts, family, allocation.given)
    keep = paths.of(wanted, cluster)
    kept = keep if moving == REPLACE else locked.paths or _unsaid(locked, cluster, hosts, family, allocation.given)
    kept = paths.settled(kept, keep)
    begun = locked.towards if moving != REPLACE else None
    _refuse(kept, begun, keep, moving)
    had = wanted if kept == keep else _had(kept, cluster, hosts, allocation.given)
    target = transition.towards(had, wanted)
    # Where the variables have their old values again, a killed run had others.
    left = transition.towards(had, _had(begun, cluster, hosts, allocation.given)) if begun and had is wanted else target
    steps = 0 if had is wanted else 1 if target is wanted else 2
    towards = (keep if steps else begun) if moving == MOVE else None
    if moving == MOVED:
        planned, kept, steps = target, paths.of(target, cluster), max(0, steps - 1)
    else:
        planned = transition.during(had, left if moving == BACK else target)
    text = lock.serialise(allocation.lock, kept, towards)
    return Made(planned, text, had, steps, _tunnels(had, left, target, wanted), begun is not None)


def _refuse(kept: paths.Paths, begun: Optional[paths.Paths], keep: paths.Paths, moving: str) -> None:
    """Raise :class:`PlanError` where hosts that have the first, and of ``begun`` some, may not get the third so."""
    # From halfway hosts get safely to one end or the other: what a third wants to make anew may carry packets.
    if begun and (moving == REFUSE or keep not in (kept, paths.settled(begun, keep))):
        raise PlanError(paths.unended(kept, begun))
    if moving == REFUSE and kept != keep:
        raise PlanError(paths.problems(kept, keep))
    stuck = list(paths.unmovable(kept, keep))
    if stuck:
        raise PlanError(stuck)


def _unsaid(
    locked: lock.Kept,
    cluster: ClusterInputs,
    hosts: Sequence[HostInputs],
    family: int,
    given: Dict[str, Tuple[Network, ...]],
) -> paths.Paths:
    """What hosts have where the lock has no paths: what is wanted, if it has no hosts either.

    A lock with hosts alone is of the time when paths were not kept yet, and hosts had VXLAN.
    """
    then = replace(cluster, mode="vxlan") if locked.hosts else cluster
    return paths.of(_plan(then, hosts, family, given), then)


def _tunnels(*plans: Plan) -> Tuple[Overlay, ...]:
    return tuple(dict.fromkeys(plan.cluster.overlay for plan in plans if plan.cluster.overlay))


def _had(
    had: paths.Paths, cluster: ClusterInputs, hosts: Sequence[HostInputs], given: Dict[str, Tuple[Network, ...]]
) -> Plan:
    """The plan that today's hosts had with the paths of then. Raises :class:`PlanError` where they cannot."""
    needed: List[int] = [cidr.version for cidr in cluster.cluster_cidr] if had.mode == "direct" else []
    if had.overlay:
        needed = [had.underlay_family]
    problems = [
        Problem(
            host.name,
            "fabric_node_ip",
            show(host.node_ip),
            "has no IPv%d address, by which the hosts reach it" % family,
            "give it one until all hosts are migrated",
        )
        for host in hosts
        for family in needed
        if all(address.version != family for address in host.node_ip)
    ]
    if problems:
        raise PlanError(problems)
    plan = _plan(paths.inputs(had, cluster), hosts, had.underlay_family, given)
    return replace(plan, cluster=replace(plan.cluster, mtu=had.mtu))


def _damaged(damaged: lock.Damaged, lock_file: str) -> Problem:
    way_out = "restore it from version control; to remove it is to allocate all pod subnets anew"
    return Problem(EVERY_HOST, "fabric_lock_file", lock_file, "is damaged: %s" % damaged, way_out)


def _plan(
    cluster: ClusterInputs, hosts: Sequence[HostInputs], family: int, given: Dict[str, Tuple[Network, ...]]
) -> Plan:
    subnet_of = segments.segments(hosts, cluster.underlay_cidr)
    ordered = sorted(zip(hosts, subnet_of), key=lambda pair: natural(pair[0].name))
    bgp = cluster.mode == "bgp"
    return Plan(
        cluster=Cluster(
            mode=cluster.mode,
            cluster_cidr=_strings(cluster.cluster_cidr),
            service_cidr=_strings(cluster.service_cidr),
            mtu=mtu.cluster_mtu(cluster.overlay_kind, family, (host.underlay_mtu for host in hosts)),
            underlay_family=family,
            bridge=Bridge(cluster.bridge_name, cluster.masquerade, _strings(cluster.masquerade_exclude)),
            overlay=_overlay(cluster),
            bgp_topology=cluster.bgp_topology if bgp else None,
        ),
        hosts={host.name: _host(host, near, given[host.name]) for host, near in ordered},
        speakers={host.name: _speaker(host) for host, _near in ordered} if bgp else {},
    )


def _overlay(cluster: ClusterInputs) -> Optional[Overlay]:
    if cluster.overlay_kind == "vxlan":
        return Overlay("vxlan", cluster.vxlan_name, cluster.vxlan_vni, cluster.vxlan_port)
    if cluster.overlay_kind == "geneve":
        return Overlay("geneve", cluster.geneve_name, cluster.geneve_vni, cluster.geneve_port)
    return None


def _speaker(host: HostInputs) -> Speaker:
    routers = tuple(
        Router(str(router.address or ""), router.interface, router.asn, router.multihop, router.password)
        for router in host.bgp_routers
    )
    return Speaker(host.asn, bgp_checks.router_id(host), host.bgp_reflector, host.bgp_cluster_id, routers)


def _host(host: HostInputs, near: Tuple[Optional[Network], ...], pod_subnets: Tuple[Network, ...]) -> Host:
    return Host(
        node_ip=_strings(host.node_ip),
        segment=_strings(subnet or "" for subnet in near),
        pod_subnet=_strings(pod_subnets),
        gateway=_strings(subnet.network_address + 1 for subnet in pod_subnets),
        underlay_mtu=host.underlay_mtu,
        tunnel_mac=host.tunnel_mac or identity.tunnel_mac(host.name),
        bridge_mac=identity.bridge_mac(host.name),
    )


def _strings(values: Iterable[object]) -> Tuple[str, ...]:
    return tuple(str(value) for value in values)


def summary(plan: Plan) -> List[str]:
    """The plan for people: a line for the cluster, then one a host in columns."""
    cluster = plan.cluster
    columns = {
        "node": list(plan.hosts),
        "node IP": [", ".join(host.node_ip) for host in plan.hosts.values()],
        "pod subnet": [", ".join(host.pod_subnet) for host in plan.hosts.values()],
    }
    if cluster.overlay:
        columns["tunnel MAC"] = [host.tunnel_mac for host in plan.hosts.values()]
    if plan.speakers:
        columns["ASN"] = [str(speaker.asn) for speaker in plan.speakers.values()]
    columns["MTU"] = [str(cluster.mtu)] * len(plan.hosts)
    rows = [tuple(columns), *zip(*columns.values())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    how = " ".join([cluster.mode, cluster.bgp_topology or ""]).strip()
    head = "%s, %d nodes, pods %s" % (how, len(plan.hosts), ", ".join(cluster.cluster_cidr))
    return [head] + ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
