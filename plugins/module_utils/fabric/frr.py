# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's part of FRR's configuration, as text, for FRR 8.4 (Debian 12) and newer.

It is written as ``vtysh -c "show running-config"`` prints it, settings at their default left out, for frr-reload takes
line by line what is to be added and removed from there. Neighbors are members of peer groups, ``podnet-ROLE-FAMILIES``:
nodes, clients (nodes that this host reflects for) and routers. A password is the placeholder ``@password@``.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Tuple

from . import frr_options, frr_policy
from .frr_options import Options
from .model import Plan, Speaker
from .sessions import Session, families, sessions
from .ways import by_family

PASSWORD = "@password@"  # stands for the secret, which is nowhere in the plan


class Group(NamedTuple):
    """A peer group: what neighbors it is of, and the families that they carry."""

    role: str
    families: Tuple[int, ...]

    @property
    def name(self) -> str:
        return "podnet-%s-%s" % (self.role, "".join("v%d" % version for version in self.families))


def configuration(plan: Plan, name: str, options: Mapping[str, Any]) -> str:
    """The text, its last line ended. ``options`` are role ``bgp``'s variables without their prefix.

    Raises ValueError for an option that cannot be, and for a host that is no speaker of the plan.
    """
    if name not in plan.speakers:
        raise ValueError("host %s speaks no BGP in the plan: fabric_mode is %s" % (name, plan.cluster.mode))
    chosen = frr_options.read(options, families(plan))
    found = sessions(plan, name)
    lines = ["log syslog informational", "!"]
    lines += _router(plan, name, found, chosen)
    lines += frr_policy.prefix_lists(plan, name, chosen)
    lines += frr_policy.route_maps(plan, name, chosen)
    lines += _bfd(chosen)
    if chosen.extra_config:
        lines += [chosen.extra_config, "!"]
    return "\n".join(lines) + "\n"


def _router(plan: Plan, name: str, found: Iterable[Session], options: Options) -> List[str]:
    speaker = plan.speakers[name]
    groups: Dict[Group, List[Session]] = {}
    for session in found:
        groups.setdefault(_group(session), []).append(session)
    lines = [
        "router bgp %d" % speaker.asn,
        *(" " + line for line in _process(speaker, options)),
        *(" " + line for group in groups for line in _group_lines(plan, name, group, options)),
        *(
            " " + line
            for group, members in groups.items()
            for session in members
            for line in _neighbor(plan, name, group, session, options)
        ),
    ]
    for version in families(plan):
        lines += [" !", " address-family ipv%d unicast" % version]
        lines += ["  " + line for line in _family(plan, name, version, groups, options)]
        lines.append(" exit-address-family")
    return [*lines, "exit", "!"]


def _group(session: Session) -> Group:
    if not session.peer:
        return Group("routers", session.families)
    return Group("clients" if session.reflector_client else "nodes", session.families)


def _process(speaker: Speaker, options: Options) -> List[str]:
    """``import-check`` off: FRR would announce a pod subnet only while a pod is attached, for a bridge without ports
    has no carrier, and its route is not up.
    """
    lines = [
        "bgp router-id %s" % speaker.router_id,
        "bgp log-neighbor-changes",
        "no bgp default ipv4-unicast",
    ]
    if speaker.reflector:
        lines.append("bgp cluster-id %s" % speaker.cluster_id)
    if options.graceful_restart:
        # Preserved is what zebra leaves in the kernel; without the flag neighbors drop the routes when FRR is back.
        lines += ["bgp graceful-restart", "bgp graceful-restart preserve-fw-state"]
    if speaker.routers and options.multipath > 1:
        lines.append("bgp bestpath as-path multipath-relax")
    lines.append("no bgp network import-check")
    if (options.keepalive, options.hold) != (60, 180):
        lines.append("timers bgp %d %d" % (options.keepalive, options.hold))
    return lines


def _group_lines(plan: Plan, name: str, group: Group, options: Options) -> List[str]:
    lines = ["peer-group"]
    if group.role != "routers":
        lines.append("remote-as %d" % plan.speakers[name].asn)
    if options.bfd:
        lines += ["bfd", "bfd profile podnet"]
    if options.password:
        lines.append("password %s" % PASSWORD)
    if group.role != "routers":
        if options.ttl_security:
            lines.append("ttl-security hops 1")
        lines.append("update-source %s" % by_family(plan.hosts[name])[group.families[0]])
    if options.connect_retry != 120:
        lines.append("timers connect %d" % options.connect_retry)
    return ["neighbor %s %s" % (group.name, line) for line in lines]


def _neighbor(plan: Plan, name: str, group: Group, session: Session, options: Options) -> List[str]:
    lines = []
    return ["neighbor %s %s" % (session.address or session.interface, line) for line in lines]
