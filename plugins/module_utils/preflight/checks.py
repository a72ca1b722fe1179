# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host can become what the plan says. Pure: expectations and a reading in, problems out."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any, Callable, Dict, Iterator, List, Tuple

from ..fabric.problems import Problem
from ..kernel.modules import MISSING
from ..state.marks import PROTOCOL
from .expectation import Expectation, Found
from .frr import frr_is_free
from .machine import Machine
from .speakers import port_is_frrs
from .tunnel import tunnel_is_free
from .views import addresses, device_of, is_own, is_usable, kind, path_down

#: A route's protocol as iproute2 prints it, with and without our name for it.
_OWN_PROTOCOLS = (str(PROTOCOL), "podnet")
_CHECKSUM = re.compile("sha256:[0-9a-fA-F]{64}|sha512:[0-9a-fA-F]{128}")
_KERNEL_OPTIONS = {
    "bridge": "CONFIG_BRIDGE",
    "br_netfilter": "CONFIG_BRIDGE_NETFILTER",
    "vxlan": "CONFIG_VXLAN",
    "geneve": "CONFIG_GENEVE",
}


def problems(expected: Expectation, machine: Machine) -> List[Problem]:
    """All that stands against it, in the order of the checks."""
    return [Problem(expected.host, *found) for check in _CHECKS for found in check(expected, machine)]


def without_root(host: str) -> Problem:
    """What stands against it before all else: files and programs without which it cannot be looked at are root's."""
    reason = "is not enough to change the network"
    return Problem(host, "ansible_become", "false", reason, "set ansible_become to true for this host")


def underlay(expected: Expectation, machine: Machine) -> Dict[str, Any]:
    """``device`` and ``mtu`` of the first node IP, empty where no interface has it."""
    for address in expected.node_ip:
        device = device_of(address, machine)
        if device:
            return {"device": device, "mtu": machine.links[device]["mtu"]}
    return {}


def _needs_systemd(_expected: Expectation, machine: Machine) -> Iterator[Found]:
    if not machine.systemd:
        reason = "does not run systemd, which brings the network back at boot"
        yield "the host", "", reason, "use a distribution with systemd"


def _node_ip_is_here(expected: Expectation, machine: Machine) -> Iterator[Found]:
    for address in expected.node_ip:
        if not device_of(address, machine):
            there = sorted({str(found) for found, _device in addresses(machine) if is_usable(found)})
            reason = "is on no interface of the host, which has %s" % (", ".join(there) or "none")
            way_out = "set fabric_node_ip to the address that the other nodes reach, or give it to an interface"
            yield "fabric_node_ip", address, reason, way_out


def _near_peers_are_on_link(expected: Expectation, machine: Machine) -> Iterator[Found]:
    """Packets to them are sent without a router, so the host itself must take them to be on its own subnet."""
    for address, near in zip(expected.node_ip, expected.near):
        own = [found for found, _device in addresses(machine) if str(found.ip) == address]
        # One of full length, as DHCPv6 gives it, says nothing of its subnet.
        subnets = [found.network for found in own if found.network.prefixlen < found.max_prefixlen]
        if near and subnets and not any(_holds(subnet, near) for subnet in subnets):
            reason = "is one subnet to the plan, and the host's address on it is %s" % own[0]
            way_out = "list the subnets that the nodes are on, each with its own prefix, or correct the host's prefix"
            yield "fabric_underlay_cidr", near, reason, way_out


def _holds(network: Any, subnet: str) -> bool:
    inner = ip_network(subnet)
    return inner.network_address in network and inner.broadcast_address in network


def _underlay_mtu_fits(expected: Expectation, machine: Machine) -> Iterator[Found]:
    tops = [device_of(address, machine) for address in expected.node_ip]
    for device in sorted({name for top in tops for name in path_down(top, machine)}):
        mtu = machine.links[device]["mtu"]
        if mtu < expected.underlay_mtu:
            reason = "is more than the MTU of %s, %d" % (device, mtu)
            way_out = "set fabric_underlay_mtu to %d for all hosts, or raise the MTU all the way between them" % mtu
            yield "fabric_underlay_mtu", expected.underlay_mtu, reason, way_out


def _kernel_has_modules(expected: Expectation, machine: Machine) -> Iterator[Found]:
    for name, availability in machine.modules.items():
        if availability == MISSING:
            reason = "has no module %s, neither to load nor built in" % name
            way_out = "install the package with its further modules, or a kernel with %s"
            if expected.overlay and expected.overlay.kind == name:
                way_out += ", or use another fabric_mode or fabric_overlay"
            yield "the kernel", "", reason, way_out % _KERNEL_OPTIONS.get(name, name)


