# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: read one by one by name; made, changed by their differing attributes, deleted (rtnetlink(7))."""

from __future__ import annotations

import errno
import socket
import struct
from typing import Any, Dict, List, Mapping, Sequence

from ..state.change import Attributes, Change, Failure, Key
from . import link_codec
from .batch import submit
from .devices import Devices
from .link_fields import COMMON, KINDS, from_netlink, to_netlink
from .netlink import CREATE, EXCL, Netlink, Request, attribute

_NEW, _DEL, _GET = 16, 17, 18
_MESSAGE = struct.Struct("=BxHiII")  # family, ARP type, index, flags, change mask
_NAME, _EXT_MASK = 3, 29
_SKIP_STATISTICS = struct.pack("=I", 1 << 3)


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the links ``(name,)`` exists now."""
    devices, found = Devices(), {}
    with Netlink() as netlink:
        for key in wanted:
            try:
                answer = netlink.get(_GET, _named(key[0]) + attribute(_EXT_MASK, _SKIP_STATISTICS))
            except OSError as error:
                if error.errno == errno.ENODEV:
                    continue
                raise
            found[key] = _described(link_codec.decode(answer), devices)
    return found


def _described(link: link_codec.Link, devices: Devices) -> Attributes:
    return {
        "type": link.kind,
        "state": "up" if link.flags & link_codec.UP else "down",
        **from_netlink(COMMON, link.common, devices),
        **from_netlink(KINDS.get(link.kind, {}), link.data, devices),
    }


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes one after another: a link's index, which a port needs of its bridge, is known only then."""
    try:
        return [failure for change in changes for failure in submit([change], _requests)]
    except link_codec.MissingLibrary as error:
        return [Failure(change, 0, str(error)) for change in changes]


def _requests(change: Change, devices: Devices) -> List[Request]:
    (name,) = change.key
    gone = [Request(_DEL, 0, _named(name))]
    if change.after is None:
        return gone
    if change.before is None:
        return _made(name, change.after, devices)
    if change.recreate:
        return gone + _made(name, change.after, devices)
    before = change.before
    return [
        _set(
            name,
            {each: value for each, value in change.after.items() if before.get(each) != value},
            change.after["type"],
            devices,
        )
    ]


def _made(name: str, link: Mapping[str, Any], devices: Devices) -> List[Request]:
    """Two steps: the kernel ignores an alias on the way in, and a port goes to its bridge when it is complete."""
    given = {each: value for each, value in link.items() if value is not None}
    first: Dict[str, Any] = {each: given[each] for each in ("address", "mtu") if each in given}
    if link["type"] == "bridge" and "mtu" in given:
        # A bridge follows its ports' MTU unless its own was changed after it was made; so it begins with another.
        first["mtu"] = 1280 if given["mtu"] != 1280 else 1500
    data = to_netlink(KINDS.get(link["type"], {}), given, devices)
    common = {"IFLA_IFNAME": name, **to_netlink(COMMON, first, devices)}
    made = Request(_NEW, CREATE | EXCL, link_codec.encode(common, link["type"], data))
    return [
        made,
        _set(
            name,
            {each: given[each] for each in ("mtu", "alias", "master", "state") if each in given},
            link["type"],
            devices,
        ),
    ]


def _set(name: str, new: Mapping[str, Any], kind: str, devices: Devices) -> Request:
    data = to_netlink(KINDS.get(kind, {}), new, devices)
    common = {"IFLA_IFNAME": name, **to_netlink(COMMON, new, devices)}
    flags, mask = (link_codec.UP if new.get("state") == "up" else 0), (link_codec.UP if "state" in new else 0)
    return Request(_NEW, 0, link_codec.encode(common, kind if data else "", data, flags, mask))


def _named(name: str) -> bytes:
    return _MESSAGE.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + attribute(_NAME, name.encode() + b"\0")
