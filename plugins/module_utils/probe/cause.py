# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What most likely keeps the packets of a failing path away, and the command that tells for sure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, FrozenSet, Tuple

#: A route's protocol as iproute2 prints it, with and without its names for the numbers.
_OURS = re.compile(r"\bproto (podnet|244|bgp|186)\b")
_ALL = frozenset(("icmp", "icmp_mtu", "tcp", "tcp_bulk", "udp"))


@dataclass(frozen=True)
class Symptoms:
    """Of the failing paths from a host to a host."""

    source: str
    target: str
    #: The probes that fail, and the errno names they fail with.
    probes: FrozenSet[str]
    errnos: FrozenSet[str]
    #: The source host's own route to the target pod, as ``ip route get fibmatch`` tells it.
    route: str
    #: Those of the two hosts on which pods are closed in the address families of the failing paths.
    closed: Tuple[str, ...] = ()

    @property
    def same_host(self) -> bool:
        return self.source == self.target

    @property
    def device(self) -> str:
        """The link that the source host sends over."""
        found = re.search(r"\bdev (\S+)", self.route)
        return found.group(1) if found else "DEVICE"

    @property
    def through_tunnel(self) -> bool:
        """Only a tunnel's routes have gateways that are on no subnet of the link."""
        return " onlink" in self.route

    @property
    def routed(self) -> bool:
        """To another host's pods by a route of ours or of BGP: a wider one, of the site's, leads elsewhere."""
        wide = self.route.startswith("default ") or "dev " not in self.route
        return not wide and (self.same_host or bool(_OURS.search(self.route)))


_Rule = Tuple[Callable[[Symptoms], bool], str, str]

#: Shows what policy drops, in table mangle, and what firewalls drop, in table filter.
_FILTERS = "podnet status; iptables -t mangle -nvL; iptables -nvL FORWARD"

#: The first rule whose symptoms are there counts; its texts are filled in from them.
_RULES: Tuple[_Rule, ...] = (
    (
        lambda s: bool(s.closed),
        "pods are closed on {closed}, because policy could not be restored there",
        "on {closed}: podnet status",
    ),
    (
        lambda s: not s.routed,
        "{source} has no route to the pods of {target}, or another one comes before it",
        "on {source}: podnet status; then run podnet.baremetal.site for it",
    ),
    (
        lambda s: "ECONNREFUSED" in s.errnos and "icmp" not in s.probes,
        "a firewall rejects the connection, or the probe pod's responder ended",
        "on {target}: " + _FILTERS + "; then run podnet.baremetal.verify again",
    ),
    (
        lambda s: s.same_host and "icmp" in s.probes and "tcp" in s.probes,
        "the bridge or one of its ports is down, or policy or a firewall drops bridged packets",
        "on {source}: bridge link; " + _FILTERS,
    ),
    (
        lambda s: s.same_host,
        "a firewall drops this kind of packet between the pods of a host, or the bridge has a smaller MTU than they",
        "on {source}: " + _FILTERS + "; ip link show dev {device}",
    ),
    (
        lambda s: "icmp" in s.probes and "tcp" in s.probes and not s.through_tunnel,
        "the underlay drops packets with pods' addresses (port security, a firewall), or {target} has no route back",
        "on {target}: tcpdump -ni any host POD_IP; nstat -az TcpExtIPReversePathFilter; ip route get POD_IP",
    ),
    (
        lambda s: "icmp" in s.probes and "tcp" in s.probes,
        "a firewall or the underlay drops the packets between the two hosts, or {target} does not forward",
        "on {source}: ip -s -d link show dev {device} (TX, dstport); on {target}: tcpdump -ni any udp port DSTPORT",
    ),
    (
        lambda s: "icmp_mtu" in s.probes and not s.probes & {"icmp", "tcp", "udp"},
        "packets of full size do not get through: a link between the hosts has a smaller MTU than fabric_underlay_mtu",
        "on {source}: ping -M do -s 1472 NODE_IP_OF_{target} (1472: fabric_underlay_mtu 1500 less 28)",
    ),
    (
        lambda s: "tcp" in s.probes,
        "ping passes and TCP does not: an offload of the tunnel or of the NIC sends wrong checksums, or a firewall",
        "on both hosts: " + _FILTERS + "; then try ethtool -K {device} tx-checksum-ip-generic off",
    ),
    (
        lambda s: s.probes == {"tcp_bulk"},
        "small TCP segments pass and full ones do not: segmentation offload, or a lost 'fragmentation needed'",
        "on both hosts: ethtool -k {device} | grep -E 'segmentation|generic'",
    ),
    (
        lambda s: s.probes < _ALL,
        "a firewall drops this kind of packet between pods",
        "on both hosts: " + _FILTERS,
    ),
)


def explain(symptoms: Symptoms) -> Tuple[str, str]:
    """The likely cause, and the command to run next."""
    for applies, cause, command in _RULES:
        if applies(symptoms):
            facts = {
                "source": symptoms.source,
                "target": symptoms.target,
                "device": symptoms.device,
                "closed": " and ".join(symptoms.closed),
            }
            return cause.format(**facts), command.format(**facts)
    raise AssertionError(f"no rule for {symptoms}")
