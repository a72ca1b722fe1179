# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MAC addresses that follow from a node's name alone.

Peers must know a tunnel's MAC without asking the host, and it must survive a reboot. What the kernel or systemd would
choose follows from chance or from the machine-id, which cloned disks share; names in one inventory are unique.
"""

from __future__ import annotations

import hashlib


def tunnel_mac(node: str) -> str:
    return _mac("tunnel", node)


def bridge_mac(node: str) -> str:
    """Fixed as well: a bridge without a set address takes its lowest port's, so it would change as pods come and go."""
    return _mac("bridge", node)


def _mac(purpose: str, node: str) -> str:
    """A locally administered unicast address (IEEE 802, first byte's low bits 10) out of 46 bits of a hash."""
    digest = bytearray(hashlib.sha256(("podnet %s %s" % (purpose, node)).encode()).digest()[:6])
    digest[0] = digest[0] & 0b11111100 | 0b00000010
    return ":".join("%02x" % byte for byte in digest)
