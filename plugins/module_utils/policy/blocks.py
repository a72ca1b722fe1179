# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of networks: the ``ipBlock``s of one rule as one ipset of type ``hash:net``.

Source: ipset(8), ``hash:net``: of all entries that hold an address the longest prefix decides, and one with
``nomatch`` decides that the address is not in the set; ``/0`` is no entry.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, FrozenSet, Iterable, List, Set, Tuple

from .model import Block
from .networks import Network, network

_BITS = {4: 32, 6: 128}


def entries(blocks: Iterable[Block], family: int) -> Tuple[str, ...]:
    """What holds just the addresses that at least one block allows, sorted; empty where that is none of this family.

    An exception of one block stands aside where another block allows the same addresses: at each network that any block
    speaks of, those blocks count that hold it and do not except it, and an entry is where that changes between none
    and some.
    """
    begins, ends = _bounds(blocks, family)
    found: List[str] = []
    outside: List[Tuple[Network, FrozenSet[int]]] = []  # what is around, and which blocks allow it there
    for inner in sorted({*begins, *ends}):
        while outside and not outside[-1][0].strictly_holds(inner):
            outside.pop()
        around = outside[-1][1] if outside else frozenset()
        here = (around | begins.get(inner, set())) - ends.get(inner, set())
        if bool(here) != bool(around):
            found.append(_spelt(inner) + ("" if here else " nomatch"))
        outside.append((inner, here))
    return tuple(sorted(found))


def hold(blocks: Iterable[Block], address: str) -> bool:
    """Whether at least one block allows the address, which is in normal form."""
    alone = _known("%s/%d" % (address, _BITS[6 if ":" in address else 4]))
    return any(
        _within(alone, block.cidr) and not any(_within(alone, excepted) for excepted in block.excepted)
        for block in blocks
    )


def _within(alone: Network, cidr: str) -> bool:
    outer = _known(cidr)
    return outer == alone or outer.strictly_holds(alone)


@lru_cache(maxsize=1 << 16)  # all pairs of pods ask for the same blocks and addresses
def _known(cidr: str) -> Network:
    return network(cidr)


def _bounds(blocks: Iterable[Block], family: int) -> Tuple[Dict[Network, Set[int]], Dict[Network, Set[int]]]:
    """The networks where blocks (by number) begin to allow, and where they cease to."""
    begins: Dict[Network, Set[int]] = {}
    ends: Dict[Network, Set[int]] = {}
    for number, block in enumerate(blocks):
        for bounds, cidrs in ((begins, (block.cidr,)), (ends, block.excepted)):
            for each in map(network, cidrs):
                if each.family == family:
                    for part in _parts(each):
                        bounds.setdefault(part, set()).add(number)
    return begins, ends


def _parts(whole: Network) -> Tuple[Network, ...]:
    """The same addresses as networks that can be entries."""
    if whole.length > 0:
        return (whole,)
    return whole._replace(length=1), whole._replace(length=1, first=1 << (_BITS[whole.family] - 1))


def _spelt(entry: Network) -> str:
    """As ipset prints it: a single address has no length."""
    text = str(entry)
    return text.partition("/")[0] if entry.length == _BITS[entry.family] else text
