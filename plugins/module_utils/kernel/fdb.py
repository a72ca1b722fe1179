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
from socket import AF_INET, AF_INET6
from typing import Collection, Dict, List, Optional, Sequence, Set

from ..state.change import Attributes, Change, Failure, Key, Objects
from ..state.changes import changed_parts
from ..state.fdb_rows import is_group
from ..state.table import Table, by_key, parts_of_keys
from . import alike, fdb_more, links, links_by_ip, parts
from .batch import replacing, submit
from .devices import Devices
from .everything import distinct
from .fdb_more import AF_BRIDGE, DST, LLADDR, MESSAGE, NEW, NOARP, PERMANENT, SELF, UNICAST
from .netlink import Netlink

_GET = 30
_OF_BRIDGE = "it is a bridge, which would drop the remote address and take the entry for an address of its own"


def read(wanted: Objects) -> Objects:
    """What of the entries ``(dev, lladdr, master, vlan)`` is there for good now."""
    devices = Devices()
    messages: List[bytes] = []
    with Netlink() as netlink:
        for index in devices.present(parts_of_keys(wanted, 0)):
            messages += _dump(netlink, index)
    known, others = alike.recognised(messages, wanted, partial(_bodies, devices))
    entries = [fdb_more.described(devices, message) for message in others]
    lasting = [(key, entry) for key, entry in entries if key in wanted and _lasts(key, entry)]
    return {**by_key(known), **_with_defaults(dict(fdb_more.gathered(lasting)), wanted)} if lasting else known


def _lasts(key: Key, entry: Attributes) -> bool:
    """Whether nobody learned it, and it leads somewhere; in a flood list, without a port or the like of its own."""
    if entry.get("state") == "dynamic":
        return False
    return bool(key[2]) or (entry.keys() == {"dst"} if is_group(key[1]) else "dst" in entry)


def _with_defaults(found: Dict[Key, Attributes], wanted: Objects) -> Dict[Key, Attributes]:
    """``found`` with port and VNI where they are wanted: the kernel does not tell them where they are the device's."""
    asking = {key for key in found if wanted[key].get("port") or wanted[key].get("vni")}
    own = links.read({(key[0],): {} for key in asking}) if asking else {}
    for key in asking:
        link = own.get((key[0],), {})
        for name, of_link in (("port", "dstport"), ("vni", "vni")):
            if wanted[key].get(name) and of_link in link:
                found[key].setdefault(name, link[of_link])
    return found


def read_all(known: Optional[Objects] = None) -> Dict[Key, Attributes]:
    """All entries of all devices, learned ones too, but those that are just as ``known``.

    See ``everything.distinct`` for their keys.
    """
    devices = Devices()
    with Netlink() as netlink:
        messages = _dump(netlink, 0)
    _known, messages = alike.recognised(messages, known or {}, partial(_bodies, devices))
    return distinct(fdb_more.gathered([fdb_more.described(devices, message) for message in messages]))


def _dump(netlink: Netlink, index: int) -> Sequence[bytes]:
    return netlink.dump(_GET, MESSAGE.pack(AF_BRIDGE, 0, 0, index, 0, 0, 0))


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Make the changes in order."""
    bridges = _bridges(set(changed_parts(changes, 0)))
    misled = [change for change in changes if _is_misled(change, bridges)] if bridges else []
    good = [change for change in changes if not _is_misled(change, bridges)] if misled else changes
    failures = [Failure(change, errno.EOPNOTSUPP, _OF_BRIDGE) for change in misled]
    return failures + submit(good, fdb_more.requests, replacing(NEW, _bodies))


def _is_misled(change: Change, bridges: Collection[str]) -> bool:
    dev, _lladdr, master, _vlan = change.key
    return change.after is not None and not master and dev in bridges


def _bridges(names: Collection[str]) -> Set[str]:
    links_ = links_by_ip.read({(name,): {} for name in names})
    return {name for (name,), link in links_.items() if link["type"] == "bridge"}


@alike.remembering
def _bodies(devices: Devices, table: Table) -> Sequence[Optional[bytes]]:
    """The messages of entries that have a remote address and nothing else, on devices that there are."""

    def made(some: Table, dev: str, ipv6: bool) -> Optional[List[bytes]]:
        if not devices.present([dev]):
            return None
        fields = (AF_BRIDGE, 0, 0, devices.index(dev), PERMANENT | NOARP, SELF, UNICAST)
        dst = parts.addresses(AF_INET6 if ipv6 else AF_INET, some.columns["dst"])
        return alike.bodies(MESSAGE, fields, [(LLADDR, parts.macs(some.keys_by_part[1])), (DST, dst)])

    if table.columns.keys() != {"dst"}:
        return [None] * len(table)
    return alike.in_groups(table, [table.keys_by_part[0], alike.are_ipv6(table.columns["dst"])], made)
