# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's part of FRR's configuration, as text, for FRR 8.4 (Debian 12) and newer.

Its lines are those that ``vtysh -c "show running-config"`` prints, settings at their default left out, for frr-reload
finds what is to be added and removed by these. Policy comes before the sessions that it is for, not behind as there.
A password is the placeholder :data:`PASSWORD`, a router's own that of :func:`sessions.secret_of_router`.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Tuple

from . import frr_options, frr_policy
from .frr_options import Options
from .model import Plan, Speaker, family
from .problems import some
from .sessions import Session, families, reflects, sessions
from .ways import by_family

#: Stands for the secret, which neither the plan nor this text ever holds.
PASSWORD = "@password@"

#: Minutes after which a session that was ended for too many prefixes is tried again.
RESTART = 5


class Group(NamedTuple):
    """A peer group: ``nodes``, ``clients`` (nodes that it reflects for), ``routers`` or ``internal-routers``.

    The latter have the host's own ASN. FRR lets no group have both, nor members that carry different families.
    """

    role: str
    families: Tuple[int, ...]

    @property
    def members(self) -> str:
        """As policy knows them, ``nodes`` or ``routers``."""
        return "routers" if self.role.endswith("routers") else "nodes"

    @property
    def name(self) -> str:
        return "podnet-%s-%s" % (self.role, "".join("v%d" % version for version in self.families))


def configuration(plan: Plan, name: str, options: Mapping[str, Any]) -> str:
    """The text, its last line ended. ``options`` are role ``bgp``'s variables without their prefix.

    Raises ValueError for options that cannot be, and for a host that speaks no BGP.
    """
    if name not in plan.speakers:
        raise ValueError("host %s speaks no BGP: it is not in the plan, or fabric_mode is not bgp" % name)
    chosen = frr_options.read(options, families(plan))
    _refuse_bfd_that_stays_down(sessions(plan, name), chosen)
    lines = ["log syslog informational", "!"]
    lines += frr_policy.prefix_lists(plan, name, chosen)
    lines += frr_policy.route_maps(plan, name, chosen)
    lines += _Router(plan, name, chosen).lines()
    lines += frr_policy.source(plan, name)
    lines += _bfd(chosen)
    if chosen.extra_config:
        lines += [chosen.extra_config, "!"]
    return "\n".join(lines) + "\n"


def _refuse_bfd_that_stays_down(found: Iterable[Session], options: Options) -> None:
    """With TTL security FRR's BFD takes any neighbor for several hops away, and a router takes the node for the next.

    Nodes do the same on both ends.
    """
    near = [session.address or session.interface for session in found if not session.peer and not session.multihop]
    if near and options.bfd and options.ttl_security:
        reason = (
            "cannot be together with bgp_bfd towards %s: FRR's BFD (UDP 4784) takes a router with TTL security for "
            "several hops away, and one that is next to the host would not answer" % some(near)
        )
        raise frr_options.refusal("ttl_security", "true", reason, "set one of the two to false")


def _bfd(options: Options) -> List[str]:
    if not options.bfd:
        return []
    lines = ["bfd", " profile podnet"]
    if options.bfd_multiplier != 3:
        lines.append("  detect-multiplier %d" % options.bfd_multiplier)
    if options.bfd_interval != 300:
        lines += ["  %s-interval %d" % (way, options.bfd_interval) for way in ("transmit", "receive")]
    return [*lines, " exit", " !", "exit", "!"]


