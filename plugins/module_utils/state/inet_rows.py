# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of addresses, neighbors and forwarding entries."""

from __future__ import annotations

from typing import Mapping

from . import values
from .rows import Attribute, Policy

ADDRESS: Mapping[str, Attribute] = {
    "dev": Attribute(values.device),
    "address": Attribute(values.interface_address),
    "scope": Attribute(values.choice("global", "site", "link", "host"), Policy.READD, default="global"),
    "noprefixroute": Attribute(values.boolean, Policy.READD, default=False),
    "nodad": Attribute(values.boolean, Policy.READD, default=False),
}

NEIGHBOR: Mapping[str, Attribute] = {
    "dev": Attribute(values.device),
    "dst": Attribute(values.ip),
    "lladdr": Attribute(values.mac),
}

FDB: Mapping[str, Attribute] = {
    "dev": Attribute(values.device),
    "lladdr": Attribute(values.unicast_mac),
    "dst": Attribute(values.ip),
}
