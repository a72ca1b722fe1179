# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a set of inputs must hold beyond each value being valid: what is wrong between hosts and between networks.

Each check yields all of its problems. Each is linear in hosts, or sorts once.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, Optional, Sequence, Tuple

from . import identity, mtu
from .inputs import ClusterInputs, HostInputs
from .names import is_node_name
from .problems import EVERY_HOST, Problem, show, some
from .settings import PREFIX
from .values import Network
from .ways import DETOUR_LINK


def hosts(inputs: Sequence[HostInputs]) -> Iterator[Problem]:
    """Names, and that no two hosts have one identity."""
    for host in inputs:
        if not is_node_name(host.name):
            way_out = "rename it to lower-case letters, digits, dots and dashes (RFC 1123), as kubelet's node name"
            yield Problem(host.name, "inventory_hostname", host.name, "is no valid Kubernetes node name", way_out)
    node_ips = ((host.name, address) for host in inputs for address in host.node_ip)
    yield from _shared("fabric_node_ip", node_ips, "give each host its own address")
    macs = ((host.name, host.tunnel_mac or identity.tunnel_mac(host.name)) for host in inputs)
    yield from _shared("fabric_tunnel_mac", macs, "set another fabric_tunnel_mac, or none, on one of them")


def _shared(variable: str, values: Iterable[Tuple[str, Any]], way_out: str) -> Iterator[Problem]:
    first: Dict[Any, str] = {}
    for host, value in values:
        holder = first.setdefault(value, host)
        if holder != host:
            yield Problem(host, variable, value, "is that of %s as well" % holder, way_out)


def networks(cluster: ClusterInputs, inputs: Sequence[HostInputs]) -> Iterator[Problem]:
    """That pods, Services and the underlay have no address in common, and that names and sizes fit."""
    overlay_name = {"vxlan": cluster.vxlan_name, "geneve": cluster.geneve_name}.get(cluster.overlay_kind or "")
    if cluster.bridge_name == overlay_name:
        reason = "is also the name of the bridge"
        variable = "fabric_%s_name" % cluster.overlay_kind
        yield Problem(EVERY_HOST, variable, overlay_name, reason, "give the two devices two names")
    for variable in ("fabric_bridge_name", "fabric_vxlan_name", "fabric_geneve_name"):
        if getattr(cluster, variable[len(PREFIX) :]) == DETOUR_LINK:
            reason = "is the tunnel that carries packets while another is made anew"
            yield Problem(EVERY_HOST, variable, DETOUR_LINK, reason, "choose another name")
    for cidr in cluster.cluster_cidr:
        yield from _mask_size(cluster, cidr)
        yield from _meets("fabric_cluster_cidr", cidr, "fabric_service_cidr", cluster.service_cidr)
    for variable, cidrs in (
        ("fabric_cluster_cidr", cluster.cluster_cidr),
        ("fabric_service_cidr", cluster.service_cidr),
    ):
        for cidr in cidrs:
            yield from _meets(variable, cidr, "fabric_underlay_cidr", cluster.underlay_cidr)
            yield from _holds_nodes(variable, cidr, inputs)


def _mask_size(cluster: ClusterInputs, cidr: Network) -> Iterator[Problem]:
    if cluster.mask_size(cidr.version) < cidr.prefixlen:
        variable = "fabric_node_mask_size" if cidr.version == 4 else "fabric_node_mask_size_ipv6"
        reason = "asks for more than the whole of fabric_cluster_cidr %s" % cidr
        way_out = "give a prefix of at least /%d" % cidr.prefixlen
        yield Problem(EVERY_HOST, variable, cluster.mask_size(cidr.version), reason, way_out)


def _meets(variable: str, cidr: Network, other_variable: str, others: Iterable[Network]) -> Iterator[Problem]:
    for other in others:
        if other.version == cidr.version and other.overlaps(cidr):
            reason = "overlaps %s %s" % (other_variable, other)
            yield Problem(EVERY_HOST, variable, cidr, reason, "give the two networks that have no address in common")


def _holds_nodes(variable: str, cidr: Network, inputs: Sequence[HostInputs]) -> Iterator[Problem]:
    for host in inputs:
        for address in host.node_ip:
            if address in cidr:
                reason = "lies inside %s %s" % (variable, cidr)
                way_out = "give %s a network that the underlay does not use" % variable
                yield Problem(host.name, "fabric_node_ip", address, reason, way_out)


def underlay_family(inputs: Sequence[HostInputs]) -> Tuple[Optional[int], Sequence[Problem]]:
    """The address family that all hosts reach each other by, IPv4 if they can choose."""
    known = [host for host in inputs if host.node_ip]
    families = [{address.version for address in host.node_ip} for host in known]
    for family in (4, 6):
        if all(family in have for have in families):
            return family, ()
    only_ipv4 = some([host.name for host, have in zip(known, families) if have == {4}])
    reason = "has no IPv4 address, and %s has no IPv6 address" % only_ipv4
    way_out = "give all hosts an address of one and the same family"
    return None, [
        Problem(host.name, "fabric_node_ip", show(host.node_ip), reason, way_out)
        for host, have in zip(known, families)
        if have == {6}
    ]


def mtus(cluster: ClusterInputs, inputs: Sequence[HostInputs], family: int) -> Iterator[Problem]:
    """That what encapsulation leaves is enough for each of the pods' address families."""
    overhead = mtu.overhead(cluster.overlay_kind, family)
    pods_family = max(cidr.version for cidr in cluster.cluster_cidr)
    needed = mtu.SMALLEST[pods_family]
    for host in inputs:
        left = host.underlay_mtu - overhead
        if left < needed:
            reason = "leaves pods %d bytes" % left
            if cluster.overlay_kind:
                reason += " after %d of %s" % (overhead, cluster.overlay_kind)
            reason += ", and IPv%d needs %d" % (pods_family, needed)
            way_out = "raise the MTU of the underlay to at least %d" % (needed + overhead)
            yield Problem(host.name, "fabric_underlay_mtu", host.underlay_mtu, reason, way_out)
