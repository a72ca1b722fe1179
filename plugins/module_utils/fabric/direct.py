# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ``direct``: a route to each peer on the same subnet, and nothing around the packets.

Without ``dev``: the kernel takes the link on whose subnet the peer's node IP is.
"""

from __future__ import annotations

from typing import Any, Dict, Sequence

from .model import Plan, family
from .ways import Route


def document(plan: Plan, _name: str, routes: Sequence[Route]) -> Dict[str, Any]:
    families = [family(cidr) for cidr in plan.cluster.cluster_cidr]
    # Loose, on all links: which one is the underlay's is for the host to say, and while a cluster moves, packets may
    # arrive by another way than the one that replies take. The kernel takes the larger of this and the link's own.
    loose = [{"name": "net.ipv4.conf.all.rp_filter", "value": "2"}] if 4 in families else []
    return {
        "version": 1,
        "routes": [{"dst": route.subnet, "gateway": route.node_ip, "metric": route.metric} for route in routes],
        "sysctls": loose,
    }
