# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on a host, ours or not, in the document's form: the engine behind the module ``network_info``."""

from __future__ import annotations

import ipaddress
from fnmatch import fnmatchcase
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Sequence, TypeVar, Union

from ..kernel import namespace as namespaces
from ..kernel import world
from ..state import reading, schema, values
from ..state.change import Attributes, Key
from ..state.route_rows import table as table_number
from . import engine
from .errors import EngineError

Item = Mapping[str, Any]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Keeper = Callable[[str, Item], bool]
Wanted = TypeVar("Wanted")

#: Sections that a reading can be had of.
SECTIONS = ("links", "addresses", "neighbors", "fdb", "routes", "rules", "ipsets", "iptables")
ALL_TABLES = "all"


class Filters(NamedTuple):
    """What to keep; an empty one keeps all.

    ``devices`` are shell patterns: of links, and of the links that addresses, neighbors, fdb entries and routes are on.
    ``names`` are shell patterns of sets and chains. ``tables`` are tables of routes, by number or name. ``networks``,
    in CIDR form, are what destinations of routes, and neighbors, have to lie in.
    """

    devices: Sequence[str] = ()
    names: Sequence[str] = ()
    tables: Sequence[str] = ()
    networks: Sequence[str] = ()


class Information(NamedTuple):
    """``objects`` by section. ``warnings`` says which sections could not be read."""

    objects: Dict[str, List[Dict[str, Any]]]
    warnings: List[str]


def gather(sections: Sequence[str], filters: Filters, namespace: str = "") -> Information:
    """The objects of ``sections`` that ``filters`` keeps. Raises ``EngineError``; changes and locks nothing."""
    keep = _keeper(filters)
    missing = world.missing_tools(sections)
    readable = [section for section in sections if section not in missing]
    try:
        state = namespaces.within(namespace, lambda: world.read_all(readable))
    except namespaces.MissingNamespace as error:
        raise EngineError("namespace: %s" % error) from error
    except engine.READ_ERRORS as error:
        raise EngineError("the host's state cannot be read: %s" % error) from error
    return Information(
        {section: _described(section, state.get(section, {}), keep) for section in sections},
        ["%s is not installed, so %s cannot be read" % (tool, section) for section, tool in missing.items()],
    )


def _described(section: str, found: Mapping[Key, Attributes], keep: Keeper) -> List[Dict[str, Any]]:
    """The objects of a section to keep; ``foreign`` names what of one no document could hold."""
    listed = zip(found, reading.objects(section, found))
    return [_with_foreign(section, key, item) for key, item in listed if keep(section, item)]


def _with_foreign(section: str, key: Key, item: Dict[str, Any]) -> Dict[str, Any]:
    """One more object in the place of another is foreign as a whole: a document has one object in each place."""
    known = item.pop("foreign", [])
    again = ["object"] if len(key) > len(schema.SECTIONS[section].key) else []
    foreign = sorted({*known, *again, *reading.unsayable(section, item)})
    return {**item, "foreign": foreign} if foreign else item


def _keeper(filters: Filters) -> Keeper:
    """Whether an object is wanted. Raises ``EngineError`` for a filter that makes no sense."""
    tables = [] if ALL_TABLES in filters.tables else [_number(table) for table in filters.tables]
    networks = [_network(each) for each in filters.networks]
    on_device = _about(filters.devices, _matches)
    called = _about(filters.names, _matches)
    reached = _about(networks, _lies_in)
    listed = _about(tables, lambda table, among: table in among)

    def keep(section: str, item: Item) -> bool:
        if section in ("ipsets", "iptables"):
            return called([item["chain" if section == "iptables" else "name"]])
        if section in ("neighbors", "routes") and not reached([item["dst"]]):
            return False
        if section == "routes" and not listed([item["table"]]):
            return False
        return section == "rules" or on_device(_devices(section, item))

    return keep


def _about(wanted: Sequence[Wanted], fits: Callable[[Any, Sequence[Wanted]], bool]) -> Callable[[List[Any]], bool]:
    """Whether one of an object's values is among those that are wanted; of nothing wanted in particular, all are."""
    return lambda found: not wanted or any(fits(each, wanted) for each in found)


def _devices(section: str, item: Item) -> List[str]:
    if section == "links":
        return [item["name"]]
    return [each["dev"] for each in (item, *item.get("nexthops", ())) if "dev" in each]


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _lies_in(destination: str, networks: Sequence[Network]) -> bool:
    inner = ipaddress.ip_network(destination)
    return any(
        inner.version == outer.version and inner.prefixlen >= outer.prefixlen and inner.network_address in outer
        for outer in networks
    )


def _number(table: str) -> int:
    try:
        return table_number(table)
    except ValueError as error:
        raise EngineError("table: %r %s; give a number, main, local, default or all" % (table, error)) from error


def _network(raw: str) -> Network:
    try:
        return ipaddress.ip_network(values.network(raw))
    except ValueError as error:
        raise EngineError("dst: %r %s" % (raw, error)) from error
