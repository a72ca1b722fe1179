# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of addresses, neighbors and forwarding entries as ``ip`` and ``bridge`` commands."""

from __future__ import annotations

from typing import List

from .change import Change
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
