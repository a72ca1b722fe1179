# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules in the words in which ``iptables -S`` prints them, so that they compare equal to what the kernel holds."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Sequence

FAMILY_NAME = {4: "ipv4", 6: "ipv6"}
#: What is never masqueraded: it leaves no node by a route of its own (RFC 1112, RFC 4291 section 2.7).
MULTICAST = {4: "224.0.0.0/4", 6: "ff00::/8"}


def chain(family: int, table: str, name: str, anchors: Iterable[str], rules: Sequence[str]) -> Dict[str, Any]:
    """A chain of ours and a jump to it at the top of each built-in chain in ``anchors``."""
    return {
        "family": FAMILY_NAME[family],
        "table": table,
        "chain": name,
        "anchors": [{"chain": anchor, "position": "first"} for anchor in anchors],
        "rules": list(rules),
    }
