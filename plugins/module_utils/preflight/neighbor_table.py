# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the kernel's tables of neighbors hold all peers on the host's own subnet.

The kernel takes no new neighbor beyond ``gc_thresh3``, 1,024 by default, and forgets those of the last seconds beyond
``gc_thresh2`` (arp(7)): a host with more peers on its subnet loses packets to them, and says "neighbor table overflow".
The table is one for all links and all network namespaces, so what pods resolve counts as well. Permanent neighbors,
as those of our tunnels, do not.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence

from ..host.ledger import Ledger
from ..kernel import sysctl

#: What a table must hold for each peer: the peer itself, and as much again thrice for pods and everybody else.
_ROOM = 4
_FAMILIES = {4: "ipv4", 6: "ipv6"}
#: Each threshold, and how often it goes into the last one: below the first nothing is ever forgotten.
_THRESHOLDS = {"gc_thresh1": 4, "gc_thresh2": 2, "gc_thresh3": 1}


def sysctls(near_peers: Mapping[int, int], originals: Mapping[str, int]) -> List[Dict[str, str]]:
    """The thresholds that are to be raised, as a document has sysctls.

    ``near_peers``: how many peers are on the host's own subnet, by address family. ``originals``: the host's own
    values, where it has any; a container sees none.
    """
    found = []
    for family, peers in near_peers.items():
        needed = _ROOM * peers
        if originals.get(_name(family, "gc_thresh3"), needed) < needed:
            limit = 1 << (needed - 1).bit_length()
            for threshold, part in _THRESHOLDS.items():
                name, value = _name(family, threshold), limit // part
                if originals.get(name, value) < value:
                    found.append({"name": name, "value": str(value)})
    # The last one first: no threshold is ever above the next.
    return found[::-1]


def originals(families: Sequence[int], kept: Optional[Ledger]) -> Dict[str, int]:
    """What the thresholds are, or were before ``kept``, the ledger of the document that raised them."""
    names = [_name(family, threshold) for family in families for threshold in _THRESHOLDS]
    here = sysctl.read({(name,): {} for name in names})
    here.update({key: each for key, each in (kept.found if kept else {}).get("sysctls", {}).items() if key in here})
    return {name: int(here[name,]["value"]) for name in names if (name,) in here}


def _name(family: int, threshold: str) -> str:
    return "net.%s.neigh.default.%s" % (_FAMILIES[family], threshold)
