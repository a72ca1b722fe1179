# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of any link, and of a bridge's port: a row an attribute. ``link_kinds`` has the rest.

A link without ``type`` is one that somebody else makes (``eth0``, ``lo``, the far end of a veth): its declared
attributes are changed, but it is never made or deleted.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional

from . import link_values, values
from .features import FEATURES
from .link_kinds import KINDS
from .rows import KEEP, Attribute, Policy


def _switch(on: bool) -> Attribute:
    return Attribute(values.boolean, default=on)


#: Of a link with a bridge as ``master``; names are those of ``ip link set type bridge_slave``.
_PORT: Dict[str, Attribute] = {
    "priority": Attribute(values.integer(0, 63), default=32),
    "cost": Attribute(values.integer(1, 65535), default=KEEP),
    "guard": _switch(False),
    "root_block": _switch(False),
    "fastleave": _switch(False),
    "hairpin": _switch(False),
    "learning": _switch(True),
    "flood": _switch(True),
    "mcast_flood": _switch(True),
    "bcast_flood": _switch(True),
    "mcast_to_unicast": _switch(False),
    "mcast_router": Attribute(values.integer(0, 3), default=1),
    "neigh_suppress": _switch(False),
    "isolated": _switch(False),
    "proxy_arp": _switch(False),
    "proxy_arp_wifi": _switch(False),
    "vlan_tunnel": _switch(False),
    "group_fwd_mask": Attribute(link_values.port_forward_mask, default=0),
}


def _strange_type(before: Mapping[str, Any], _wanted: str) -> Optional[Policy]:
    """A link of a kind that is not known here, or of hardware, is not deleted: it could not be put back."""
    return None if before.get("type") in KINDS else Policy.READ_ONLY


def _fixed_feature(name: str) -> Callable[[Mapping[str, Any], Any], Optional[Policy]]:
    """What a driver has fixed, or does not have at all, nobody can switch."""

    def exception(before: Mapping[str, Any], _wanted: bool) -> Optional[Policy]:
        return Policy.READ_ONLY if name in before.get("fixed_features", ()) else None

    return exception


LINK: Mapping[str, Attribute] = {
    "name": Attribute(values.device),
    "type": Attribute(values.choice(*KINDS), Policy.RECREATE, exception=_strange_type),
    "address": Attribute(values.unicast_mac, default=KEEP),
    # The loopback device has one byte more than any other link can have.
    "mtu": Attribute(values.integer(68, 65536), default=KEEP),
    "state": Attribute(values.choice("up", "down"), default=KEEP),
    "master": Attribute(values.device),
    "alias": Attribute(values.text, default=""),
    "txqueuelen": Attribute(values.integer(0, 2**31 - 1), default=KEEP),
    "gso_max_size": Attribute(values.integer(1, 2**19), default=KEEP),
    "promisc": _switch(False),
    "arp": _switch(True),
    **{"port.%s" % name: row for name, row in _PORT.items()},
    **{
        "features.%s" % name: Attribute(values.boolean, default=KEEP, exception=_fixed_feature("features.%s" % name))
        for name in FEATURES
    },
    "recreate": Attribute(values.boolean, Policy.DIRECTIVE),
}
