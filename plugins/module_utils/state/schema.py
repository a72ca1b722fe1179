# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may hold: one table a section (``link_rows``, ``inet_rows``, ``filter_rows``), one row an attribute.

A further attribute, kind of link or section is a further row there, a row in ``kernel`` that says how netlink has it,
and a row in ``link_commands``, ``inet_commands`` or ``filter_commands`` that says how iproute2 has it.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

from .fdb_rows import FDB, FDB_KEY, FDB_SEEN, complete_fdb, complete_fdb_key
from .filter_rows import CHAIN, IPSET, SYSCTL, complete_chain, complete_chain_key, complete_ipset
from .inet_rows import ADDRESS, NEIGHBOR, complete_address
from .link_checks import complete_link, contradictions
from .link_kinds import KINDS
from .link_rows import LINK
from .route_rows import ROUTE, ROUTE_SEEN, complete_route, complete_route_key
from .rows import Attribute, Section
from .rule_rows import RULE, RULE_KEY, complete_rule, complete_rule_key

SECTIONS: Dict[str, Section] = {
    "links": Section(
        "link",
        ("name",),
        LINK,
        complete=complete_link,
        kinds=KINDS,
        made_with=("type",),
        nested=("peer", "port", "features"),
        contradictions=contradictions,
    ),
    "addresses": Section("address", ("dev", "address"), ADDRESS, complete=complete_address, whole=True),
    "neighbors": Section("neighbor", ("dev", "dst"), NEIGHBOR, required=("lladdr",), whole=True),
    "fdb": Section(
        "fdb entry",
        FDB_KEY,
        FDB,
        required=("dst",),
        instead=("remotes", "master"),
        complete=complete_fdb,
        whole=True,
        complete_key=complete_fdb_key,
        seen=FDB_SEEN,
    ),
    "routes": Section(
        "route",
        ("dst", "table", "metric", "tos"),
        ROUTE,
        complete=complete_route,
        whole=True,
        complete_key=complete_route_key,
        seen=ROUTE_SEEN,
        nested=("encap",),
    ),
    "rules": Section("rule", RULE_KEY, RULE, complete=complete_rule, whole=True, complete_key=complete_rule_key),
    "sysctls": Section("sysctl", ("name",), SYSCTL, required=("value",), removable=False),
    "ipsets": Section("ipset", ("name",), IPSET, required=("type",), complete=complete_ipset, whole=True),
    "iptables": Section(
        "chain",
        ("family", "table", "chain"),
        CHAIN,
        complete=complete_chain,
        whole=True,
        complete_key=complete_chain_key,
    ),
}

#: A link of a kind that no document can hold has the rows of all links.
_NOTHING: Mapping[str, Attribute] = {}
_PROPERTIES: Dict[Tuple[str, Any], Dict[str, Attribute]] = {
    (name, kind): {
        attribute: row for attribute, row in {**section.attributes, **extra}.items() if attribute not in section.key
    }
    for name, section in SECTIONS.items()
    for kind, extra in [(None, _NOTHING), *(section.kinds or {}).items()]
}


def properties(section: str, attributes: Mapping[str, Any]) -> Dict[str, Attribute]:
    """The rows of an object of ``section`` that are not its key, with those of its kind where it has one."""
    kind = attributes.get("type") if SECTIONS[section].kinds else None
    return _PROPERTIES.get((section, kind)) or _PROPERTIES[section, None]


def made_by_others(section: str, attributes: Mapping[str, Any]) -> bool:
    """Whether an object that is declared with ``attributes`` is neither made nor deleted by whoever declares it."""
    return any(name not in attributes for name in SECTIONS[section].made_with)
