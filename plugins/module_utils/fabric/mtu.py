# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What encapsulation leaves of the underlay's MTU."""

from __future__ import annotations

from typing import Iterable

#: Bytes around a pod's IP packet: its Ethernet header 14, VXLAN 8 and UDP 8 (RFC 7348), and the outer IP header.
OVERHEAD = {
    ("vxlan", 4): 14 + 8 + 8 + 20,
    ("vxlan", 6): 14 + 8 + 8 + 40,
}

#: What every link of an address family must carry (RFC 791's 576 for hosts, RFC 8200 section 5).
SMALLEST = {4: 576, 6: 1280}


def cluster_mtu(mode: str, underlay_family: int, underlay_mtus: Iterable[int]) -> int:
    """The MTU of every pod in the cluster: one for all, lest a packet fit at its sender and not at its receiver."""
    return min(underlay_mtus) - OVERHEAD[mode, underlay_family]
