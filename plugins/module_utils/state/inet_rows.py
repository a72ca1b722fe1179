# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of addresses, neighbors, forwarding entries and routes."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from . import values
from .rows import KEEP, Attribute, Policy

MAIN_TABLE = 254
#: The kernel's own metric for an IPv6 route that names none (IP6_RT_PRIO_USER); IPv4 has 0.
IPV6_METRIC = 1024
_TABLES = {"default": 253, "main": MAIN_TABLE, "local": 255}


def table(raw: Any) -> int:
    """A routing table's number, or one of the three names that every kernel has."""
    return _TABLES[raw] if isinstance(raw, str) and raw in _TABLES else values.integer(1, 2**32 - 1)(raw)


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

ROUTE: Mapping[str, Attribute] = {
    "dst": Attribute(values.network),
    "table": Attribute(table),
    "metric": Attribute(values.integer(0, 2**32 - 1)),
    "gateway": Attribute(values.ip),
    "dev": Attribute(values.device),
    "src": Attribute(values.ip),
    "onlink": Attribute(values.boolean, default=False),
    "type": Attribute(
        values.choice("unicast", "local", "blackhole", "unreachable", "prohibit", "throw"), default="unicast"
    ),
    "scope": Attribute(values.choice("global", "site", "link", "host"), default=KEEP),
    "mtu": Attribute(values.integer(68, 65535)),
    "protocol": Attribute(values.integer(1, 255), default=KEEP),
}


def complete_route_key(route: Dict[str, Any]) -> None:
    """Fill in table and metric."""
    ipv6 = ":" in route["dst"]
    route.setdefault("table", MAIN_TABLE)
    if not route.setdefault("metric", IPV6_METRIC if ipv6 else 0) and ipv6:
        route["metric"] = IPV6_METRIC


def complete_route(route: Dict[str, Any]) -> None:
    """Fill in table and metric; raise ``ValueError`` where the attributes contradict one another."""
    complete_route_key(route)
    ipv6 = ":" in route["dst"]
    if (":" in route.get("gateway", route["dst"])) != ipv6 or (":" in route.get("src", route["dst"])) != ipv6:
        raise ValueError("has gateway or src of another address family than dst")
    if route.get("type", "unicast") == "unicast":
        if "gateway" not in route and "dev" not in route:
            raise ValueError("needs a gateway or a dev")
    elif route["type"] == "local":
        if "gateway" in route or "dev" not in route:
            raise ValueError("of type local needs a dev, such as lo, and has no gateway")
    elif "gateway" in route or "dev" in route:
        raise ValueError("of type %s has neither gateway nor dev" % route["type"])
    if route.get("onlink") and not ("gateway" in route and "dev" in route):
        raise ValueError("can be onlink only with a gateway and a dev")
