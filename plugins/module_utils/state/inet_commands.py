# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of addresses, neighbors, forwarding entries and routes as ``ip`` and ``bridge`` commands."""

from __future__ import annotations

from typing import List

from .change import Change
from .inet_rows import MAIN_TABLE
from .marks import PROTOCOL
from .values import is_ipv6
from .words import line


def addresses(change: Change) -> List[str]:
    dev, address = change.key
    gone = [line(["ip", "address", "delete", address, "dev", dev])]
    if change.after is None:
        return gone
    words = ["ip", "address", "add", address, "dev", dev]
    if "scope" in change.after:
        words += ["scope", change.after["scope"]]
    words += [flag for flag in ("noprefixroute", "nodad") if change.after.get(flag)]
    return (gone if change.before is not None else []) + [line(words)]


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


def routes(change: Change) -> List[str]:
    dst, table, metric = change.key
    attributes = (change.before if change.after is None else change.after) or {}
    verb = "delete" if change.after is None else "add" if change.before is None else "replace"
    words = ["ip"] + (["-6"] if is_ipv6(dst) else []) + ["route", verb]
    if attributes.get("type", "unicast") != "unicast":
        words.append(attributes["type"])
    words.append(dst)
    for attribute, word in (("gateway", "via"), ("dev", "dev"), ("src", "src"), ("scope", "scope"), ("mtu", "mtu")):
        if attributes.get(attribute) is not None:
            words += [word, str(attributes[attribute])]
    if table != MAIN_TABLE:
        words += ["table", str(table)]
    if metric:
        words += ["metric", str(metric)]
    # The number, for the operator's ``ip`` may not know the name.
    words += ["proto", str(attributes.get("protocol", PROTOCOL))]
    return [line(words + (["onlink"] if attributes.get("onlink") else []))]
