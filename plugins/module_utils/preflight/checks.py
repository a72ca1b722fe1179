# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host can become what the plan says. Pure: expectations and a reading in, problems out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence, Tuple

from ..fabric.problems import Problem
from ..kernel.modules import MISSING
from ..state.marks import LINK_ALIAS, PROTOCOL
from .machine import Machine

#: A route's protocol as iproute2 prints it, with and without our name for it.
_OWN_PROTOCOLS = (str(PROTOCOL), "podnet")
_CHECKSUM = re.compile("sha256:[0-9a-fA-F]{64}|sha512:[0-9a-fA-F]{128}")
_KERNEL_OPTIONS = {"bridge": "CONFIG_BRIDGE", "br_netfilter": "CONFIG_BRIDGE_NETFILTER", "vxlan": "CONFIG_VXLAN"}


@dataclass(frozen=True)
class Expectation:
    """One host's part of the plan, and variables of the role ``cni``."""

    host: str
    node_ip: Sequence[str]
    underlay_mtu: int
    cluster_cidr: Sequence[str]
    gateway: Sequence[str]
    bridge_name: str
    vxlan_name: str
    vxlan_vni: int
    vxlan_port: int
    #: Configurations that the container runtime would prefer to ours.
    other_configs: Sequence[str] = ()
    other_configs_policy: str = "refuse"
    #: Where the CNI plugins come from, if not from the distribution.
    plugins_archive: str = ""
    plugins_checksum: str = ""


def expectation(host: str, plan: Mapping[str, Any], **cni: Any) -> Expectation:
    """From a host's part of the plan, as the filter plan_host gives it, and the fields that are the role ``cni``'s.

    Raises KeyError where the plan lacks something.
    """
    cluster, planned = plan["cluster"], plan["host"]
    return Expectation(
        host=host,
        node_ip=planned["node_ip"],
        underlay_mtu=planned["underlay_mtu"],
        cluster_cidr=cluster["cluster_cidr"],
        gateway=planned["gateway"],
        bridge_name=cluster["bridge"]["name"],
        vxlan_name=cluster["vxlan"]["name"],
        vxlan_vni=cluster["vxlan"]["vni"],
        vxlan_port=cluster["vxlan"]["port"],
        **cni,
    )


def problems(expected: Expectation, machine: Machine) -> List[Problem]:
    """All that stands against it, in the order of the checks."""
    return [Problem(expected.host, *found) for check in _CHECKS for found in check(expected, machine)]


#: Variable, value, reason, way out.
_Found = Tuple[str, Any, str, str]


def underlay(expected: Expectation, machine: Machine) -> Dict[str, Any]:
    """``device`` and ``mtu`` of the first node IP, empty where no interface has it."""
    for address in expected.node_ip:
        device = _device_of(address, machine)
        if device:
            return {"device": device, "mtu": machine.links[device]["mtu"]}
    return {}


def _needs_root(_expected: Expectation, machine: Machine) -> Iterator[_Found]:
    if not machine.root:
        yield (
            "ansible_become",
            "false",
            "is not enough to change the network",
            "set ansible_become to true for this host",
        )


def _needs_systemd(_expected: Expectation, machine: Machine) -> Iterator[_Found]:
    if not machine.systemd:
        reason = "does not run systemd, which brings the network back at boot"
        yield "the host", "", reason, "use a distribution with systemd"


def _node_ip_is_here(expected: Expectation, machine: Machine) -> Iterator[_Found]:
    for address in expected.node_ip:
        if not _device_of(address, machine):
            there = sorted({str(found) for found, _device in _addresses(machine) if _is_usable(found)})
            reason = "is on no interface of the host, which has %s" % (", ".join(there) or "none")
            way_out = "set fabric_node_ip to the address that the other nodes reach, or give it to an interface"
            yield "fabric_node_ip", address, reason, way_out


def _underlay_mtu_fits(expected: Expectation, machine: Machine) -> Iterator[_Found]:
    tops = [_device_of(address, machine) for address in expected.node_ip]
    for device in sorted({name for top in tops for name in _path_down(top, machine)}):
        mtu = machine.links[device]["mtu"]
        if mtu < expected.underlay_mtu:
            reason = "is more than the MTU of %s, %d" % (device, mtu)
            way_out = "set fabric_underlay_mtu to %d for all hosts, or raise the MTU all the way between them" % mtu
            yield "fabric_underlay_mtu", expected.underlay_mtu, reason, way_out


def _kernel_has_modules(_expected: Expectation, machine: Machine) -> Iterator[_Found]:
    for name, availability in machine.modules.items():
        if availability == MISSING:
            reason = "has no module %s, neither to load nor built in" % name
            option = _KERNEL_OPTIONS.get(name, name)
            yield "the kernel", "", reason, "install the package with its further modules, or a kernel with %s" % option


def _names_are_free(expected: Expectation, machine: Machine) -> Iterator[_Found]:
    for variable, name, kind in (
        ("fabric_bridge_name", expected.bridge_name, "bridge"),
        ("fabric_vxlan_name", expected.vxlan_name, "vxlan"),
    ):
        if name in machine.links and _kind(machine.links[name]) != kind:
            reason = "is the name of a link that is no %s" % kind
            yield variable, name, reason, "choose another name, or delete that link"


