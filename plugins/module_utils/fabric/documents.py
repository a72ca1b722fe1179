# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's document of one layer, for the module ``network_state``. A layer's name is also its document's."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Sequence

from . import bgp, bridge, direct, geneve, overlay, vxlan, ways
from .model import Plan
from .ways import Route

#: Of layers that hold no way to a peer.
_WITHOUT_ROUTES: Mapping[str, Callable[[Plan, str], Dict[str, Any]]] = {
    "bridge": bridge.document,
    "bgp": bgp.document,
}


def _detour(plan: Plan, name: str, routes: Sequence[Route]) -> Dict[str, Any]:
    """A tunnel of the plan's kind, as a layer of its own."""
    builder = {"vxlan": vxlan, "geneve": geneve}[overlay.device(plan).kind]
    return builder.document(plan, name, routes, ways.DETOUR)


#: Of ways, out of the routes that they are to hold.
WITH_ROUTES: Mapping[str, Callable[[Plan, str, Sequence[Route]], Dict[str, Any]]] = {
    "vxlan": vxlan.document,
    "geneve": geneve.document,
    "direct": direct.document,
    ways.DETOUR: _detour,
}
LAYERS = (*_WITHOUT_ROUTES, *WITH_ROUTES)


def layers(plan: Plan) -> Sequence[str]:
    """The layers that each host of a plan has."""
    return ("bridge", *ways.layers(plan))


def document(plan: Plan, name: str, layer: str) -> Dict[str, Any]:
    """Build it. Raises ValueError for a host that the plan does not hold, or a layer that its mode does not have."""
    if layer not in LAYERS:
        raise ValueError("there is no layer %s, only %s" % (layer, ", ".join(LAYERS)))
    if layer not in layers(plan):
        raise ValueError("mode %s has no layer %s, only %s" % (plan.cluster.mode, layer, ", ".join(layers(plan))))
    if name not in plan.hosts:
        raise ValueError("host %s is not in the plan: put it into the group of nodes and plan again" % name)
    if layer in WITH_ROUTES:
        return WITH_ROUTES[layer](plan, name, list(ways.routes(plan, name, layer)))
    return _WITHOUT_ROUTES[layer](plan, name)
