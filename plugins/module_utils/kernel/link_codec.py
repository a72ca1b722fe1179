# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link messages, encoded and decoded by pyroute2 (0.7.2 or newer): many kinds with nested attributes, few objects.

pyroute2 is used as a codec only, and imported only where there is a link to read or to make: its package takes 0.1 s to
load, and a dry run on a host that does not have it yet must still be possible.
"""

from __future__ import annotations

import errno
import struct
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple, Type

from .netlink import HEADER, attribute, attributes

UP, PROMISC, NOARP = 0x1, 0x100, 0x80  # IFF_… of linux/if.h

_NEW_LINK = 16
MESSAGE = struct.Struct("=BxHiII")  # family, ARP type, index, flags, change mask
_NAME, _LINK_INFO, _EXT_MASK, _INFO_DATA = 3, 18, 29, 2
#: Asks for a link without its counters (RTEXT_FILTER_SKIP_STATS).
SKIP_STATISTICS = attribute(_EXT_MASK, struct.pack("=I", 1 << 3))
#: What is decoded of a link. Its counters and per-family settings, five times as much, are not.
_DECODED = frozenset(
    {
        "IFLA_ADDRESS",
        "IFLA_IFNAME",
        "IFLA_MTU",
        "IFLA_LINK",
        "IFLA_MASTER",
        "IFLA_TXQLEN",
        "IFLA_LINKINFO",
        "IFLA_IFALIAS",
        "IFLA_LINK_NETNSID",
        "IFLA_GSO_MAX_SIZE",
    }
)


class MissingLibrary(ImportError):
    """pyroute2 is not installed."""

    def __init__(self, reason: object) -> None:
        super().__init__(
            "the Python library pyroute2 (0.7.2 or newer) is needed to read and make links, and cannot be imported "
            "(%s): install the package python3-pyroute2" % (reason,),
            name="pyroute2",
        )


class Link(NamedTuple):
    """A link as netlink has it, by attribute name: ``data`` of its kind, ``port`` of it as a bridge's port."""

    flags: int
    kind: str
    common: Dict[str, Any]
    data: Dict[str, Any]
    port: Dict[str, Any]


def header(index: int = 0, flags: int = 0, mask: int = 0) -> bytes:
    """What a link message begins with; ``mask`` says which of ``flags`` are meant."""
    return MESSAGE.pack(0, 0, index, flags, mask)


def named(name: str) -> bytes:
    """A message about the link ``name``."""
    return header() + attribute(_NAME, name.encode() + b"\0")


def encode(common: Mapping[str, Any], kind: str, data: Mapping[str, Any], flags: int = 0, mask: int = 0) -> bytes:
    """A link message without netlink header. ``kind`` '' leaves out all that belongs to the kind.

    Raises ``OSError`` EOPNOTSUPP for a kind or an attribute that the installed pyroute2 does not know: it would drop it
    silently.
    """
    message_class = _message_class()
    info: List[Tuple[str, Any]] = []
    if kind:
        info.append(("IFLA_INFO_KIND", kind))
    if data:
        known = message_class.ifinfo.data_map
        if kind not in known:
            raise OSError(errno.EOPNOTSUPP, "the installed pyroute2 does not know links of type %s" % kind)
        _check(known[kind], data)
        info.append(("IFLA_INFO_DATA", {"attrs": list(data.items())}))
    return _encoded(message_class, common, info, flags, mask)


def encode_port(common: Mapping[str, Any], port: Mapping[str, Any]) -> bytes:
    """A message that sets attributes of a bridge's port. Raises as ``encode``."""
    message_class = _message_class()
    _check(message_class.ifinfo.bridge_slave_data, port)
    info = [("IFLA_INFO_SLAVE_KIND", "bridge"), ("IFLA_INFO_SLAVE_DATA", {"attrs": list(port.items())})]
    return _encoded(message_class, common, info, 0, 0)


def _encoded(
    message_class: Type[Any], common: Mapping[str, Any], info: List[Tuple[str, Any]], flags: int, mask: int
) -> bytes:
    _check(message_class, common)
    message = message_class()
    message["flags"], message["change"] = flags, mask
    message["attrs"] = list(common.items()) + ([("IFLA_LINKINFO", {"attrs": info})] if info else [])
    message.encode()
    return bytes(message.data[HEADER.size :])


def decode(message: bytes) -> Link:
    """The link in a message without netlink header."""
    message_class = _message_class()
    slim, info = _slim(message_class, message)
    decoded = message_class(HEADER.pack(HEADER.size + len(slim), _NEW_LINK, 0, 0, 0) + slim)
    decoded.decode()
    common = dict(decoded["attrs"])
    own = dict(common.pop("IFLA_LINKINFO")["attrs"]) if "IFLA_LINKINFO" in common else {}
    kind = own.get("IFLA_INFO_KIND", "")
    data = _named(own.get("IFLA_INFO_DATA"))
    if data:
        _correct_flags(message_class.ifinfo.data_map[kind], info.get(_INFO_DATA, b""), data)
    port = _named(own.get("IFLA_INFO_SLAVE_DATA")) if own.get("IFLA_INFO_SLAVE_KIND") == "bridge" else {}
    return Link(decoded["flags"], kind, common, data, port)


def _slim(message_class: Type[Any], message: bytes) -> Tuple[bytes, Dict[int, bytes]]:
    """The message with only what is decoded, and its link info by number."""
    raw = attributes(message, MESSAGE.size, len(message))
    kept = [
        attribute(number, raw[number])
        for number, row in enumerate(message_class.nla_map)
        if number in raw and row[0] in _DECODED
    ]
    info = raw.get(_LINK_INFO, b"")
    return message[: MESSAGE.size] + b"".join(kept), attributes(info, 0, len(info))


def _named(nested: Any) -> Dict[str, Any]:
    """Nested attributes by name. What pyroute2 does not know it has as text."""
    return dict(nested["attrs"]) if isinstance(nested, dict) and "attrs" in nested else {}


def _correct_flags(data_class: Type[Any], raw: bytes, data: Dict[str, Any]) -> None:
    """Some attributes that have no value on the way in have one, on or off, on the way out: pyroute2 does not look."""
    values = attributes(raw, 0, len(raw))
    for number, row in enumerate(data_class.nla_map):
        if row[1] == "flag" and number in values:
            data[row[0]] = not values[number] or any(values[number])


def _message_class() -> Type[Any]:
    try:
        from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    except ImportError as error:
        raise MissingLibrary(error) from error
    return ifinfmsg


def _check(message_class: Type[Any], words: Mapping[str, Any]) -> None:
    unknown = words.keys() - {row[0] for row in message_class.nla_map}
    if unknown:
        raise OSError(errno.EOPNOTSUPP, "the installed pyroute2 does not know %s" % ", ".join(sorted(unknown)))
