# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pod subnets for all hosts: from explicit variables and the lock file to the allocation and the next lock."""

from __future__ import annotations

from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

from .allocation import Exhausted, allocate
from .inputs import ClusterInputs, HostInputs
from .lock import Lock
from .overlaps import Claim, overlaps
from .problems import EVERY_HOST, Problem, show
from .values import Network

_LOCK = "fabric_lock_file"
_SUBNET = "fabric_pod_subnet"


class Allocation(NamedTuple):
    """``given``: the inventory's hosts' subnets; ``lock``: the same and those reserved for hosts that left."""

    given: Lock
    lock: Lock
    problems: List[Problem]


def subnets(cluster: ClusterInputs, hosts: Sequence[HostInputs], lock: Lock) -> Allocation:
    """Keep what is held, give the rest the lowest free subnets, in the inventory's order."""
    held = _Held(cluster, hosts, lock)
    problems = [*held.foreign(), *held.overlapping()]
    given: Dict[str, Tuple[Network, ...]] = {host.name: () for host in hosts}
    for cidr in cluster.cluster_cidr:
        if cluster.mask_size(cidr.version) < cidr.prefixlen:
            continue  # Not one fits, which checks.networks says.
        try:
            family = allocate(
                [host.name for host in hosts], held.of_family(cidr.version), cidr, cluster.mask_size(cidr.version)
            )
        except Exhausted as exhausted:
            problems.append(_too_small(cluster, cidr, exhausted, held.departed))
            continue
        for name, subnet in family.items():
            given[name] += (subnet,)
    return Allocation(given, {**held.departed, **given}, problems)


class _Held:
    """Who holds which subnet before anything new is given out: the variable wins over the lock, family by family."""

    def __init__(self, cluster: ClusterInputs, hosts: Sequence[HostInputs], lock: Lock) -> None:
        self._cluster = cluster
        self._explicit = {host.name: host.pod_subnet for host in hosts}
        self._lock = lock
        self.departed: Lock = {}
        if not cluster.reclaim:
            self.departed = {name: held for name, held in lock.items() if name not in self._explicit}
        self._held = {**self.departed, **{host.name: self._of(host) for host in hosts}}

    def _of(self, host: HostInputs) -> Tuple[Network, ...]:
        given = {subnet.version for subnet in host.pod_subnet}
        locked = tuple(subnet for subnet in self._lock.get(host.name, ()) if subnet.version not in given)
        return host.pod_subnet + locked

    def of_family(self, family: int) -> Dict[str, Network]:
        return {name: subnet for name, held in self._held.items() for subnet in held if subnet.version == family}

    def foreign(self) -> Iterator[Problem]:
        """Subnets outside the cluster's networks."""
        cidrs = {cidr.version: cidr for cidr in self._cluster.cluster_cidr}
        for name, held in self._held.items():
            for subnet in held:
                cidr = cidrs.get(subnet.version)
                if cidr is None or subnet.network_address not in cidr or subnet.broadcast_address not in cidr:
                    yield self._outside(name, subnet)

    def _outside(self, name: str, subnet: Network) -> Problem:
        cidrs = show(self._cluster.cluster_cidr)
        if self._is_explicit(name, subnet):
            reason = "lies outside fabric_cluster_cidr %s" % cidrs
            return Problem(name, _SUBNET, subnet, reason, "give a subnet of it, or none to have one allocated")
        reason = "is locked for this host, but lies outside fabric_cluster_cidr %s" % cidrs
        way_out = "put the network back, or give the host a new subnet by removing its line from the lock file"
        return Problem(name, _LOCK, subnet, reason, self._or_reclaim(name, way_out))

    def overlapping(self) -> Iterator[Problem]:
        claims = (Claim(subnet, name) for name, held in self._held.items() for subnet in held)
        for one, other in overlaps(claims):
            # The lock itself holds no overlap, so at least one of the two was set in the inventory: that one is named.
            blamed, holder = (other, one) if self._is_explicit(other.owner, other.network) else (one, other)
            where = "set for" if self._is_explicit(holder.owner, holder.network) else "locked for"
            reason = "overlaps %s, which is %s %s" % (holder.network, where, holder.owner)
            yield Problem(
                blamed.owner,
                _SUBNET,
                blamed.network,
                reason,
                self._or_reclaim(holder.owner, "give the host another subnet, or none"),
            )

    def _is_explicit(self, name: str, subnet: Network) -> bool:
        return subnet in self._explicit.get(name, ())

    def _or_reclaim(self, name: str, way_out: str) -> str:
        if name not in self.departed:
            return way_out
        return way_out + ", or set fabric_reclaim: true, for %s is no longer in the inventory" % name


def _too_small(cluster: ClusterInputs, cidr: Network, exhausted: Exhausted, departed: Lock) -> Problem:
    mask_size = cluster.mask_size(cidr.version)
    reason = "has room for %d subnets of /%d, which is %d too few" % (
        1 << (mask_size - cidr.prefixlen),
        mask_size,
        exhausted.missing,
    )
    way_out = "widen it, or give the nodes smaller subnets"
    if departed:
        reason += " (%d are reserved for hosts that left)" % len(departed)
        way_out += ", or set fabric_reclaim: true"
    return Problem(EVERY_HOST, "fabric_cluster_cidr", cidr, reason, way_out)
