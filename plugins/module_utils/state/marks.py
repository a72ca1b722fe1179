# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells our objects from others', on any host and without a ledger."""

from __future__ import annotations

from typing import Any, Mapping

from .change import Key

#: ``podnet`` in ``rt_protos.d``; a routing protocol number that no daemon has (linux/rtnetlink.h, RTPROT_…).
PROTOCOL = 244
LINK_ALIAS = "podnet:"
CHAIN = "PODNET-"
#: The chain that drops pods' packets where policy cannot be made.
CLOSED = CHAIN + "CLOSED"
SET = "podnet-"
#: What the names of probe pods begin with, and so their container IDs.
PROBE_POD = "podnet-probe-"
#: A set is filled beside the one it is to replace, under this name, and swapped with it. A crash may leave it behind.
SWAP_SET = SET + "swap"
#: In the place of an address of a link: all the addresses that are held there (``holds``). Likewise.
HELD = "podnet-held"

#: Sections whose objects bear the number of who made them.
_NUMBERED = ("routes", "rules")


def is_marked(section: str, key: Key, attributes: Mapping[str, Any]) -> bool:
    """Whether a present object bears our mark, so that it was not there before us."""
    if section == "links":
        return str(attributes.get("alias", "")).startswith(LINK_ALIAS)
    if section in _NUMBERED:
        return bool(attributes.get("protocol", PROTOCOL) == PROTOCOL)
    if section == "ipsets":
        return str(key[0]).startswith(SET)
    return section == "iptables" and str(key[2]).startswith(CHAIN)


def is_anothers(section: str, held: Mapping[str, Any], present: Mapping[str, Any]) -> bool:
    """Whether what is in the place of an object that we hold was put there by somebody else, beside it or instead.

    ``held`` may be empty: then whatever is there is meant.
    """
    if section not in _NUMBERED or not held:
        return False
    return bool(present.get("protocol", PROTOCOL) != held.get("protocol", PROTOCOL))
