# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts' variables, read into typed values."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

from . import settings
from .bgp_values import RouterInput, hidden, hidden_routers
from .problems import EVERY_HOST, Problem, show, some
from .values import Address, Invalid, Network

#: Host name, in the order of the inventory, to the host's variables (only ``fabric_…`` and ``ansible_host`` are read).
Variables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class ClusterInputs:
    """The cluster-wide settings: a field is its variable without the prefix."""

    mode: str
    cluster_cidr: Tuple[Network, ...]
    service_cidr: Tuple[Network, ...]
    node_mask_size: int
    node_mask_size_ipv6: int
    underlay_cidr: Tuple[Network, ...]
    bridge_name: str
    masquerade: bool
    masquerade_exclude: Tuple[Network, ...]
    vxlan_name: str
    vxlan_vni: int
    vxlan_port: int
    geneve_name: str
    geneve_vni: int
    geneve_port: int
    overlay: str
    bgp_topology: str
    reclaim: bool

    def mask_size(self, family: int) -> int:
        return self.node_mask_size if family == 4 else self.node_mask_size_ipv6

    @property
    def overlay_kind(self) -> Optional[str]:
        """What kind of tunnel the mode needs, if any."""
        return self.overlay if self.mode == "hybrid" else self.mode if self.mode in settings.OVERLAYS else None


@dataclass(frozen=True)
class HostInputs:
    """One host's settings; empty or None where the plan computes them, or the value was refused."""

    name: str
    node_ip: Tuple[Address, ...]
    underlay_mtu: int
    pod_subnet: Tuple[Network, ...]
    tunnel_mac: Optional[str]
    asn: int
    router_id: Optional[str]
    bgp_reflector: bool
    bgp_cluster_id: str
    bgp_routers: Tuple[RouterInput, ...]


class Reading(NamedTuple):
    """``cluster`` is None where a cluster-wide setting was refused."""

    cluster: Optional[ClusterInputs]
    hosts: Tuple[HostInputs, ...]
    problems: List[Problem]


def read(variables: Variables) -> Reading:
    """Read the variables of at least one host; what is wrong with single values comes back as problems, all of them."""
    reader = _Reader()
    reader.refuse_unknown(variables)
    hosts = tuple(reader.host(name, given) for name, given in variables.items())
    cluster = reader.cluster(variables)
    return Reading(cluster, hosts, reader.problems)


class _Reader:
    """Parses each distinct value of a setting once: most hosts have theirs from a group, so they are the same."""

    def __init__(self) -> None:
        self.problems: List[Problem] = []
        self._parsed: Dict[Tuple[str, str], Union[Invalid, Any]] = {}

    def refuse_unknown(self, variables: Variables) -> None:
        for host, given in variables.items():
            for name in given:
                if name.startswith(settings.PREFIX) and not settings.is_known(name):
                    meant = settings.nearest(name)
                    # Its value stays untold: what it means is unknown, and it may be a password.
                    way_out = "write %s" % meant if meant else "remove it, or see role fabric for the known names"
                    self.problems.append(Problem(host, name, "", "is no variable of the fabric", way_out))

    def host(self, name: str, given: Mapping[str, Any]) -> HostInputs:
        value = {
            setting.field: self._value(name, given, setting)
            for setting in settings.TABLE.values()
            if setting.scope == settings.HOST
        }
        if given.get("fabric_node_ip") is None:
            value["node_ip"] = self._connection_address(name, given)
        # What was refused is a problem already; something has to stand in its place for the other checks.
        for field in ("underlay_mtu", "asn", "bgp_cluster_id"):
            value[field] = value[field] or settings.TABLE[settings.PREFIX + field].default
        for field in ("node_ip", "pod_subnet", "bgp_routers"):
            value[field] = value[field] or ()
        return HostInputs(name=name, **{**value, "bgp_reflector": bool(value["bgp_reflector"])})

    def cluster(self, variables: Variables) -> Optional[ClusterInputs]:
        before = len(self.problems)
        value = {
            setting.field: self._agreed(variables, setting)
            for setting in settings.TABLE.values()
            if setting.scope == settings.CLUSTER
        }
        return ClusterInputs(**value) if len(self.problems) == before else None

    def _agreed(self, variables: Variables, setting: settings.Setting) -> Any:
        """The value that all hosts share. Those that differ from the majority are told apart from it."""
        hosts_of: Dict[Any, List[str]] = {}
        for host, given in variables.items():
            hosts_of.setdefault(self._value(host, given, setting), []).append(host)
        majority = max(hosts_of, key=lambda value: len(hosts_of[value]))
        for value, hosts in hosts_of.items():
            if value not in (majority, None) and majority is not None:
                reason = "differs from %s on %s" % (show(majority), some(hosts_of[majority]))
                way_out = "give all hosts one value, in the variables of the group of nodes"
                self.problems.extend(Problem(host, setting.name, value, reason, way_out) for host in hosts)
        return majority

    def _value(self, host: str, given: Mapping[str, Any], setting: settings.Setting) -> Any:
        """The host's value of a setting, typed; None where the plan computes it or it is refused."""
        raw = given.get(setting.name)
        if raw is None:
            raw = setting.default
        if raw is None:
            return None
        known = (setting.name, repr(raw))
        if known not in self._parsed:
            try:
                self._parsed[known] = setting.parse(raw)
            except Invalid as invalid:
                self._parsed[known] = invalid
        value = self._parsed[known]
        if isinstance(value, Invalid):
            shown = hidden_routers(raw) if setting.name == "fabric_bgp_routers" else hidden(raw)
            self.problems.append(Problem(host, setting.name, shown, value.reason, value.way_out))
            return None
        return value

    def _connection_address(self, host: str, given: Mapping[str, Any]) -> Tuple[Address, ...]:
        """Where Ansible reaches the host, if that is an IP address: no resolver is asked, for answers change."""
        reached = given.get("ansible_host") or host
        try:
            ipaddress.ip_address(str(reached))
        except ValueError:
            reason = "is not set, and ansible_host (%s) is no IP address" % reached
            way_out = "set it to the host's address on the underlay"
            self.problems.append(Problem(host, "fabric_node_ip", "", reason, way_out))
            return ()
        return self._value(host, {"fabric_node_ip": str(reached)}, settings.TABLE["fabric_node_ip"]) or ()


def no_hosts(group: str) -> Problem:
    way_out = "put the nodes of the cluster into a group of that name"
    return Problem(EVERY_HOST, "group", group, "has no hosts in this inventory", way_out)
