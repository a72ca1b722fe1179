# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next hops of a route over several: ``[{gateway, dev, weight, onlink}]`` (ip-route(8), nexthop)."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping

from . import values

#: One hop's attributes; ``weight`` is always there.
Hop = Dict[str, Any]

_HOP: Mapping[str, Callable[[Any], Any]] = {
    "gateway": values.host,
    "dev": values.device,
    "weight": values.integer(1, 256),
    "onlink": values.boolean,
}


def nexthops(raw: Any) -> List[Hop]:
    """The next hops, each with its weight, in one order: which of them a packet takes does not go by their order."""
    if not isinstance(raw, list) or not raw:
        raise ValueError("is no list of {gateway, dev, weight, onlink} with at least one entry")
    hops = in_order([_hop(each) for each in raw])
    for one, next_one in zip(hops, hops[1:]):
        if _way(one) == _way(next_one):
            raise ValueError("has %s twice; give it the sum of the weights" % named(one))
    return hops


def in_order(hops: List[Hop]) -> List[Hop]:
    """The order of the normal form."""
    return sorted(hops, key=lambda hop: (*_way(hop), hop["weight"]))


def named(hop: Mapping[str, Any]) -> str:
    """A next hop for people: ``via 192.0.2.1 dev eth0``."""
    words = ["via %s" % hop["gateway"]] if "gateway" in hop else []
    return " ".join(words + (["dev %s" % hop["dev"]] if "dev" in hop else []))


def _way(hop: Mapping[str, Any]) -> List[str]:
    return [hop.get("gateway", ""), hop.get("dev", "")]


def _hop(raw: Any) -> Hop:
    if not isinstance(raw, dict) or not raw.keys() <= _HOP.keys():
        raise ValueError("holds %r, which is no {gateway, dev, weight, onlink}" % (raw,))
    hop: Hop = {"weight": 1}
    for name, value in raw.items():
        try:
            hop[name] = _HOP[name](value)
        except ValueError as error:
            raise ValueError("holds %r, whose %s %s" % (raw, name, error)) from None
    if not hop.get("onlink", True):
        del hop["onlink"]
    if "gateway" not in hop and "dev" not in hop:
        raise ValueError("holds %r, which needs a gateway or a dev" % (raw,))
    return hop
