# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to a reading of a host that more than one check asks."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface
from typing import Any, Dict, List, Tuple

from ..state.marks import LINK_ALIAS
from .machine import Machine


def addresses(machine: Machine) -> List[Tuple[Any, str]]:
    """Each address of the host as an ``ip_interface``, with its device."""
    return [
        (ip_interface("%s/%d" % (address["local"], address["prefixlen"])), name)
        for name, link in machine.links.items()
        for address in link.get("addr_info", ())
        if "local" in address
    ]


def is_usable(found: Any) -> bool:
    return not (found.ip.is_loopback or found.ip.is_link_local)


def device_of(address: str, machine: Machine) -> str:
    return next((device for found, device in addresses(machine) if found.ip == ip_address(address)), "")


def path_down(device: str, machine: Machine) -> List[str]:
    """The device, and what its packets leave by: the link below a VLAN, the ports of a bond."""
    found: List[str] = []
    ahead = [device] if device else []
    while ahead:
        name = ahead.pop()
        if name in machine.links and name not in found:
            found.append(name)
            link = machine.links[name]
            below = [link["link"]] if "link" in link and kind(link) in ("vlan", "macvlan", "ipvlan") else []
            if kind(link) in ("bond", "team"):
                below += [port for port, its in machine.links.items() if its.get("master") == name]
            ahead += below
    return found


def kind(link: Dict[str, Any]) -> str:
    return str(link.get("linkinfo", {}).get("info_kind", ""))


def is_own(link: Dict[str, Any]) -> bool:
    return str(link.get("ifalias", "")).startswith(LINK_ALIAS)