def _tunnel_is_alone(expected: Expectation, machine: Machine) -> Iterator[_Found]:
    on_port = [(name, link) for name, link in machine.links.items() if _data(link).get("port") == expected.vxlan_port]
    for name, link in on_port:
        if name != expected.vxlan_name and _data(link).get("id") == expected.vxlan_vni and not _is_own(link):
            reason = "is in use on port %d by %s, which is not ours" % (expected.vxlan_port, name)
            yield "fabric_vxlan_vni", expected.vxlan_vni, reason, "choose another VNI or port, or delete %s" % name
    if not on_port and expected.vxlan_port in machine.udp_ports:
        reason = "is a UDP port that another program listens on"
        way_out = "choose another port, or stop that program ('ss -lunp' names it)"
        yield "fabric_vxlan_port", expected.vxlan_port, reason, way_out


def _bridge_is_no_one_elses(expected: Expectation, machine: Machine) -> Iterator[_Found]:
    name = expected.bridge_name
    if name in machine.links and not _is_own(machine.links[name]):
        for found, device in _addresses(machine):
            if device == name and _is_usable(found) and str(found.ip) not in expected.gateway:
                reason = "is the bridge of another network, which left %s on it" % found
                way_out = "remove that network and its bridge ('ip link delete %s'), or choose another name" % name
                yield "fabric_bridge_name", name, reason, way_out


def _pod_networks_are_free(expected: Expectation, machine: Machine) -> Iterator[_Found]:
    ours = (expected.bridge_name, expected.vxlan_name)
    way_out = "choose a fabric_cluster_cidr that the site does not use, or take away the %s with what made it"
    for network in [ip_network(cidr) for cidr in expected.cluster_cidr]:
        for found, device in _addresses(machine):
            if device not in ours and found.version == network.version and found.network.overlaps(network):
                reason = "overlaps the address %s of %s on the host" % (found, device)
                yield "fabric_cluster_cidr", network, reason, way_out % "address"
        for route in machine.routes:
            if _is_foreign(route, ours) and ip_network(route["dst"]).version == network.version:
                words = ["%s %s" % (word, route[word]) for word in ("gateway", "dev", "protocol") if word in route]
                reason = "has a route inside it that is not ours: %s" % " ".join([route["dst"], *words])
                yield "fabric_cluster_cidr", network, reason, way_out % "route"


def _cni_configuration_is_first(expected: Expectation, _machine: Machine) -> Iterator[_Found]:
    if expected.other_configs_policy == "refuse":
        for path in expected.other_configs:
            reason = "finds %s, which the runtime would use instead of ours" % path
            way_out = "remove it with the tool that put it there, or set cni_other_configs to set_aside"
            yield "cni_other_configs", "refuse", reason, way_out


def _archive_has_a_checksum(expected: Expectation, _machine: Machine) -> Iterator[_Found]:
    if expected.plugins_archive and not _CHECKSUM.fullmatch(expected.plugins_checksum):
        reason = "is not of the form sha256:… or sha512:…, and cni_plugins_archive is %s" % expected.plugins_archive
        way_out = "give the checksum that the archive's publisher gives, or take the distribution's plugins"
        yield "cni_plugins_checksum", expected.plugins_checksum or "''", reason, way_out


_CHECKS: Tuple[Callable[[Expectation, Machine], Iterator[_Found]], ...] = (
    _needs_root,
    _needs_systemd,
    _kernel_has_modules,
    _node_ip_is_here,
    _underlay_mtu_fits,
    _names_are_free,
    _tunnel_is_alone,
    _bridge_is_no_one_elses,
    _pod_networks_are_free,
    _cni_configuration_is_first,
    _archive_has_a_checksum,
)


def _addresses(machine: Machine) -> List[Tuple[Any, str]]:
    """Each address of the host as an ``ip_interface``, with its device."""
    return [
        (ip_interface("%s/%d" % (address["local"], address["prefixlen"])), name)
        for name, link in machine.links.items()
        for address in link.get("addr_info", ())
        if "local" in address
    ]


def _is_usable(found: Any) -> bool:
    return not (found.ip.is_loopback or found.ip.is_link_local)


def _device_of(address: str, machine: Machine) -> str:
    return next((device for found, device in _addresses(machine) if found.ip == ip_address(address)), "")


def _path_down(device: str, machine: Machine) -> List[str]:
    """The device, and what its packets leave by: the link below a VLAN, the ports of a bond."""
    found: List[str] = []
    ahead = [device] if device else []
    while ahead:
        name = ahead.pop()
        if name in machine.links and name not in found:
            found.append(name)
            link = machine.links[name]
            below = [link["link"]] if "link" in link and _kind(link) in ("vlan", "macvlan", "ipvlan") else []
            if _kind(link) in ("bond", "team"):
                below += [port for port, its in machine.links.items() if its.get("master") == name]
            ahead += below
    return found


def _kind(link: Dict[str, Any]) -> str:
    return str(link.get("linkinfo", {}).get("info_kind", ""))


def _data(link: Dict[str, Any]) -> Dict[str, Any]:
    return link.get("linkinfo", {}).get("info_data", {}) if _kind(link) == "vxlan" else {}


def _is_foreign(route: Dict[str, Any], ours: Sequence[str]) -> bool:
    # The kernel's own routes belong to addresses, which are looked at themselves.
    return route.get("dev") not in ours and str(route.get("protocol")) not in (*_OWN_PROTOCOLS, "kernel")


def _is_own(link: Dict[str, Any]) -> bool:
    return str(link.get("ifalias", "")).startswith(LINK_ALIAS)
