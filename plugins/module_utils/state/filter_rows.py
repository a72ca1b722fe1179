# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of sysctls, sets and chains."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from . import filters, values
from .rows import KEEP, Attribute, Policy

SYSCTL: Mapping[str, Attribute] = {
    "name": Attribute(values.sysctl_name),
    "value": Attribute(values.sysctl_value, default=KEEP),
}

CHAIN: Mapping[str, Attribute] = {
    "family": Attribute(values.choice("ipv4", "ipv6")),
    "table": Attribute(values.choice(*filters.TABLES)),
    "chain": Attribute(filters.chain),
    "rules": Attribute(filters.rules, default=[]),
    "anchors": Attribute(filters.anchors, default=[]),
}

IPSET: Mapping[str, Attribute] = {
    "name": Attribute(filters.set_name),
    "type": Attribute(filters.set_type, Policy.READD),
    "family": Attribute(values.choice("inet", "inet6"), Policy.READD, default="inet"),
    "entries": Attribute(filters.set_entries, default=[]),
}


def complete_ipset(ipset: Dict[str, Any]) -> None:
    """Fill in the defaults."""
    ipset.setdefault("family", "inet")
    ipset.setdefault("entries", [])


def complete_chain_key(chain: Dict[str, Any]) -> None:
    """Fill in what ``iptables`` alone means: the family, and the table as without ``-t``."""
    chain.setdefault("family", "ipv4")
    chain.setdefault("table", "filter")


def complete_chain(chain: Dict[str, Any]) -> None:
    """Fill in the defaults."""
    complete_chain_key(chain)
    chain.setdefault("rules", [])
    chain.setdefault("anchors", [])
