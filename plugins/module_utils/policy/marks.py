# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes as numbers in some bits of a packet's mark, and chains that find a number in few steps."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

#: Of a chain that looks for a number: with 8, three levels do for 511 classes, and a packet meets 24 rules at most.
_BRANCHES = 8

#: Whose other bits are. Source: github.com/fwmark/registry; kube-proxy's and portmap's documentation.
_TAKEN = {"kube-proxy and kubelet": 0xC000, "the CNI plugin portmap": 0x2000}

Chains = Dict[str, List[str]]


class Mask(NamedTuple):
    """The bits that are ours."""

    bits: int
    shift: int

    @property
    def most(self) -> int:
        """The greatest number there is; 0 is for no class."""
        return self.bits >> self.shift

    @property
    def none(self) -> str:
        """A mark without any of our bits, as ``--mark`` and ``--set-xmark`` want it."""
        return "0x0/%#x" % self.bits

    def mark(self, number: int) -> str:
        """The mark of a class, as ``--mark`` and ``skbmark`` want it."""
        return "%#x/%#x" % (number << self.shift, self.bits)

    def upper(self, number: int, span: int) -> str:
        """What the marks of ``span`` numbers have in common. Their count is a power of two, and divides the first."""
        return "%#x/%#x" % (number << self.shift, self.bits & ~((span - 1) << self.shift))


def mask(bits: int) -> Mask:
    """The checked ``policy_mark_mask``. Raises ``ValueError``."""
    shift = (bits & -bits).bit_length() - 1
    if not 0 < bits < 1 << 32 or (bits >> shift) & ((bits >> shift) + 1):
        raise ValueError(
            "policy_mark_mask: %#x is no mask: give bits of a packet's mark that lie side by side, such as 0x0fff0000"
            % bits
        )
    for owner, theirs in _TAKEN.items():
        if bits & theirs:
            raise ValueError(
                "policy_mark_mask: %#x has bits of %s (%#x): packets with its mark would be taken for those of another "
                "class, and lose it; leave these out, as 0x0fff0000 does" % (bits, owner, theirs)
            )
    return Mask(bits, shift)


def tree(within: Mask, targets: Sequence[str], prefix: str) -> Tuple[List[str], Chains]:
    """Rules that lead from the mark of each number, from 1, to its target (``-g CHAIN`` or ``-j RETURN``).

    And the chains that these rules go to, whose names begin with ``prefix``. Raises ``ValueError`` where there are more
    targets than numbers.
    """
    if len(targets) > within.most:
        raise ValueError(
            "policy_mark_mask: %#x has numbers for %d classes of pods in a direction, and this node has %d; give it "
            "more bits" % (within.bits, within.most, len(targets))
        )
    span = 1
    while span * _BRANCHES <= len(targets):
        span *= _BRANCHES
    chains: Chains = {}
    return _branches(within, targets, prefix, 0, span, chains), chains


def _branches(within: Mask, targets: Sequence[str], prefix: str, first: int, span: int, chains: Chains) -> List[str]:
    """The rules for up to eight times ``span`` numbers, from ``first``."""
    rules = []
    for number in range(first, min(first + _BRANCHES * span, len(targets) + 1), span):
        if span > 1:
            chain = "%s%d-%d" % (prefix, number, number + span - 1)
            chains[chain] = _branches(within, targets, prefix, number, span // _BRANCHES, chains)
            rules.append("-m mark --mark %s -g %s" % (within.upper(number, span), chain))
        elif number:
            rules.append("-m mark --mark %s %s" % (within.mark(number), targets[number - 1]))
    return rules
