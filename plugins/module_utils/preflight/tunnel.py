# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an overlay's device, VNI and UDP port are free on a host."""

from __future__ import annotations

from typing import Any, Dict, Iterator

from .expectation import Expectation, Found
from .machine import Machine
from .views import is_own, kind


def tunnel_is_free(expected: Expectation, machine: Machine) -> Iterator[Found]:
    overlay = expected.overlay
    if overlay is None:
        return
    variable = "fabric_%s_" % overlay.kind
    if overlay.name in machine.links and kind(machine.links[overlay.name]) != overlay.kind:
        reason = "is the name of a link that is no %s" % overlay.kind
        yield variable + "name", overlay.name, reason, "choose another name, or delete that link"
    on_port = {name: link for name, link in machine.links.items() if _data(link).get("port") == overlay.port}
    for name, link in on_port.items():
        if name == overlay.name or is_own(link):
            continue
        if kind(link) != overlay.kind:
            reason = "is the UDP port of %s, a %s" % (name, kind(link))
            yield variable + "port", overlay.port, reason, "choose another port, or delete %s" % name
        elif overlay.vni == _data(link).get("id") or _takes_all(link):
            reason = "is in use on port %d by %s, which is not ours" % (overlay.port, name)
            yield variable + "vni", overlay.vni, reason, "choose another VNI or port, or delete %s" % name
    if not on_port and overlay.port in machine.udp_ports:
        reason = "is a UDP port that another program listens on"
        way_out = "choose another port, or stop that program ('ss -lunp' names it)"
        yield variable + "port", overlay.port, reason, way_out


def _data(link: Dict[str, Any]) -> Dict[str, Any]:
    return link.get("linkinfo", {}).get("info_data", {}) if kind(link) in ("vxlan", "geneve") else {}


def _takes_all(link: Dict[str, Any]) -> bool:
    """Whether it takes packets of every VNI; the kernel lets no other device have its port."""
    return bool(_data(link).get("external"))
