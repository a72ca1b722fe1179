# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What few forwarding entries have: several remotes, ways of their own out of the tunnel, and those of bridges."""

from __future__ import annotations

import struct
from typing import Any, Dict, List, Mapping, Tuple

from ..state.change import Attributes, Change, Key
from ..state.fdb_rows import is_group
from .devices import Devices
from .inet import mac_bytes, mac_text, packed, unpacked
from .netlink import APPEND, CREATE, REPLACE, Request, attribute, attributes

NEW, DEL = 28, 29
MESSAGE = struct.Struct("=BBHiHBB")  # family, padding, padding, index, state, flags, type
DST, LLADDR = 1, 2
PERMANENT, NOARP = 0x80, 0x40
SELF, UNICAST = 0x02, 1
AF_BRIDGE = 7
_MASTER_FLAG = 0x04
_VLAN, _PORT, _VNI, _IFINDEX, _MASTER, _SRC_VNI, _NH_ID = 5, 6, 7, 8, 9, 11, 13
_U16, _U32, _PORT_FORM = struct.Struct("=H"), struct.Struct("=I"), struct.Struct("!H")
_STATES = {"static": NOARP, "local": PERMANENT}
_FOREIGN = {_SRC_VNI: "src_vni", _NH_ID: "nhid"}


def described(devices: Devices, message: bytes) -> Tuple[Key, Attributes]:
    """The entry in a message, of whatever kind; one that passes by itself has the state ``dynamic``."""
    _family, _pad, _pad2, index, state, flags, _type = MESSAGE.unpack_from(message)
    values = attributes(message, MESSAGE.size, len(message))
    mac = mac_text(values.get(LLADDR, b""))
    entry: Dict[str, Any] = {}
    master = None if flags & SELF else True
    if master:
        entry["state"] = "local" if state & PERMANENT else "static" if state & NOARP else "dynamic"
    elif not state & PERMANENT:
        entry["state"] = "dynamic"
    vlan = _U16.unpack(values[_VLAN])[0] if _VLAN in values else None
    if DST in values:
        entry["dst"] = unpacked(values[DST])
    if _VNI in values:
        entry["vni"] = _U32.unpack(values[_VNI])[0]
    if _PORT in values:
        entry["port"] = _PORT_FORM.unpack(values[_PORT])[0]
    if _IFINDEX in values:
        entry["via"] = devices.name(_U32.unpack(values[_IFINDEX])[0])
    foreign = [name for kind, name in _FOREIGN.items() if kind in values]
    if foreign:
        entry["foreign"] = foreign
    return (devices.name(index), mac, master, vlan), entry


def gathered(entries: List[Tuple[Key, Attributes]]) -> List[Tuple[Key, Attributes]]:
    """The entries, with those of one flood list as one. A remote with a port or the like of its own stays apart."""
    lists: Dict[Key, List[str]] = {}
    whole: List[Tuple[Key, Attributes]] = []
    for key, entry in entries:
        if is_group(key[1]) and entry.keys() == {"dst"}:
            if key not in lists:
                lists[key] = []
                whole.append((key, {"remotes": lists[key]}))
            lists[key].append(entry["dst"])
        else:
            whole.append((key, entry))
    for remotes in lists.values():
        remotes.sort()
    return whole


def requests(change: Change, devices: Devices) -> List[Request]:
    """What makes the change."""
    dev, lladdr, master, _vlan = change.key
    before, after = change.before or {}, change.after
    if master:
        state = _STATES[(after or before).get("state") or "static"]
        body = MESSAGE.pack(AF_BRIDGE, 0, 0, devices.index(dev), state, _MASTER_FLAG, UNICAST) + _place(change.key)
        return [Request(DEL, 0, body) if after is None else Request(NEW, CREATE | REPLACE, body)]
    body = MESSAGE.pack(AF_BRIDGE, 0, 0, devices.index(dev), PERMANENT | NOARP, SELF, UNICAST) + _place(change.key)
    if is_group(lladdr):
        old, new = before.get("remotes") or [], (after or {}).get("remotes") or []
        coming = [Request(NEW, CREATE | APPEND, body + attribute(DST, packed(each))) for each in new if each not in old]
        return coming + [Request(DEL, 0, body + attribute(DST, packed(each))) for each in old if each not in new]
    if after is None:
        return [Request(DEL, 0, body)]
    return [Request(NEW, CREATE | REPLACE, body + _way(after, devices))]


def _place(key: Key) -> bytes:
    _dev, lladdr, _master, vlan = key
    return attribute(LLADDR, mac_bytes(lladdr)) + (attribute(_VLAN, _U16.pack(vlan)) if vlan else b"")


def _way(entry: Mapping[str, Any], devices: Devices) -> bytes:
    body = attribute(DST, packed(entry["dst"]))
    if entry.get("port"):
        body += attribute(_PORT, _PORT_FORM.pack(entry["port"]))
    if entry.get("vni"):
        body += attribute(_VNI, _U32.pack(entry["vni"]))
    if entry.get("via"):
        body += attribute(_IFINDEX, _U32.pack(devices.index(entry["via"])))
    return body
