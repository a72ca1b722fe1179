# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normal forms of values that only links have."""

from __future__ import annotations

from typing import Any, Tuple, Union

from .values import integer, ip

_BYTE = integer(0, 255)
_PORT = integer(1, 65535)
_MASK = integer(0, 65535)

#: Words that the kernel numbers from 0, in its order (linux/if_link.h, linux/if_bonding.h).
DF = ("unset", "set", "inherit")
BOND_MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")
XMIT_HASH_POLICIES = ("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac")
LACP_RATES = ("slow", "fast")
AD_SELECTS = ("stable", "bandwidth", "count")
PRIMARY_RESELECTS = ("always", "better", "failure")
FAIL_OVER_MACS = ("none", "active", "follow")
#: And those it knows by their EtherType.
VLAN_PROTOCOLS = {"802.1Q": 0x8100, "802.1ad": 0x88A8}

#: Frames that no bridge forwards, whatever it is told: spanning tree, pause, LACP (net/bridge/br_private.h).
_NEVER_FORWARDED = 0b111


def inheritable(raw: Any) -> Union[int, str]:
    """A byte of a tunnel's header, or ``inherit``: that of the packet inside."""
    return "inherit" if raw == "inherit" else _BYTE(raw)


def tos(raw: Any) -> Union[int, str]:
    """As ``inheritable``; the kernel writes 1 for ``inherit``."""
    return "inherit" if inheritable(raw) in ("inherit", 1) else _BYTE(raw)


def unicast(raw: Any) -> str:
    """The address of a tunnel's one far end."""
    normal = ip(raw)
    if is_multicast(normal):
        raise ValueError("is a multicast group's address: say 'group' for it")
    return normal


def multicast(raw: Any) -> str:
    """The address of a multicast group."""
    normal = ip(raw)
    if not is_multicast(normal):
        raise ValueError("is no multicast group's address")
    return normal


def is_multicast(address: str) -> bool:
    """Whether a normalised address is a multicast group's."""
    return address.startswith("ff") if ":" in address else 224 <= int(address.partition(".")[0]) < 240


def port_range(raw: Any) -> str:
    """Source ports from the first to the last, as ``MIN-MAX``."""
    low, _dash, high = raw.partition("-") if isinstance(raw, str) else ("", "", "")
    try:
        ports: Tuple[int, int] = (_PORT(low), _PORT(high))
    except ValueError:
        raise ValueError("is no range of ports like 32768-60999") from None
    if ports[0] > ports[1]:
        raise ValueError("is no range of ports: the first is greater than the last")
    return "%d-%d" % ports


def port_forward_mask(raw: Any) -> int:
    """Link-local groups that a port hands on; PAUSE frames (802.3x) never are."""
    mask = _MASK(raw)
    if mask & 2:
        raise ValueError("has the bit 2 set, which stands for PAUSE frames, and these are never forwarded")
    return mask


def group_forward_mask(raw: Any) -> int:
    """Which of the link-local groups 01:80:c2:00:00:00 to :0f a bridge forwards: bit n is for :0n."""
    mask = _MASK(raw)
    if mask & _NEVER_FORWARDED:
        raise ValueError("has one of its three lowest bits set: those frames are never forwarded")
    return mask
