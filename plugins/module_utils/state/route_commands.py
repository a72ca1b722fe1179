# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A route's change as the ``ip route`` command that an operator would type for it."""

from __future__ import annotations

from typing import Any, List, Mapping

from . import encap
from .change import Change
from .marks import PROTOCOL
from .route_metrics import METRICS
from .route_rows import MAIN_TABLE
from .values import is_ipv6
from .words import Words, line

#: Their routes go to the local table where the command names none.
_LOCAL_BY_DEFAULT = ("local", "broadcast")
_UNITS = {"rtt": "ms", "rttvar": "ms", "rto_min": "ms"}


def routes(change: Change) -> List[str]:
    dst, table, metric, tos = change.key
    route = (change.before if change.after is None else change.after) or {}
    kind = route.get("type") or "unicast"
    verb = "delete" if change.after is None else "add" if change.before is None else "replace"
    words = ["ip"] + (["-6"] if is_ipv6(dst) else []) + ["route", verb]
    words += ([kind] if kind != "unicast" else []) + [dst]
    words += ["tos", "0x%02x" % tos] if tos else []
    words += ["nhid", str(route["nhid"])] if route.get("nhid") else []
    words += encap.words(route) + _way(dst, route)
    for attribute in ("src", "scope"):
        if route.get(attribute):
            words += [attribute, route[attribute]]
    words += _metrics(route)
    if table != MAIN_TABLE or kind in _LOCAL_BY_DEFAULT:
        words += ["table", str(table)]
    if metric:
        words += ["metric", str(metric)]
    # The number, for the operator's ``ip`` may not know the name.
    words += ["proto", str(route.get("protocol", PROTOCOL))]
    words += ["pref", route["pref"]] if route.get("pref") else []
    words += ["onlink"] if route.get("onlink") else []
    if change.after is not None:  # a deletion without them takes them all
        for hop in route.get("nexthops") or []:
            words += ["nexthop", *_way(dst, hop), "weight", str(hop["weight"])]
            words += ["onlink"] if hop.get("onlink") else []
    return [line(words)]


def _way(dst: str, hop: Mapping[str, Any]) -> Words:
    words: Words = []
    gateway = hop.get("gateway")
    if gateway:
        words += ["via", *(["inet6"] if is_ipv6(gateway) and not is_ipv6(dst) else []), gateway]
    return words + (["dev", hop["dev"]] if hop.get("dev") else [])


def _metrics(route: Mapping[str, Any]) -> Words:
    words: Words = []
    locked = route.get("lock") or ()
    for name in METRICS:
        value = route.get(name)
        if value:
            values = [",".join(value)] if isinstance(value, list) else [str(int(value) if value is True else value)]
            words += [name, *(["lock"] if name in locked else []), values[0] + _UNITS.get(name, "")]
    return words
