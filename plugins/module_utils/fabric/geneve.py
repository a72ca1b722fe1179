# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ``geneve``: one tunnel device, and in the route to each peer the tunnel's other end.

Linux' Geneve has no forwarding entries: a device has one remote, or it is ``external`` and each packet's route says
where the tunnel ends and under which VNI (RFC 8926; lightweight tunnels, ip-route(8) ``encap ip``).
"""

from __future__ import annotations

from typing import Any, Dict, Sequence

from . import overlay
from .model import Plan
from .ways import Route


def document(plan: Plan, name: str, routes: Sequence[Route], layer: str = "geneve") -> Dict[str, Any]:
    device = overlay.device(plan)
    to_peers = {
        "neighbors": [overlay.neighbor(plan, route) for route in routes],
        "routes": [
            {**overlay.to_gateway(plan, name, route), "encap": {"id": device.vni, "dst": route.node_ip}}
            for route in routes
        ],
    }
    return overlay.document(plan, name, layer, {"external": True}, to_peers)
