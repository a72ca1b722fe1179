# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From one variable's value, as YAML, INI or ``-e`` gave it, to a typed value, or the reason why not."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Callable, List, Tuple, Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Parser = Callable[[Any], Any]

#: The longest prefix that leaves a subnet a gateway and one pod.
LONGEST_PREFIX = {4: 30, 6: 126}
#: IFNAMSIZ, 16, less the closing zero byte (linux/if.h).
LONGEST_LINK_NAME = 15

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class Invalid(ValueError):
    """A value that cannot be: ``reason`` completes "is refused, for it …", ``way_out`` "Way out: …"."""

    def __init__(self, reason: str, way_out: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.way_out = way_out


def boolean(value: Any) -> bool:
    word = str(value).lower()
    if word not in _TRUE + _FALSE:
        raise Invalid("is neither true nor false", "give true or false")
    return word in _TRUE


def choice(*words: str) -> Parser:
    def parse(value: Any) -> str:
        if value not in words:
            raise Invalid("is not available in this version", "give one of: %s" % ", ".join(words))
        return str(value)

    return parse


def number(lowest: int, highest: int) -> Parser:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]+", str(value)):
            raise Invalid("is no whole number", "give a number from %d to %d" % (lowest, highest))
        if not lowest <= int(value) <= highest:
            raise Invalid("is out of range", "give a number from %d to %d" % (lowest, highest))
        return int(value)

    return parse


def mac(value: Any) -> str:
    """A unicast MAC address in lower case."""
    address = str(value).lower().replace("-", ":")
    if not _MAC.fullmatch(address):
        raise Invalid("is no MAC address", "give six hexadecimal bytes with colons, such as 02:00:5e:00:00:01")
    if int(address[:2], 16) & 1 or address == "00:00:00:00:00:00":
        raise Invalid("is no unicast MAC address", "give one whose first byte is even and that is not all zeros")
    return address


def link_name(value: Any) -> str:
    """A name the kernel takes for a network device, as it is (``dev_valid_name``, ``dev_alloc_name`` in net/core)."""
    name = str(value)
    fits = re.fullmatch(r"[^\s/:%]+", name) and name.isprintable() and len(name.encode()) <= LONGEST_LINK_NAME
    if not fits or name in (".", "..", "all", "default"):  # the latter two are taken, among the sysctls of interfaces
        reason = "is no name for a network device"
        way_out = "give 1 to %d characters without space, slash, colon or percent sign" % LONGEST_LINK_NAME
        raise Invalid(reason, way_out)
    return name


def _items(value: Any) -> List[str]:
    """A list, or a string of values separated by commas, as ``-e`` and INI inventories give it."""
    if isinstance(value, (list, tuple)):
        return [str(item).strip() for item in value]
    return [item.strip() for item in str(value).split(",") if item.strip()]


def network(value: Any) -> Network:
    try:
        return ipaddress.ip_network(str(value))
    except ValueError:
        pass
    try:
        whole = ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        raise Invalid("is no network in CIDR notation", "give one such as 10.244.0.0/16 or fd00:10:244::/56") from None
    raise Invalid("has bits set behind its prefix", "write %s" % whole)


def networks(value: Any) -> Tuple[Network, ...]:
    return tuple(network(item) for item in _items(value))


def network_a_family(value: Any) -> Tuple[Network, ...]:
    """At least one network, at most one of each address family, IPv4 first."""
    return _one_a_family(networks(value), "network")


def pod_subnet(value: Any) -> Tuple[Network, ...]:
    """As :func:`network_a_family`, each with room for a gateway and a pod."""
    subnets = network_a_family(value)
    for subnet in subnets:
        if subnet.prefixlen > LONGEST_PREFIX[subnet.version]:
            reason = "has no room for a gateway and a pod in %s" % subnet
            raise Invalid(reason, "give a prefix of at most /%d" % LONGEST_PREFIX[subnet.version])
    return subnets


def node_address(value: Any) -> Tuple[Address, ...]:
    """At most one unicast address of each family that other hosts can reach, IPv4 first."""
    found = []
    for item in _items(value):
        try:
            address = ipaddress.ip_address(item)
        except ValueError:
            raise Invalid("is no IP address", "give the host's own address on the underlay, without a prefix") from None
        if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local:
            reason = "is no address by which other hosts can reach this one"
            raise Invalid(reason, "give the host's own unicast address on the underlay")
        found.append(address)
    return _one_a_family(tuple(found), "address")


def _one_a_family(found: Tuple[Any, ...], what: str) -> Tuple[Any, ...]:
    if not found:
        raise Invalid("is empty", "give at least one %s" % what)
    if len({item.version for item in found}) < len(found):
        raise Invalid("holds more than one %s of one family" % what, "give at most one IPv4 and one IPv6 %s" % what)
    return tuple(sorted(found, key=lambda item: item.version))
