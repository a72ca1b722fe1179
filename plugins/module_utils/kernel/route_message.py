# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all route messages have in common (linux/rtnetlink.h: ``struct rtmsg``, RTA_…)."""

from __future__ import annotations

import struct
from typing import Any, Mapping

from .scopes import scope_number

# family, dst length, src length, tos, table, protocol, scope, type, flags
MESSAGE = struct.Struct("=BBBBBBBBI")
DST, OIF, GATEWAY, PRIORITY, PREFSRC, CACHEINFO, TABLE, PREF = 1, 4, 5, 6, 7, 12, 15, 20
#: In place of a table's number that does not fit into a byte.
COMPAT = 252
ONLINK = 0x4
U32 = struct.Struct("=I")
#: Those of routes that lead to a device, and those of routes that lead nowhere.
LEADING = {"unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5}
TYPES = {**LEADING, "blackhole": 6, "unreachable": 7, "prohibit": 8, "throw": 9}
_SCOPES = {"unicast": "link", "local": "host", "broadcast": "link", "multicast": "link"}


def scope(dst: str, route: Mapping[str, Any]) -> int:
    """The declared scope, or the one that iproute2 takes: link for what is reached directly, host for what is local."""
    if route.get("scope"):
        return scope_number(route["scope"])
    kind = route.get("type") or "unicast"
    if ":" in dst or route.get("gateway") or route.get("nexthops") or route.get("nhid"):
        return scope_number("global")
    return scope_number(_SCOPES.get(kind, "global"))
