# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the hosts' variables and the lock to the plan of the whole cluster and the next lock."""

from __future__ import annotations

from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from . import checks, identity, inputs, lock, mtu, subnets
from .inputs import ClusterInputs, HostInputs
from .model import Bridge, Cluster, Host, Plan, Vxlan
from .names import natural
from .problems import EVERY_HOST, PlanError, Problem
from .values import Network


class Made(NamedTuple):
    """A plan, and the lock's text that keeps what was allocated for it."""

    plan: Plan
    lock: str


def make(variables: inputs.Variables, lock_text: Optional[str], lock_file: str = "the lock file") -> Made:
    """Plan the cluster of these hosts, at least one; ``lock_file`` is only a name for messages.

    Raises :class:`PlanError` with every problem of the inventory. Cost: O(n log n) in hosts.
    """
    cluster, hosts, problems = inputs.read(variables)
    locked: Optional[lock.Lock] = None
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
        if locked is not None:
            allocation = subnets.subnets(cluster, hosts, locked)
            problems.extend(allocation.problems)
    if problems or cluster is None or family is None or allocation is None:
        raise PlanError(problems)
    return Made(_plan(cluster, hosts, family, allocation.given), lock.serialise(allocation.lock))


def _damaged(damaged: lock.Damaged, lock_file: str) -> Problem:
    way_out = "restore it from version control; to remove it is to allocate all pod subnets anew"
    return Problem(EVERY_HOST, "fabric_lock_file", lock_file, "is damaged: %s" % damaged, way_out)


def _plan(
    cluster: ClusterInputs, hosts: Sequence[HostInputs], family: int, given: Dict[str, Tuple[Network, ...]]
) -> Plan:
    planned = {host.name: _host(host, given[host.name]) for host in sorted(hosts, key=lambda host: natural(host.name))}
    return Plan(
        cluster=Cluster(
            mode=cluster.mode,
            cluster_cidr=_strings(cluster.cluster_cidr),
            service_cidr=_strings(cluster.service_cidr),
            mtu=mtu.cluster_mtu(cluster.mode, family, (host.underlay_mtu for host in hosts)),
            underlay_family=family,
            bridge=Bridge(cluster.bridge_name, cluster.masquerade, _strings(cluster.masquerade_exclude)),
            vxlan=Vxlan(cluster.vxlan_name, cluster.vxlan_vni, cluster.vxlan_port),
        ),
        hosts=planned,
    )


def _host(host: HostInputs, pod_subnets: Tuple[Network, ...]) -> Host:
    return Host(
        node_ip=_strings(host.node_ip),
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
    rows = [
        (name, ", ".join(host.node_ip), ", ".join(host.pod_subnet), host.tunnel_mac, str(cluster.mtu))
        for name, host in plan.hosts.items()
    ]
    rows.insert(0, ("node", "node IP", "pod subnet", "tunnel MAC", "MTU"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head = "%s, %d nodes, pods %s" % (cluster.mode, len(plan.hosts), ", ".join(cluster.cluster_cidr))
    return [head] + ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
