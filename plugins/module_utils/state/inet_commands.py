# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of addresses, neighbors and forwarding entries as ``ip`` and ``bridge`` commands."""

from __future__ import annotations

from typing import Any, List, Mapping

from .change import Change, Key
from .fdb_rows import is_group
from .holds import is_made_anew, released
from .marks import HELD
from .words import Words, line

_ADDRESS_WORDS = ("broadcast", "label", "scope", "metric")
_ADDRESS_FLAGS = ("noprefixroute", "nodad", "home", "mngtmpaddr", "autojoin")


def addresses(change: Change) -> List[str]:
    dev, address = change.key
    if address == HELD:
        return [each for hold in released(change) for each in addresses(hold)]
    in_place = change.before is not None and change.after is not None and not is_made_anew(change)
    lines = []
    if change.before is not None and not in_place:
        lines.append(line(["ip", "address", "delete", *_local(change.key, change.before), "dev", dev]))
    if change.after is not None:
        words = ["ip", "address", "change" if in_place else "add", *_local(change.key, change.after), "dev", dev]
        for name in _ADDRESS_WORDS:
            if change.after.get(name) is not None:
                words += [name, str(change.after[name])]
        lines.append(line(words + [flag for flag in _ADDRESS_FLAGS if change.after.get(flag)]))
    return lines


def _local(key: Key, address: Mapping[str, Any]) -> Words:
    """The address; one with a peer has the prefix length at the peer."""
    local, _slash, length = key[1].partition("/")
    return [local, "peer", "%s/%s" % (address["peer"], length)] if address.get("peer") else [key[1]]


def neighbors(change: Change) -> List[str]:
    dev, dst = change.key
    if change.after is None:
        return [line(["ip", "neighbor", "delete", dst, "dev", dev])]
    nud = change.after.get("nud") or "permanent"
    words = ["ip", "neighbor", "replace", dst, "lladdr", change.after["lladdr"], "dev", dev, "nud", nud]
    return [line(words + (["router"] if change.after.get("router") else []))]


def fdb(change: Change) -> List[str]:
    _dev, lladdr, master, _vlan = change.key
    if is_group(lladdr) and not master:
        return _remotes(change)
    verb, entry = ("delete", change.before or {}) if change.after is None else ("replace", change.after)
    return [_fdb(verb, change.key, entry)]


def _remotes(change: Change) -> List[str]:
    old, new = [(each or {}).get("remotes") or [] for each in (change.before, change.after)]
    coming = [_fdb("append", change.key, {"dst": each}) for each in new if each not in old]
    return coming + [_fdb("delete", change.key, {"dst": each}) for each in old if each not in new]


def _fdb(verb: str, key: Key, entry: Mapping[str, Any]) -> str:
    dev, lladdr, master, vlan = key
    words: Words = ["bridge", "fdb", verb, lladdr, "dev", dev]
    for name in ("dst", "vni", "port", "via"):
        if entry.get(name):
            words += [name, str(entry[name])]
    words += ["vlan", str(vlan)] if vlan else []
    return line(words + (["master", entry.get("state") or "static"] if master else ["self", "permanent"]))
