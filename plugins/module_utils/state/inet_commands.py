# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of addresses, neighbors and forwarding entries as ``ip`` and ``bridge`` commands."""

from __future__ import annotations

from typing import Any, List, Mapping

from .change import Change, Key
from .words import Words, line

_ADDRESS_WORDS = ("broadcast", "label", "scope", "metric")
_ADDRESS_FLAGS = ("noprefixroute", "nodad", "home", "mngtmpaddr", "autojoin")


def addresses(change: Change) -> List[str]:
    dev, _address = change.key
    lines = []
    if change.before is not None:
        lines.append(line(["ip", "address", "delete", *_local(change.key, change.before), "dev", dev]))
    if change.after is not None:
        words = ["ip", "address", "add", *_local(change.key, change.after), "dev", dev]
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
    return [line(["ip", "neighbor", "replace", dst, "lladdr", change.after["lladdr"], "dev", dev, "nud", "permanent"])]


def fdb(change: Change) -> List[str]:
    dev, lladdr = change.key
    verb, attributes = ("delete", change.before) if change.after is None else ("replace", change.after)
    dst = ["dst", attributes["dst"]] if attributes else []
    return [line(["bridge", "fdb", verb, lladdr, "dev", dev] + dst + ["self", "permanent"])]
