# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ``bridge``: what a node's pods attach to, and their way out of the cluster."""

from __future__ import annotations

from typing import Any, Dict, List

from .model import Host, Plan, family, of_family
from .rules import MULTICAST, chain


def document(plan: Plan, name: str) -> Dict[str, Any]:
    host = plan.hosts[name]
    bridge = plan.cluster.bridge.name
    families = [family(cidr) for cidr in plan.cluster.cluster_cidr]
    chains = [_forward(plan, version) for version in families]
    if plan.cluster.bridge.masquerade:
        chains += [_postrouting(plan, host, version) for version in families]
    return {
        "version": 1,
        "links": [
            {
                "name": bridge,
                "type": "bridge",
                "address": host.bridge_mac,
                "mtu": plan.cluster.mtu,
                "state": "up",
                "alias": "podnet: pods of %s" % name,
                "stp": False,
            }
        ],
        "addresses": [
            {"dev": bridge, "address": "%s/%s" % (gateway, subnet.rpartition("/")[2])}
            for gateway, subnet in zip(host.gateway, host.pod_subnet)
        ],
        "sysctls": _sysctls(bridge, families),
        "iptables": chains,
    }


def _sysctls(bridge: str, families: List[int]) -> List[Dict[str, str]]:
    # Loose, not off: the kernel takes the larger of this and conf/all, so 0 would leave a strict host strict.
    wanted = {"net/ipv4/conf/%s/rp_filter" % bridge: "2"} if 4 in families else {}
    if 6 in families:
        # A pod must not become the node's router by an advertisement (CVE-2020-10749), and while no pod is attached
        # the bridge has no carrier: duplicate address detection would leave the gateway tentative, so not usable.
        wanted["net/ipv6/conf/%s/accept_ra" % bridge] = "0"
        wanted["net/ipv6/conf/%s/accept_dad" % bridge] = "0"
    return [{"name": name, "value": value} for name, value in wanted.items()]


def _forward(plan: Plan, version: int) -> Dict[str, Any]:
    """Accepts pods' traffic where Docker, ufw or firewalld made FORWARD drop by default."""
    cidrs = of_family(plan.cluster.cluster_cidr, version)
    rules = ["%s %s -j ACCEPT" % (side, cidr) for cidr in cidrs for side in ("-s", "-d")]
    return chain(version, "filter", "PODNET-FORWARD", ["FORWARD"], rules)


def _postrouting(plan: Plan, host: Host, version: int) -> Dict[str, Any]:
    """Masquerades what this node's pods send out of the cluster.

    ``--random-fully``: without it two pods that choose one source port at the same instant lose a packet.
    """
    excluded = (
        of_family(plan.cluster.cluster_cidr, version)
        + of_family(plan.cluster.bridge.masquerade_exclude, version)
        + (MULTICAST[version],)
    )
    rules = ["-d %s -j RETURN" % network for network in excluded]
    rules += ["-s %s -j MASQUERADE --random-fully" % subnet for subnet in of_family(host.pod_subnet, version)]
    return chain(version, "nat", "PODNET-POSTROUTING", ["POSTROUTING"], rules)
