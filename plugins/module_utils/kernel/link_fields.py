# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How netlink words a link's attributes: one row an attribute, by the names of linux/if_link.h."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Mapping, NamedTuple, Optional, Tuple

from .devices import Devices


class Field(NamedTuple):
    """``to_netlink`` takes the normal form; ``from_netlink`` gives it, or None where the value means "not set"."""

    name: str
    to_netlink: Callable[[Any, Devices], Any] = lambda value, _devices: value
    from_netlink: Callable[[Any, Devices], Any] = lambda value, _devices: value


def _index(name: Optional[str], devices: Devices) -> int:
    return devices.index(name) if name else 0


def _name(index: int, devices: Devices) -> Optional[str]:
    return devices.name(index) if index else None


def _number(flag: bool, _devices: Devices) -> int:
    return int(flag)


def _flag(number: int, _devices: Devices) -> bool:
    return bool(number)


def _any_if_none(address: Optional[str], _devices: Devices) -> str:
    return address or "0.0.0.0"


def _none_if_any(address: str, _devices: Devices) -> Optional[str]:
    return None if address in ("0.0.0.0", "::") else address


COMMON: Dict[str, Field] = {
    "address": Field("IFLA_ADDRESS"),
    "mtu": Field("IFLA_MTU"),
    "master": Field("IFLA_MASTER", _index, _name),
    "alias": Field("IFLA_IFALIAS"),
}

KINDS: Dict[str, Dict[str, Field]] = {
    "bridge": {
        "stp": Field("IFLA_BR_STP_STATE", _number, _flag),
        "forward_delay": Field("IFLA_BR_FORWARD_DELAY"),
    },
    "vxlan": {
        "vni": Field("IFLA_VXLAN_ID"),
        "local": Field("IFLA_VXLAN_LOCAL", _any_if_none, _none_if_any),
        "dev": Field("IFLA_VXLAN_LINK", _index, _name),
        "dstport": Field("IFLA_VXLAN_PORT"),
        "learning": Field("IFLA_VXLAN_LEARNING", _number, _flag),
        "ttl": Field("IFLA_VXLAN_TTL"),
    },
}

#: Attributes that have a number of their own for IPv6.
_IPV6 = {"IFLA_VXLAN_LOCAL": "IFLA_VXLAN_LOCAL6"}


def to_netlink(fields: Mapping[str, Field], values: Mapping[str, Any], devices: Devices) -> Dict[str, Any]:
    """The netlink attributes of those of ``values`` that ``fields`` has a row for."""
    worded: Dict[str, Any] = {}
    for attribute, value in values.items():
        if attribute in fields:
            field = fields[attribute]
            ipv6 = isinstance(value, str) and ":" in value
            worded[_IPV6.get(field.name, field.name) if ipv6 else field.name] = field.to_netlink(value, devices)
    return worded


def from_netlink(fields: Mapping[str, Field], found: Mapping[str, Any], devices: Devices) -> Dict[str, Any]:
    """The normal form of what ``fields`` has a row for; what is not set is left out."""
    return {attribute: value for attribute, value in _values(fields, found, devices) if value is not None}


def _values(fields: Mapping[str, Field], found: Mapping[str, Any], devices: Devices) -> Iterator[Tuple[str, Any]]:
    for attribute, field in fields.items():
        for name in (field.name, _IPV6.get(field.name, field.name)):
            if name in found:
                yield attribute, field.from_netlink(found[name], devices)
