# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of links: a row an attribute, and a table more for each kind. Units: bytes for ``mtu``, hops
for ``ttl``, hundredths of a second for ``forward_delay``.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

from . import values
from .rows import KEEP, Attribute, Policy

LINK: Mapping[str, Attribute] = {
    "name": Attribute(values.device),
    "type": Attribute(values.choice("bridge", "vxlan"), Policy.RECREATE),
    "address": Attribute(values.unicast_mac, default=KEEP),
    "mtu": Attribute(values.integer(68, 65535), default=KEEP),
    "state": Attribute(values.choice("up", "down"), default=KEEP),
    "master": Attribute(values.device),
    "alias": Attribute(values.text, default=""),
    "recreate": Attribute(values.boolean, Policy.DIRECTIVE),
}

KINDS: Mapping[str, Mapping[str, Attribute]] = {
    "bridge": {
        "stp": Attribute(values.boolean, default=False),
        "forward_delay": Attribute(values.integer(0, 3000), default=KEEP),
    },
    "vxlan": {
        "vni": Attribute(values.integer(1, 2**24 - 1), Policy.RECREATE, default=KEEP),
        # Changed in place within a family only: see the exception in ``difference``.
        "local": Attribute(values.ip),
        "dev": Attribute(values.device),
        "dstport": Attribute(values.integer(1, 65535), Policy.RECREATE, default=KEEP),
        "learning": Attribute(values.boolean, default=True),
        "ttl": Attribute(values.integer(0, 255), default=0),
    },
}


def complete_link(link: Dict[str, Any]) -> None:
    """Raise ``ValueError`` where the attributes of a link contradict one another, or one is missing."""
    if link.get("master") == link["name"]:
        raise ValueError("has itself as master")
    if link["type"] == "vxlan" and "vni" not in link:
        raise ValueError("needs a vni")