def _ipv6_is_on(expected: Expectation, machine: Machine) -> Iterator[Found]:
    """For the pods' bridge; whether the host has a node IP of this family can be seen."""
    for cidr in expected.cluster_cidr:
        if ":" in cidr and machine.without_ipv6:
            reason = "is IPv6, which no new link of the host gets with %s" % machine.without_ipv6
            way_out = "take that out of what the host boots with (the kernel's command line, sysctl.d) and reboot, or "
            yield "fabric_cluster_cidr", cidr, reason, way_out + "leave IPv6 out of the cluster's networks"


def _bridge_name_is_free(expected: Expectation, machine: Machine) -> Iterator[Found]:
    name = expected.bridge_name
    if name in machine.links and kind(machine.links[name]) != "bridge":
        reason = "is the name of a link that is no bridge"
        yield "fabric_bridge_name", name, reason, "choose another name, or delete that link"


def _bridge_is_no_one_elses(expected: Expectation, machine: Machine) -> Iterator[Found]:
    name = expected.bridge_name
    if name in machine.links and not is_own(machine.links[name]):
        for found, device in addresses(machine):
            if device == name and is_usable(found) and str(found.ip) not in expected.gateway:
                reason = "is the bridge of another network, which left %s on it" % found
                way_out = "remove that network and its bridge ('ip link delete %s'), or choose another name" % name
                yield "fabric_bridge_name", name, reason, way_out


def _bridge_keeps_its_pods(expected: Expectation, machine: Machine) -> Iterator[Found]:
    """Under a new name it would be another bridge, and what the old one has as ports goes without network with it."""
    masters = [link.get("master") for link in machine.links.values()]
    for name, link in machine.links.items():
        if is_own(link) and kind(link) == "bridge" and name != expected.bridge_name and name in masters:
            reason = "is not the bridge that pods are attached to, %s (ports: %d)" % (name, masters.count(name))
            way_out = "put %s back, or drain the host and stop its pods first, host by host with --limit" % name
            yield "fabric_bridge_name", expected.bridge_name, reason, way_out


def _pod_networks_are_free(expected: Expectation, machine: Machine) -> Iterator[Found]:
    # Also those of the mode that the host is about to leave.
    ours = {*expected.own_links, *(name for name, link in machine.links.items() if is_own(link))}
    way_out = "choose a fabric_cluster_cidr that the site does not use, or take away the %s with what made it"
    for network in [ip_network(cidr) for cidr in expected.cluster_cidr]:
        for found, device in addresses(machine):
            if device not in ours and found.version == network.version and found.network.overlaps(network):
                reason = "overlaps the address %s of %s on the host" % (found, device)
                yield "fabric_cluster_cidr", network, reason, way_out % "address"
        for route in machine.routes:
            if _is_foreign(route, expected, machine) and ip_network(route["dst"]).version == network.version:
                words = ["%s %s" % (word, route[word]) for word in ("gateway", "dev", "protocol") if word in route]
                reason = "has a route inside it that is not ours: %s" % " ".join([route["dst"], *words])
                yield "fabric_cluster_cidr", network, reason, way_out % "route"


def _cni_configuration_is_first(expected: Expectation, _machine: Machine) -> Iterator[Found]:
    if expected.other_configs_policy == "refuse":
        for path in expected.other_configs:
            reason = "finds %s, which the runtime would use instead of ours" % path
            way_out = "remove it with the tool that put it there, or set cni_other_configs to set_aside"
            yield "cni_other_configs", "refuse", reason, way_out


def _archive_has_a_checksum(expected: Expectation, _machine: Machine) -> Iterator[Found]:
    if expected.plugins_archive and not _CHECKSUM.fullmatch(expected.plugins_checksum):
        reason = "is not of the form sha256:… or sha512:…, and cni_plugins_archive is %s" % expected.plugins_archive
        way_out = "give the checksum that the archive's publisher gives, or take the distribution's plugins"
        yield "cni_plugins_checksum", expected.plugins_checksum or "''", reason, way_out


_CHECKS: Tuple[Callable[[Expectation, Machine], Iterator[Found]], ...] = (
    _needs_systemd,
    _kernel_has_modules,
    _ipv6_is_on,
    _node_ip_is_here,
    _near_peers_are_on_link,
    _underlay_mtu_fits,
    _bridge_name_is_free,
    tunnel_is_free,
    port_is_frrs,
    frr_is_free,
    _bridge_is_no_one_elses,
    _bridge_keeps_its_pods,
    _pod_networks_are_free,
    _cni_configuration_is_first,
    _archive_has_a_checksum,
)


def _is_foreign(route: Dict[str, Any], expected: Expectation, machine: Machine) -> bool:
    # The kernel's own routes belong to addresses, which are looked at themselves.
    by_bgp = expected.mode == "bgp" or "bgp" in machine.documents
    ours = (*_OWN_PROTOCOLS, "kernel", *(["bgp"] if by_bgp else []))
    return route.get("dev") not in expected.own_links and str(route.get("protocol")) not in ours
