# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link messages, encoded and decoded by pyroute2 (0.7.2 or newer): many kinds with nested attributes, few objects.

pyroute2 is used as a codec only, and imported only where there is a link to read or to make: its package takes 0.1 s to
load, and a dry run on a host that does not have it yet must still be possible.
"""

from __future__ import annotations

import errno
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple, Type

from .netlink import HEADER

UP = 0x1  # IFF_UP


class MissingLibrary(ImportError):
    """pyroute2 is not installed."""

    def __init__(self, reason: object) -> None:
        super().__init__(
            "the Python library pyroute2 (0.7.2 or newer) is needed to read and make links, and cannot be imported "
            "(%s): install the package python3-pyroute2" % (reason,),
            name="pyroute2",
        )


class Link(NamedTuple):
    """A link as netlink has it: ``common`` and ``data`` by attribute name; ``data`` are those of its kind."""

    flags: int
    kind: str
    common: Dict[str, Any]
    data: Dict[str, Any]


def encode(common: Mapping[str, Any], kind: str, data: Mapping[str, Any], flags: int = 0, mask: int = 0) -> bytes:
    """A link message without netlink header. ``kind`` '' leaves out all that belongs to the kind.

    Raises ``OSError`` EOPNOTSUPP for a kind or an attribute that the installed pyroute2 does not know: it would drop it
    silently.
    """
    message_class = _message_class()
    _check(message_class, common)
    attributes: List[Tuple[str, Any]] = list(common.items())
    if kind:
        known = message_class.ifinfo.data_map
        if kind not in known:
            raise OSError(errno.EOPNOTSUPP, "the installed pyroute2 does not know links of type %s" % kind)
        _check(known[kind], data)
        info = [("IFLA_INFO_KIND", kind), ("IFLA_INFO_DATA", {"attrs": list(data.items())})]
        attributes.append(("IFLA_LINKINFO", {"attrs": info}))
    message = message_class()
    message["flags"], message["change"], message["attrs"] = flags, mask, attributes
    message.encode()
    return bytes(message.data[HEADER.size :])


def decode(message: bytes) -> Link:
    """The link in a message with its netlink header."""
    decoded = _message_class()(message)
    decoded.decode()
    common = dict(decoded["attrs"])
    info = dict(common["IFLA_LINKINFO"]["attrs"]) if "IFLA_LINKINFO" in common else {}
    data = info.get("IFLA_INFO_DATA", {})
    # A kind that pyroute2 does not know has its data as text.
    own = dict(data["attrs"]) if isinstance(data, dict) and "attrs" in data else {}
    return Link(decoded["flags"], info.get("IFLA_INFO_KIND", ""), common, own)


def _message_class() -> Type[Any]:
    try:
        from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    except ImportError as error:
        raise MissingLibrary(error) from error
    return ifinfmsg


def _check(message_class: Type[Any], attributes: Mapping[str, Any]) -> None:
    unknown = attributes.keys() - {row[0] for row in message_class.nla_map}
    if unknown:
        raise OSError(errno.EOPNOTSUPP, "the installed pyroute2 does not know %s" % ", ".join(sorted(unknown)))
