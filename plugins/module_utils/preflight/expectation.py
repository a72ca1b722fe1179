# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan expects of a host, and what a check says where the host is another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence, Tuple

from ..fabric.model import Overlay

#: Variable, value, reason, way out.
Found = Tuple[str, Any, str, str]


@dataclass(frozen=True)
class Expectation:
    """One host's part of the plan, and variables of the roles ``cni`` and ``bgp``."""

    host: str
    mode: str
    node_ip: Sequence[str]
    #: Goes with ``node_ip``: the subnet on which peers are reached without a router; '' where none is.
    near: Sequence[str]
    #: Goes with ``node_ip``: how many peers are on the same subnet.
    near_peers: Sequence[int]
    underlay_mtu: int
    cluster_cidr: Sequence[str]
    gateway: Sequence[str]
    bridge_name: str
    overlay: Optional[Overlay]
    #: Configurations that the container runtime would prefer to ours.
    other_configs: Sequence[str] = ()
    other_configs_policy: str = "refuse"
    #: Where the CNI plugins come from, if not from the distribution.
    plugins_archive: str = ""
    plugins_checksum: str = ""
    #: What to do where FRR is used for other things.
    existing_frr: str = "refuse"

    @property
    def own_links(self) -> Tuple[str, ...]:
        """Names of the links that pods' packets pass."""
        return (self.bridge_name, *([self.overlay.name] if self.overlay else []))


def expectation(host: str, plan: Mapping[str, Any], **others: Any) -> Expectation:
    """From a host's part of the plan, as the filter plan_host gives it, and the fields that are other roles'.

    Raises KeyError where the plan lacks something.
    """
    cluster, planned = plan["cluster"], plan["host"]
    straight = cluster["mode"] in ("direct", "hybrid") or cluster["bgp_topology"] in ("mesh", "reflectors")
    return Expectation(
        host=host,
        mode=cluster["mode"],
        node_ip=planned["node_ip"],
        near=planned["segment"] if straight else [""] * len(planned["node_ip"]),
        near_peers=plan["near_peers"],
        underlay_mtu=planned["underlay_mtu"],
        cluster_cidr=cluster["cluster_cidr"],
        gateway=planned["gateway"],
        bridge_name=cluster["bridge"]["name"],
        overlay=Overlay(**cluster["overlay"]) if cluster["overlay"] else None,
        **others,
    )
