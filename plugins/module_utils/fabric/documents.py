# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's document of one layer, for the module ``network_state``."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping

from . import bridge, vxlan
from .model import Plan

#: Layer to what builds its document. A layer's name is also the document's on the host.
LAYERS: Mapping[str, Callable[[Plan, str], Dict[str, Any]]] = {
    "bridge": bridge.document,
    "vxlan": vxlan.document,
}


def document(plan: Plan, name: str, layer: str) -> Dict[str, Any]:
    """Build it. Raises ValueError for a host that the plan does not hold, or a layer that does not exist."""
    if layer not in LAYERS:
        raise ValueError("there is no layer %s, only %s" % (layer, ", ".join(LAYERS)))
    if name not in plan.hosts:
        raise ValueError("host %s is not in the plan: put it into the group of nodes and plan again" % name)
    return LAYERS[layer](plan, name)
