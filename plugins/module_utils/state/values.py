# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal forms of single values.

Each function takes what a document may hold and returns the one spelling that a reading of the kernel has for it, or
raises ``ValueError`` with a reason that reads well after the value. Addresses go through ``inet_pton`` and not through
``ipaddress``: a document may hold 100,000 of them, and this is ten times faster.
"""

from __future__ import annotations

import re
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any, Callable, Tuple

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_DIGITS = re.compile(r"[0-9]+")
#: How the addresses of fe80::/10 begin.
LINK_LOCAL = ("fe8", "fe9", "fea", "feb")


def boolean(raw: Any) -> bool:
    """``true`` or ``false``, nothing that merely looks like it."""
    if raw is True or raw is False:
        return raw
    raise ValueError("is neither true nor false")


class Integer:
    """A normaliser of whole numbers in a range."""

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high

    def __call__(self, raw: Any) -> int:
        if isinstance(raw, str) and _DIGITS.fullmatch(raw):
            raw = int(raw)
        if not isinstance(raw, int) or isinstance(raw, bool) or not self.low <= raw <= self.high:
            raise ValueError("is no whole number from %d to %d" % (self.low, self.high))
        return raw


def integer(low: int, high: int) -> Integer:
    """A normaliser of whole numbers from ``low`` to ``high``; digits in a string count as a number."""
    return Integer(low, high)


def choice(*names: str) -> Callable[[Any], str]:
    """A normaliser of one of ``names``."""

    def normalise(raw: Any) -> str:
        if raw not in names:
            raise ValueError("is none of %s" % ", ".join(names))
        return str(raw)

    return normalise


def text(raw: Any) -> str:
    """One line of text, at most 255 bytes (the kernel's limit for a link's alias)."""
    if not isinstance(raw, str) or not raw.isprintable() or len(raw.encode()) > 255:
        raise ValueError("is no single line of at most 255 bytes")
    return raw


def device(raw: Any) -> str:
    """A network interface's name, by the kernel's own rules (``dev_valid_name``, ``sysctl_dev_name_is_allowed``).

    It would put a number in the place of ``%d``, and the link would have another name than it was given.
    """
    if not isinstance(raw, str):
        raise ValueError("is no interface name")
    if not 0 < len(raw.encode()) < 16:
        raise ValueError("is no interface name: it needs 1 to 15 bytes")
    if raw in (".", "..") or any(each in raw for each in "/:% ") or not raw.isprintable():
        raise ValueError("is no interface name: no '/', ':', '%' or white space in it")
    if raw in ("all", "default"):
        raise ValueError("is no interface name: the sysctls of all interfaces are called so")
    return raw


def device_label(raw: Any) -> str:
    """An IPv4 address' label: its interface's name, or that with ``:`` and more behind it (IFA_LABEL)."""
    if not isinstance(raw, str) or not raw.isprintable() or " " in raw or not 0 < len(raw.encode()) < 16:
        raise ValueError("is no label of an address: it needs 1 to 15 bytes without white space")
    return raw


def namespace(raw: Any) -> str:
    """The name of a network namespace, as ``ip netns`` takes it: a file's name."""
    if not isinstance(raw, str) or not 0 < len(raw.encode()) < 256 or raw in (".", "..") or "/" in raw:
        raise ValueError("is no name of a network namespace")
    if not raw.isprintable() or " " in raw:
        raise ValueError("is no name of a network namespace: no white space in it")
    return raw


def mac(raw: Any) -> str:
    """An Ethernet address in lower case with colons."""
    normal = raw.lower().replace("-", ":") if isinstance(raw, str) else ""
    if not _MAC.fullmatch(normal):
        raise ValueError("is no MAC address like 02:00:5e:00:53:01")
    return normal


def unicast_mac(raw: Any) -> str:
    """An Ethernet address that one link can have as its own."""
    normal = mac(raw)
    if int(normal[:2], 16) & 1 or normal == "00:00:00:00:00:00":
        raise ValueError("is no unicast MAC address: it stands for more than one link, or none")
    return normal


