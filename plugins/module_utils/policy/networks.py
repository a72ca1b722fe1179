# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and networks in normal form, which is how the kernel's tools print them.

Source: ``k8s.io/apimachinery/pkg/util/validation`` ``ip.go``. What is ambiguous (leading zeros, IPv4 addresses in IPv6
ones) is refused, as API servers do where ``StrictIPCIDRValidation`` is on (KEP-4858). Bits behind the prefix they then
refuse in new objects only: what they have meant all along is the network, and so it is here. What was stored before is
read by ``k8s.io/utils/net`` ``ParseIPSloppy`` and ``ParseCIDRSloppy``, which are Go's parsers up to 1.16.
"""

from __future__ import annotations

import re
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple, Optional, Tuple

_FAMILIES = {4: (AF_INET, 32), 6: (AF_INET6, 128)}
_LENGTH = re.compile("0|[1-9][0-9]{0,2}")
_MAPPED = bytes(10) + b"\xff\xff"
_MAPPED_LENGTH = 8 * len(_MAPPED)
_LEADING_ZEROS = re.compile("(?<![0-9A-Fa-f])0+(?=[0-9A-Fa-f])")


class Network(NamedTuple):
    """An IPv4 or IPv6 network: ``family`` is 4 or 6, ``first`` its first address as a number."""

    family: int
    first: int
    length: int

    def __str__(self) -> str:
        domain, bits = _FAMILIES[self.family]
        return "%s/%d" % (inet_ntop(domain, self.first.to_bytes(bits // 8, "big")), self.length)

    def strictly_holds(self, other: Network) -> bool:
        """Whether ``other`` is a part of this network, and not all of it."""
        bits = _FAMILIES[self.family][1] - self.length
        return self.family == other.family and self.length < other.length and self.first >> bits == other.first >> bits


def address(text: str) -> Tuple[int, str]:
    """Family and normal form of an address. Raises ``ValueError`` with the API server's reason."""
    family = 6 if ":" in text else 4
    packed = _packed(text, family)
    if packed is None:
        if _packed(_LEADING_ZEROS.sub("", text), family) is not None:
            raise ValueError("must not have leading 0s")
        raise ValueError("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
    if packed.startswith(_MAPPED):
        raise ValueError("must not be an IPv4-mapped IPv6 address")
    return family, text if family == 4 else inet_ntop(AF_INET6, packed)


def stored_address(text: str) -> Tuple[int, str]:
    """As ``address``, but as API servers read what they have stored: zeros in front say nothing, mapped is IPv4."""
    bare = _LEADING_ZEROS.sub("", text)
    packed = _packed(bare, 6 if ":" in bare else 4)
    return address(inet_ntop(AF_INET, packed[12:]) if packed and packed.startswith(_MAPPED) else bare)


def stored_network(text: str) -> Network:
    """As ``network``, but as API servers read what they have stored: zeros in front say nothing, mapped is IPv4.

    With fewer bits than those that say that it is mapped, it is one of IPv6.
    """
    bare = _LEADING_ZEROS.sub("", text)
    found = _network(bare)
    if found is None or not found[0].startswith(_MAPPED):
        return network(bare)
    packed, length = found
    if length >= _MAPPED_LENGTH:
        return network("%s/%d" % (inet_ntop(AF_INET, packed[12:]), length - _MAPPED_LENGTH))
    free = 128 - length
    return Network(6, int.from_bytes(packed, "big") >> free << free, length)


def network(text: str) -> Network:
    """The network that a CIDR speaks of. Raises ``ValueError`` with the API server's reason."""
    found = _network(text)
    if found is None:
        if _network(_LEADING_ZEROS.sub("", text)) is not None:
            raise ValueError("must not have leading 0s in IP or prefix length")
        raise ValueError("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
    packed, length = found
    if packed.startswith(_MAPPED):
        raise ValueError("must not have an IPv4-mapped IPv6 address")
    free = 8 * len(packed) - length
    return Network(6 if len(packed) == 16 else 4, int.from_bytes(packed, "big") >> free << free, length)


def _packed(text: str, family: int) -> Optional[bytes]:
    try:
        return inet_pton(_FAMILIES[family][0], text)
    except (OSError, ValueError):  # ValueError: a zero byte, or a lone surrogate
        return None


def _network(text: str) -> Optional[Tuple[bytes, int]]:
    start, _slash, length = text.partition("/")
    family = 6 if ":" in start else 4
    if not _LENGTH.fullmatch(length) or int(length) > _FAMILIES[family][1]:
        return None
    packed = _packed(start, family)
    return None if packed is None else (packed, int(length))
