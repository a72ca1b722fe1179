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
from .model import Plan, family
from .ways import Route

#: Linux' own default. A device that is external has none: it writes 0, and no router passes that on.
_TTL = 64


def document(plan: Plan, name: str, routes: Sequence[Route], layer: str = "geneve") -> Dict[str, Any]:
    device = overlay.device(plan)
    to_peers = {
        "neighbors": [overlay.neighbor(plan, route) for route in routes],
        "routes": [
            {**overlay.to_gateway(plan, name, route), "encap": _tunnel(device.vni, route.node_ip)} for route in routes
        ],
    }
    return overlay.document(plan, name, layer, {"external": True}, to_peers)


def _tunnel(vni: int, node_ip: str) -> Dict[str, Any]:
    tunnel = {"id": vni, "dst": node_ip, "ttl": _TTL}
    # Over IPv6 the far end drops packets that have no UDP checksum (RFC 8200, 8.1).
    return tunnel if family(node_ip) == 4 else {**tunnel, "csum": True}