class _Router:
    """The block ``router bgp``."""

    def __init__(self, plan: Plan, name: str, options: Options) -> None:
        self.plan = plan
        self.name = name
        self.options = options
        self.speaker = plan.speakers[name]
        self.node_ip = by_family(plan.hosts[name])
        self.groups = _grouped(sessions(plan, name), self.speaker)

    def lines(self) -> List[str]:
        lines = ["router bgp %d" % self.speaker.asn, *_indented(1, self._process())]
        for group in self.groups:
            lines += _neighbor(1, group.name, self._of_group(group))
        for group, members in self.groups.items():
            for session in members:
                of_member = self._of_router(group, session) if not session.peer else _of_node(group, session)
                lines += _neighbor(1, session.address or session.interface, of_member)
        for version in families(self.plan):
            lines += [" !", " address-family ipv%d unicast" % version, *self._family(version), " exit-address-family"]
        return [*lines, "exit", "!"]

    def _process(self) -> List[str]:
        lines = ["bgp router-id %s" % self.speaker.router_id, "bgp log-neighbor-changes", "no bgp default ipv4-unicast"]
        if reflects(self.plan, self.name):
            lines.append("bgp cluster-id %s" % self.speaker.cluster_id)
        if self.options.graceful_restart:
            # Preserved: zebra leaves routes in the kernel. Without it neighbors drop them the moment that FRR is back.
            lines += ["bgp graceful-restart", "bgp graceful-restart preserve-fw-state"]
        if self.speaker.routers and self.options.multipath > 1:
            lines.append("bgp bestpath as-path multipath-relax")  # racks have ASNs of their own
        # A bridge without ports has no carrier: the pod subnet would be announced only while there are pods.
        lines.append("no bgp network import-check")
        if (self.options.keepalive, self.options.hold) != (60, 180):
            lines.append("timers bgp %d %d" % (self.options.keepalive, self.options.hold))
        return lines

    def _of_group(self, group: Group) -> List[str]:
        of_nodes = group.members == "nodes"
        lines = ["peer-group"]
        if of_nodes:
            lines.append("remote-as %d" % self.speaker.asn)
        if self.options.bfd:
            lines += ["bfd", "bfd profile podnet"]
        if self.options.password:
            lines.append("password %s" % PASSWORD)
        if of_nodes and self.options.ttl_security:
            lines.append("ttl-security hops 1")
        if of_nodes:
            lines.append("update-source %s" % self.node_ip[group.families[0]])
        if self.options.connect_retry != 120:
            lines.append("timers connect %d" % self.options.connect_retry)
        return lines

    def _of_router(self, group: Group, session: Session) -> List[str]:
        remote_as, member = "remote-as %s" % session.remote_as, "peer-group %s" % group.name
        lines = ["interface %s" % member, remote_as] if session.interface else [remote_as, member]
        if session.secret:
            lines.append("password %s" % session.secret)
        if session.multihop:
            lines += self._over_hops(group, session)
        elif self.options.ttl_security:
            lines.append("ttl-security hops 1")
        if session.address and family(session.address) == 6 and 4 in session.families:
            lines.append("capability extended-nexthop")
        return lines

    def _over_hops(self, group: Group, session: Session) -> List[str]:
        """From the node IP, which is what a router afar knows the node by; internal sessions may be any hops long."""
        lines = ["ebgp-multihop %d" % session.multihop] if group.role == "routers" else []
        source = self.node_ip.get(family(session.address))
        return [*lines, "update-source %s" % source] if source else lines

    def _family(self, version: int) -> List[str]:
        announced = frr_policy.announced(self.plan, self.name, self.options, version)
        lines = _indented(2, ("network %s" % prefix for prefix in announced))
        for group in self.groups:
            if version in group.families:
                lines += _neighbor(2, group.name, self._of_group_in_family(group, version))
        if self.speaker.routers:
            paths = ("maximum-paths", "maximum-paths ibgp")
            lines += _indented(2, ("%s %d" % (kind, self.options.multipath) for kind in paths))
        return lines

    def _of_group_in_family(self, group: Group, version: int) -> List[str]:
        lines = ["activate"]
        if group.role == "clients":
            lines.append("route-reflector-client")
        if group.role == "routers" and self.options.allowas_in:
            times = self.options.allowas_in
            lines.append("allowas-in" if times == 3 else "allowas-in %d" % times)
        return [
            *lines,
            "maximum-prefix %d restart %d" % (self._maximum_prefix(), RESTART),
            "route-map podnet-in-%s-v%d in" % (group.members, version),
            "route-map podnet-out-v%d out" % version,
        ]

    def _maximum_prefix(self) -> int:
        """Twice what there may be if all nodes announce as much, as a power of two: it is to change seldom."""
        of_nodes = len(self.plan.hosts) * (1 + len(self.options.announced_prefixes))
        expected = of_nodes + sum(accepted.prefixes for accepted in self.options.accepted_prefixes)
        computed = max(64, 1 << (2 * expected - 1).bit_length())
        return self.options.maximum_prefix or min(computed, frr_options.HIGHEST_MAXIMUM)


def _grouped(found: Iterable[Session], own: Speaker) -> Dict[Group, List[Session]]:
    """In the order of the groups' names, as FRR prints them."""
    groups: Dict[Group, List[Session]] = {}
    for session in found:
        groups.setdefault(Group(_role(session, own), session.families), []).append(session)
    return {group: groups[group] for group in sorted(groups, key=lambda group: group.name)}


def _role(session: Session, own: Speaker) -> str:
    if session.peer:
        return "clients" if session.reflector_client else "nodes"
    return "internal-routers" if session.remote_as in ("internal", str(own.asn)) else "routers"


def _of_node(group: Group, session: Session) -> List[str]:
    return ["peer-group %s" % group.name, "description %s" % session.peer]


def _neighbor(depth: int, neighbor: str, settings: Iterable[str]) -> List[str]:
    return _indented(depth, ("neighbor %s %s" % (neighbor, setting) for setting in settings))


def _indented(depth: int, lines: Iterable[str]) -> List[str]:
    return [" " * depth + line for line in lines]
