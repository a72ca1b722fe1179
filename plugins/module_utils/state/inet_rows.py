# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of addresses and neighbors."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from . import values
from .rows import KEEP, Attribute, Policy


def _no_metric(_before: Mapping[str, Any], wanted: Any) -> Optional[Policy]:
    """Of an IPv6 address the kernel takes another metric in place, but not none."""
    return Policy.READD if wanted is None else None


ADDRESS: Mapping[str, Attribute] = {
    "dev": Attribute(values.device),
    "address": Attribute(values.interface_address),
    "peer": Attribute(values.ip, Policy.READD),
    "broadcast": Attribute(values.ip, Policy.READD),
    "label": Attribute(values.device_label, Policy.READD),
    "scope": Attribute(values.choice("global", "site", "link", "host"), Policy.READD, default=KEEP),
    "metric": Attribute(values.integer(1, 2**32 - 1), exception=_no_metric),
    "noprefixroute": Attribute(values.boolean, default=False),
    "nodad": Attribute(values.boolean, Policy.READD, default=False),
    "home": Attribute(values.boolean, default=False),
    "mngtmpaddr": Attribute(values.boolean, default=False),
    "autojoin": Attribute(values.boolean, Policy.READD, default=False),
}
_IPV4_ONLY = ("broadcast", "label")
_IPV6_ONLY = ("nodad", "home", "mngtmpaddr")


def complete_address(address: Dict[str, Any]) -> None:
    """Raise ``ValueError`` where the attributes contradict one another."""
    ipv6 = ":" in address["address"]
    for name in ("peer", "broadcast"):
        if name in address and (":" in address[name]) != ipv6:
            raise ValueError("has a %s of another address family" % name)
    for name in _IPV4_ONLY if ipv6 else _IPV6_ONLY:
        if address.get(name):
            raise ValueError("has %s, which is of %s addresses only" % (name, "IPv4" if ipv6 else "IPv6"))
    scope = values.ipv6_scope(address["address"]) if ipv6 else address.get("scope")
    if address.get("scope", scope) != scope:
        raise ValueError("has another scope than %s, which is what the kernel takes an address like that for" % scope)
    if address.get("peer") == address["address"].partition("/")[0]:
        raise ValueError("has itself as peer")
    label = address.get("label")
    if label and label != address["dev"] and not label.startswith(address["dev"] + ":"):
        raise ValueError("has a label that does not begin with the dev and a colon, like %s:1" % address["dev"])


NEIGHBOR: Mapping[str, Attribute] = {
    "dev": Attribute(values.device),
    "dst": Attribute(values.host),
    "lladdr": Attribute(values.mac),
    "nud": Attribute(values.choice("permanent", "noarp"), default="permanent"),
    "router": Attribute(values.boolean, default=False),
}
