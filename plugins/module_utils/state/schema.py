# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may hold: one table a section, one row an attribute.

A further attribute, kind of link or section is a further row here, a row in ``kernel`` that says how netlink has it,
and a row in ``commands`` that says how iproute2 has it. Units are iproute2's and the kernel's: bytes for ``mtu``, hops
for ``ttl``, hundredths of a second for ``forward_delay``.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple

from . import filters, values

MAIN_TABLE = 254
#: The kernel's own metric for an IPv6 route that names none (IP6_RT_PRIO_USER); IPv4 has 0.
IPV6_METRIC = 1024
_TABLES = {"default": 253, "main": MAIN_TABLE, "local": 255}


class Policy(Enum):
    """What it takes to change an attribute of an object that exists."""

    MUTABLE = "in place"
    #: The kernel cannot change it. Only a document that says ``recreate: true`` may have the object made anew.
    RECREATE = "recreate"
    #: The kernel cannot change it, and nothing hangs on the object: it is deleted and added without being asked.
    READD = "delete and add"
    #: Not a property of the object but a word to the engine; never compared.
    DIRECTIVE = "directive"


class Attribute(NamedTuple):
    """``normalise`` gives the normal form or raises ``ValueError``.

    ``default`` is what an object has that lacks the attribute in a reading, and what it gets back when a later document
    no longer declares the attribute; ``KEEP`` where there is no such value.
    """

    normalise: Callable[[Any], Any]
    policy: Policy = Policy.MUTABLE
    default: Any = None


class Keep:
    """The type of ``KEEP``, so that it is equal to nothing that a document can hold."""


KEEP = Keep()


def _nothing_more(item: Dict[str, Any]) -> None:
    """The completion of sections whose attributes do not depend on one another."""


class Section(NamedTuple):
    """``key`` names the attributes that tell one object from another.

    ``complete`` sees the normalised attributes of one object: it fills in defaults of the key and raises ``ValueError``
    where attributes contradict one another. ``kinds``: further attributes by the value of ``type``. ``whole``: an
    object is written as a whole, so that the reading of a stranger's object is kept as a whole to put it back.
    ``removable``: False for what comes and goes with something else.
    """

    noun: str
    key: Tuple[str, ...]
    attributes: Mapping[str, Attribute]
    required: Tuple[str, ...] = ()
    complete: Callable[[Dict[str, Any]], None] = _nothing_more
    kinds: Optional[Mapping[str, Mapping[str, Attribute]]] = None
    whole: bool = False
    removable: bool = True


def table(raw: Any) -> int:
    """A routing table's number, or one of the three names that every kernel has."""
    return _TABLES[raw] if isinstance(raw, str) and raw in _TABLES else values.integer(1, 2**32 - 1)(raw)


def _complete_link(link: Dict[str, Any]) -> None:
    if link.get("master") == link["name"]:
        raise ValueError("has itself as master")
    if link["type"] == "vxlan" and "vni" not in link:
        raise ValueError("needs a vni")


def _complete_route(route: Dict[str, Any]) -> None:
    ipv6 = ":" in route["dst"]
    route.setdefault("table", MAIN_TABLE)
    if not route.setdefault("metric", IPV6_METRIC if ipv6 else 0) and ipv6:
        route["metric"] = IPV6_METRIC
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


def _complete_ipset(ipset: Dict[str, Any]) -> None:
    ipset.setdefault("family", "inet")
    ipset.setdefault("entries", [])


def _complete_chain(chain: Dict[str, Any]) -> None:
    chain.setdefault("rules", [])
    chain.setdefault("anchors", [])


_LINK = {
    "name": Attribute(values.device),
    "type": Attribute(values.choice("bridge", "vxlan"), Policy.RECREATE),
    "address": Attribute(values.unicast_mac, default=KEEP),
    "mtu": Attribute(values.integer(68, 65535), default=KEEP),
    "state": Attribute(values.choice("up", "down"), default=KEEP),
    "master": Attribute(values.device),
    "alias": Attribute(values.text, default=""),
    "recreate": Attribute(values.boolean, Policy.DIRECTIVE),
}

_KINDS = {
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

_ADDRESS = {
    "dev": Attribute(values.device),
    "address": Attribute(values.interface_address),
    "scope": Attribute(values.choice("global", "site", "link", "host"), Policy.READD, default="global"),
    "noprefixroute": Attribute(values.boolean, Policy.READD, default=False),
    "nodad": Attribute(values.boolean, Policy.READD, default=False),
}

_ROUTE = {
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

_IPTABLES = {
    "family": Attribute(values.choice("ipv4", "ipv6")),
    "table": Attribute(values.choice(*filters.TABLES)),
    "chain": Attribute(filters.chain),
    "rules": Attribute(filters.rules, default=[]),
    "anchors": Attribute(filters.anchors, default=[]),
}

_IPSET = {
    "name": Attribute(filters.set_name),
    "type": Attribute(filters.set_type, Policy.READD),
    "family": Attribute(values.choice("inet", "inet6"), Policy.READD, default="inet"),
    "entries": Attribute(filters.set_entries, default=[]),
}

SECTIONS: Dict[str, Section] = {
    "links": Section("link", ("name",), _LINK, required=("type",), complete=_complete_link, kinds=_KINDS),
    "addresses": Section("address", ("dev", "address"), _ADDRESS, whole=True),
    "neighbors": Section(
        "neighbor",
        ("dev", "dst"),
        {"dev": Attribute(values.device), "dst": Attribute(values.ip), "lladdr": Attribute(values.mac)},
        required=("lladdr",),
        whole=True,
    ),
    "fdb": Section(
        "fdb entry",
        ("dev", "lladdr"),
        {"dev": Attribute(values.device), "lladdr": Attribute(values.unicast_mac), "dst": Attribute(values.ip)},
        required=("dst",),
        whole=True,
    ),
    "routes": Section("route", ("dst", "table", "metric"), _ROUTE, complete=_complete_route, whole=True),
    "sysctls": Section(
        "sysctl",
        ("name",),
        {"name": Attribute(values.sysctl_name), "value": Attribute(values.sysctl_value, default=KEEP)},
        required=("value",),
        removable=False,
    ),
    "ipsets": Section("ipset", ("name",), _IPSET, required=("type",), complete=_complete_ipset, whole=True),
    "iptables": Section("chain", ("family", "table", "chain"), _IPTABLES, complete=_complete_chain, whole=True),
}

#: A link of a kind that no document can hold has the rows of all links.
_NOTHING: Mapping[str, Attribute] = {}
_PROPERTIES: Dict[Tuple[str, Any], Dict[str, Attribute]] = {
    (name, kind): {
        attribute: row for attribute, row in {**section.attributes, **extra}.items() if attribute not in section.key
    }
    for name, section in SECTIONS.items()
    for kind, extra in [(None, _NOTHING), *(section.kinds or {}).items()]
}


def properties(section: str, attributes: Mapping[str, Any]) -> Dict[str, Attribute]:
    """The rows of an object of ``section`` that are not its key, with those of its kind where it has one."""
    kind = attributes.get("type") if SECTIONS[section].kinds else None
    return _PROPERTIES.get((section, kind)) or _PROPERTIES[section, None]
