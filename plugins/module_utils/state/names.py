# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of objects, for people."""

from __future__ import annotations

from typing import Callable, Dict

from .change import Key
from .route_rows import IPV6_METRIC, MAIN_TABLE
from .rule_rows import RULE_KEY, SELECTORS
from .schema import SECTIONS


def describe(section: str, key: Key) -> str:
    """The object in a few words: ``route 10.244.1.0/24``, ``neighbor 10.244.1.0 on podnet-vxlan``."""
    return "%s %s" % (SECTIONS[section].noun, _NAMES.get(section, _first)(key))


def _first(key: Key) -> str:
    return str(key[0])


def _on_device(key: Key) -> str:
    return "%s on %s" % (key[1], key[0])


def _entry(key: Key) -> str:
    _dev, _lladdr, master, vlan = key
    return _on_device(key) + (" (master%s)" % (", vlan %d" % vlan if vlan else "") if master else "")


def _route(key: Key) -> str:
    dst, table, metric, tos = key
    name = str(dst)
    if table != MAIN_TABLE:
        name += " table %d" % table
    if metric != (IPV6_METRIC if ":" in dst else 0):
        name += " metric %d" % metric
    return name + (" tos 0x%02x" % tos if tos else "")


def _rule(key: Key) -> str:
    packets = dict(zip(RULE_KEY, key))
    words = ["not"] if packets["not"] else []
    words += ["%s %s" % (name, packets[name]) for name in SELECTORS if packets[name] and name != "not"]
    return "%s (%s)" % (" ".join([str(packets["priority"]), *words]), packets["family"])


def _chain(key: Key) -> str:
    family, table, chain = key
    return "%s of table %s (%s)" % (chain, table, family)


_NAMES: Dict[str, Callable[[Key], str]] = {
    "addresses": _on_device,
    "neighbors": _on_device,
    "fdb": _entry,
    "routes": _route,
    "rules": _rule,
    "iptables": _chain,
}
