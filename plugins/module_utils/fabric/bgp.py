# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ``bgp``: lets BGP and BFD in from the other ends of a host's sessions. The routes themselves are FRR's.

Nothing is dropped from anybody else: FRR hangs up on whom it does not know, and may know neighbors that the plan does
not, its own or those of ``bgp_extra_config``.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from .model import Plan, of_family
from .rules import chain
from .sessions import Session, families, sessions

#: BGP (RFC 4271); BFD's control and echo packets over one hop (RFC 5881), its control packets over several (RFC 5883).
PACKETS = ("-p tcp -m tcp --dport 179", "-p udp -m udp --dport 3784:3785", "-p udp -m udp --dport 4784")

_SET_FAMILY = {4: "inet", 6: "inet6"}


def document(plan: Plan, name: str) -> Dict[str, Any]:
    found = sessions(plan, name)
    addresses = [session.address for session in found if session.address]
    ends = {version: of_family(addresses, version) for version in (4, 6)}
    rules = {version: _input(version, ends[version], found) for version in (4, 6)}
    return {
        "version": 1,
        "sysctls": _sysctls(plan),
        "ipsets": [_ends(version, ends[version]) for version in (4, 6) if ends[version]],
        "iptables": [
            chain(version, "filter", "PODNET-BGP", ["INPUT"], rules[version]) for version in (4, 6) if rules[version]
        ],
    }


def _sysctls(plan: Plan) -> List[Dict[str, str]]:
    """Loose, on all links: packets may arrive over another one than replies leave by, where there are several ways, and
    while a cluster moves from one way to another. The kernel takes the larger of this and the link's own.
    """
    return [{"name": "net.ipv4.conf.all.rp_filter", "value": "2"}] if 4 in families(plan) else []


def _ends(version: int, addresses: Tuple[str, ...]) -> Dict[str, Any]:
    return {
        "name": _set_name(version),
        "type": "hash:ip",
        "family": _SET_FAMILY[version],
        "entries": list(addresses),
    }


def _set_name(version: int) -> str:
    return "podnet-bgp-v%d" % version


def _input(version: int, addresses: Tuple[str, ...], found: Tuple[Session, ...]) -> List[str]:
    """Behind an interface a router is known by its link-local IPv6 address, whichever that is."""
    rules = []
    if addresses:
        rules += ["%s -m set --match-set %s src -j ACCEPT" % (packets, _set_name(version)) for packets in PACKETS]
    if version == 6:
        behind = [session.interface for session in found if session.interface]
        rules += ["-s fe80::/10 -i %s %s -j ACCEPT" % (link, packets) for link in behind for packets in PACKETS]
    return rules
