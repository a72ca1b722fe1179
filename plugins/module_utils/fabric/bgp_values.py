# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As :mod:`values`, for what only BGP knows."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Mapping, NamedTuple, Optional, Tuple

from .values import Address, Invalid, link_name, node_address, number


def asn(value: Any) -> int:
    """A 4-byte autonomous system number (RFC 6793), also in the form ``1.10`` (RFC 5396)."""
    parts = re.fullmatch(r"([0-9]{1,5})\.([0-9]{1,5})", str(value))
    whole = (int(parts.group(1)) << 16) + int(parts.group(2)) if parts else value
    if parts and max(int(part) for part in parts.groups()) > 0xFFFF:
        raise Invalid("is no autonomous system number", "give a number from 1 to 4294967294")
    if str(whole) in ("23456", "65535"):
        raise Invalid("is reserved (RFC 6793, RFC 7300)", "give another number, such as one from 64512 to 65534")
    return int(number(1, 2**32 - 2)(whole))


def router_id(value: Any) -> str:
    """An IPv4 address in form; it need not be one that anybody has (RFC 6286)."""
    try:
        found = ipaddress.IPv4Address(str(value))
    except ValueError:
        raise Invalid("is not written like an IPv4 address", "give one such as 192.0.2.11") from None
    if found == ipaddress.IPv4Address(0):
        raise Invalid("is nothing in particular", "give an address other than 0.0.0.0")
    return str(found)


class RouterInput(NamedTuple):
    """A BGP neighbor that is no node: its address, or the interface it is behind. ``password``: whether it has one."""

    address: Optional[Address]
    interface: str
    asn: str
    multihop: int
    password: bool


#: What a router may have that anybody may see.
_OPEN = {"address", "interface", "asn", "multihop"}
_ROUTER_WAY_OUT = "give entries such as {address: 192.0.2.1, asn: 64600} or {interface: eth0, asn: external}"


def routers(value: Any) -> Tuple[RouterInput, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
        raise Invalid("is no list of routers", _ROUTER_WAY_OUT)
    found = tuple(_router(item) for item in value)
    if len({(router.address, router.interface) for router in found}) < len(found):
        raise Invalid("holds a router twice", "give each address and each interface once")
    return found


def _router(item: Mapping[str, Any]) -> RouterInput:
    unknown = sorted(set(item) - _OPEN - {"password"})
    if unknown or ("address" in item) == ("interface" in item) or "asn" not in item:
        raise Invalid("has an entry without asn, or without exactly one of address and interface", _ROUTER_WAY_OUT)
    address = None
    if "address" in item:
        (address,) = node_address(str(item["address"]))
    peer_asn = str(item["asn"])
    return RouterInput(
        address,
        link_name(item["interface"]) if "interface" in item else "",
        peer_asn if peer_asn in ("internal", "external") else str(asn(item["asn"])),
        int(number(0, 255)(item.get("multihop", 0))),
        bool(str(item.get("password") or "")),
    )


def hidden(value: Any) -> Any:
    """A raw value for a message, without the passwords of routers, whatever they were called.

    What they are is nothing to the plan either.
    """
    if isinstance(value, (list, tuple)):
        return [hidden(item) for item in value]
    if isinstance(value, Mapping):
        return {key: hidden(its) if key in _OPEN else "********" for key, its in value.items()}
    return value


def hidden_routers(value: Any) -> Any:
    """The same of what should be a list of routers; nothing of what is none, for a password may be anywhere in it."""
    is_list = isinstance(value, (list, tuple)) and all(isinstance(item, Mapping) for item in value)
    return hidden(value) if is_list else ""
