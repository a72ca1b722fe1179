# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding entries: which remote address, or which port of a bridge, a MAC is behind (bridge(8), linux/neighbour.h).

A tunnel's own are ``self`` and ``permanent`` always: without them the kernel writes the entry of the bridge that the
device is a port of. Those of a bridge are ``master``.
"""

from __future__ import annotations

import errno
from functools import partial
from itertools import repeat
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence, Set

from ..state.change import Attributes, Change, Failure, Key
from ..state.fdb_rows import is_group
from . import alike, fdb_more, links, links_by_ip
from .batch import replacing, submit
from .devices import Devices
from .everything import distinct
from .fdb_more import AF_BRIDGE, DST, LLADDR, MESSAGE, NEW, NOARP, PERMANENT, SELF, UNICAST
from .inet import macs_bytes
from .netlink import Netlink

_GET = 30
_OF_BRIDGE = "it is a bridge, which would drop the remote address and take the entry for an address of its own"


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """What of the entries ``(dev, lladdr, master, vlan)`` is there for good now."""
    devices = Devices()
    messages: List[bytes] = []
    with Netlink() as netlink:
        for index in devices.present({key[0] for key in wanted}):
            messages += _dump(netlink, index)
    found, others = alike.recognised(messages, wanted, partial(_bodies, devices))
    entries = [fdb_more.described(devices, message) for message in others]
    lasting = [(key, entry) for key, entry in entries if key in wanted and _lasts(key, entry)]
    found.update(_with_defaults(dict(fdb_more.gathered(lasting)), wanted))
    return found


def _lasts(key: Key, entry: Attributes) -> bool:
    """Whether nobody learned it, and it leads somewhere; in a flood list, without a port or the like of its own."""
    if entry.get("state") == "dynamic":
        return False
    return bool(key[2]) or (entry.keys() == {"dst"} if is_group(key[1]) else "dst" in entry)


def _with_defaults(found: Dict[Key, Attributes], wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """``found`` with port and VNI where they are wanted: the kernel does not tell them where they are the device's."""
    asking = {key for key in found if wanted[key].get("port") or wanted[key].get("vni")}
    own = links.read({(key[0],): {} for key in asking}) if asking else {}
    for key in asking:
        link = own.get((key[0],), {})
        for name, of_link in (("port", "dstport"), ("vni", "vni")):
            if wanted[key].get(name) and of_link in link:
                found[key].setdefault(name, link[of_link])
    return found


def read_all() -> Dict[Key, Attributes]:
    """All entries of all devices, learned ones too; see ``everything.distinct`` for their keys."""
    devices = Devices()
    with Netlink() as netlink:
        return distinct(fdb_more.gathered([fdb_more.described(devices, message) for message in _dump(netlink, 0)]))


def _dump(netlink: Netlink, index: int) -> Sequence[bytes]:
    return netlink.dump(_GET, MESSAGE.pack(AF_BRIDGE, 0, 0, index, 0, 0, 0))


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order."""
    new = [change for change in changes if change.after is not None and not change.key[2]]
    bridges = _bridges({change.key[0] for change in new})
    failures = [Failure(change, errno.EOPNOTSUPP, _OF_BRIDGE) for change in new if change.key[0] in bridges]
    misled = {failure.change.key for failure in failures}
    good = [change for change in changes if change.key not in misled] if misled else changes
    return failures + submit(good, fdb_more.requests, replacing(NEW, _bodies))


def _bridges(names: Collection[str]) -> Set[str]:
    links_ = links_by_ip.read({(name,): {} for name in names})
    return {name for (name,), link in links_.items() if link["type"] == "bridge"}


@alike.remembering
def _bodies(devices: Devices, keys: Sequence[Key], objects: Sequence[Mapping[str, Any]]) -> List[Optional[bytes]]:
    """The messages of entries that have a remote address and nothing else, on devices that there are."""

    def made(places: Sequence[int], dev: str, ipv6: bool, whole: bool) -> Optional[List[bytes]]:
        if not whole or not devices.present([dev]):
            return None
        lladdr = macs_bytes([keys[place][1] for place in places])
        remotes = [objects[place]["dst"] for place in places]
        dst = list(map(inet_pton, repeat(AF_INET6 if ipv6 else AF_INET), remotes))
        fields = (AF_BRIDGE, 0, 0, devices.index(dev), PERMANENT | NOARP, SELF, UNICAST)
        return alike.bodies(MESSAGE, fields, [(LLADDR, lladdr), (DST, dst)])

    families = [":" in each.get("dst", "") for each in objects]
    wholes = [len(each) == 1 and "dst" in each for each in objects]
    return alike.in_groups([[key[0] for key in keys], families, wholes], made)
