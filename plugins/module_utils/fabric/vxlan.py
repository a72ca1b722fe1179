# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ``vxlan``: the tunnel device and every peer behind it.

Nothing is flooded and nothing learnt: for each peer the kernel holds a route to its pod subnet, a neighbor that gives
the gateway its MAC, and a forwarding entry that gives the MAC its node IP (RFC 7348 without its multicast).
"""

from __future__ import annotations

from typing import Any, Dict, Sequence

from . import overlay
from .model import Plan
from .ways import Route


def document(plan: Plan, name: str, routes: Sequence[Route], layer: str = "vxlan") -> Dict[str, Any]:
    """Without ``dev``: packets leave by the route to the peer, so bonds and multihomed hosts need no setting here."""
    device = overlay.device(plan)
    link = {"vni": device.vni, "local": overlay.underlay(plan, plan.hosts[name]), "learning": False}
    ends = {route.host.tunnel_mac: route.node_ip for route in routes}
    to_peers = {
        "neighbors": [overlay.neighbor(plan, route) for route in routes],
        "fdb": [{"dev": device.name, "lladdr": mac, "dst": node_ip} for mac, node_ip in ends.items()],
        "routes": [overlay.to_gateway(plan, name, route) for route in routes],
    }
    return overlay.document(plan, name, layer, link, to_peers)