def ip(raw: Any) -> str:
    """An IPv4 or IPv6 address without prefix length."""
    try:
        family = AF_INET6 if ":" in raw else AF_INET
        return inet_ntop(family, inet_pton(family, raw))
    except (OSError, TypeError):
        raise ValueError("is no IPv4 or IPv6 address") from None


def host(raw: Any) -> str:
    """The address of one host, which a packet can be sent to or come from."""
    normal = ip(raw)
    if normal in ("0.0.0.0", "::"):
        raise ValueError("is no address of a host: it stands for none")
    if normal.startswith("ff") if ":" in normal else 224 <= int(normal.partition(".")[0]) < 240:
        raise ValueError("is no address of a host: it is a multicast group's")
    return normal


def network(raw: Any) -> str:
    """A network in CIDR form; an address alone is a network of one host. Set host bits are refused, not cut off."""
    address, packed, length = _split_cidr(raw)
    number = int.from_bytes(packed, "big")
    host_bits = number & ((1 << (len(packed) * 8 - length)) - 1)
    if host_bits:
        family = AF_INET if len(packed) == 4 else AF_INET6
        base = inet_ntop(family, (number - host_bits).to_bytes(len(packed), "big"))
        raise ValueError("has host bits set; the network is %s/%d" % (base, length))
    return "%s/%d" % (address, length)


def interface_address(raw: Any) -> str:
    """An address with the prefix length of its network, as an interface has it."""
    if not isinstance(raw, str) or "/" not in raw:
        raise ValueError("is no address with a prefix length like 10.244.1.1/24")
    address, _packed, length = _split_cidr(raw)
    return "%s/%d" % (address, length)


def sysctl_name(raw: Any) -> str:
    """A sysctl's name: with dots, or with slashes where a part has a dot in it (as sysctl(8) has it)."""
    if not isinstance(raw, str) or not raw.isprintable() or " " in raw:
        raise ValueError("is no sysctl name")
    parts = sysctl_parts(raw)
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts):
        raise ValueError("is no sysctl name like net.ipv4.ip_forward")
    return ("/" if any("." in part for part in parts) else ".").join(parts)


def sysctl_parts(name: str) -> Tuple[str, ...]:
    """The path below ``/proc/sys``: the separator that comes first in the name is the separator."""
    slash, dot = name.find("/"), name.find(".")
    return tuple(name.split("/" if slash != -1 and (dot == -1 or slash < dot) else "."))


def sysctl_value(raw: Any) -> str:
    """A sysctl's value as text; the kernel separates several numbers by tabs, the normal form by one space."""
    if isinstance(raw, bool) or not isinstance(raw, (int, str)) or "\n" in str(raw).strip():
        raise ValueError("is no sysctl value: a number or one line of text")
    return " ".join(str(raw).split())


def is_ipv6(address: str) -> bool:
    """Whether a normalised address or network is IPv6."""
    return ":" in address


def is_link_local(address: str) -> bool:
    """Whether a normalised address is IPv6 and known on its own link only (fe80::/10), so that it needs a device."""
    return address.startswith(LINK_LOCAL)


def ipv6_scope(address: str) -> str:
    """The scope of a normalised IPv6 address, which it shows by itself (RFC 4291, 2.4; RFC 3879 for site)."""
    if is_link_local(address):
        return "link"
    if address.startswith(("fec", "fed", "fee", "fef")):
        return "site"
    return "host" if address.partition("/")[0] == "::1" else "global"


def _split_cidr(raw: Any) -> Tuple[str, bytes, int]:
    try:
        head, slash, tail = raw.partition("/")
        family = AF_INET6 if ":" in head else AF_INET
        packed = inet_pton(family, head)
    except (OSError, TypeError, AttributeError):
        raise ValueError("is no IPv4 or IPv6 network like 10.244.1.0/24") from None
    bits = len(packed) * 8
    if slash and not (_DIGITS.fullmatch(tail) and int(tail) <= bits):
        raise ValueError("has no prefix length from 0 to %d" % bits)
    return inet_ntop(family, packed), packed, int(tail) if slash else bits
