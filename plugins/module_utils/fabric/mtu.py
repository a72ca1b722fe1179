# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What encapsulation leaves of the underlay's MTU."""

from __future__ import annotations

from typing import Iterable, Optional

#: Bytes of the outer IP header.
_IP = {4: 20, 6: 40}

#: What every link of an address family must carry (RFC 791's 576 for hosts, RFC 8200 section 5).
SMALLEST = {4: 576, 6: 1280}


def overhead(overlay: Optional[str], underlay_family: int) -> int:
    """Bytes around a pod's IP packet: none without an ``overlay``.

    Its Ethernet header 14, VXLAN (RFC 7348) or Geneve without options (RFC 8926) 8, UDP 8, and the outer IP header.
    """
    return 14 + 8 + 8 + _IP[underlay_family] if overlay else 0


def cluster_mtu(overlay: Optional[str], underlay_family: int, underlay_mtus: Iterable[int]) -> int:
    """The MTU of every pod in the cluster: one for all, lest a packet fit at its sender and not at its receiver."""
    return min(underlay_mtus) - overhead(overlay, underlay_family)
