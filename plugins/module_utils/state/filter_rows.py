# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document may say of sysctls, sets and chains."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from . import filters, sets, values
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
    "name": Attribute(sets.name),
    "type": Attribute(sets.kind, Policy.READD),
    "family": Attribute(values.choice("inet", "inet6"), Policy.READD, default="inet"),
    "range": Attribute(sets.span, Policy.READD),
    # The kernel enlarges the table as it fills, so it is what the set begins with, and nothing to compare.
    "hashsize": Attribute(values.integer(64, 2**31), Policy.DIRECTIVE),
    "maxelem": Attribute(values.integer(1, 2**32 - 1), Policy.READD, default=sets.DEFAULT_MAXELEM),
    "netmask": Attribute(values.integer(1, 128), Policy.READD),
    "markmask": Attribute(sets.mark, Policy.READD),
    "timeout": Attribute(values.integer(0, 2147483), Policy.READD),
    "bucketsize": Attribute(values.integer(2, 14), Policy.READD, default=12),
    "size": Attribute(values.integer(1, 65536), Policy.READD, default=8),
    **{flag: Attribute(values.boolean, Policy.READD, default=False) for flag in sets.FLAGS},
    "entries": Attribute(sets.entries, default=[]),
}


def complete_ipset(ipset: Dict[str, Any]) -> None:
    """Fill in the defaults, and room for all entries."""
    ipset.setdefault("family", "inet")
    ipset.setdefault("entries", [])
    count = len(ipset["entries"])
    if ipset["type"].startswith("bitmap:") and "range" not in ipset:
        raise ValueError("a bitmap needs its range")
    if ipset["type"].startswith("hash:") and "maxelem" not in ipset and count > sets.DEFAULT_MAXELEM:
        ipset["maxelem"] = 1 << (2 * count - 1).bit_length()  # twice as many, and not another number with each entry
    if count > ipset.get("maxelem", count):
        raise ValueError("there are %d entries, more than maxelem %d" % (count, ipset["maxelem"]))


def complete_chain_key(chain: Dict[str, Any]) -> None:
    """Fill in what ``iptables`` alone means: the family, and the table as without ``-t``."""
    chain.setdefault("family", "ipv4")
    chain.setdefault("table", "filter")


def complete_chain(chain: Dict[str, Any]) -> None:
    """Fill in the defaults. Raise ``ValueError`` for an anchor that the table has no place for."""
    complete_chain_key(chain)
    chain.setdefault("rules", [])
    chain.setdefault("anchors", [])
    filters.check_anchors(chain["table"], chain["chain"], chain["anchors"])
