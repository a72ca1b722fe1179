# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which networks claim the same addresses, in one pass over sorted bounds instead of pair by pair."""

from __future__ import annotations

from typing import Iterable, Iterator, NamedTuple, Optional, Tuple

from .values import Network


class Claim(NamedTuple):
    """A network and whose it is."""

    network: Network
    owner: str


def overlaps(claims: Iterable[Claim]) -> Iterator[Tuple[Claim, Claim]]:
    """Each claim that overlaps an earlier-starting one, with that one: (earlier, later). O(n log n)."""
    widest: Optional[Claim] = None
    end = (0, 0)
    for claim in sorted(claims, key=_start):
        if widest and _start(claim)[:2] <= end:
            yield widest, claim
        if widest is None or _end(claim) > end:
            widest, end = claim, _end(claim)


def first_overlap(claims: Iterable[Claim]) -> Optional[Tuple[Claim, Claim]]:
    return next(overlaps(claims), None)


def _start(claim: Claim) -> Tuple[int, int, int]:
    """By family, then by first address; of two that start together, the wider one first."""
    return claim.network.version, int(claim.network.network_address), claim.network.prefixlen


def _end(claim: Claim) -> Tuple[int, int]:
    return claim.network.version, int(claim.network.broadcast_address)
