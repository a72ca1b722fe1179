# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of networks: the ``ipBlock``s of one rule as one ipset of type ``hash:net``.

Source: ipset(8), ``hash:net``: of all entries that hold an address the longest prefix decides, and one with
``nomatch`` decides that the address is not in the set; ``/0`` is no entry.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Dict, FrozenSet, Iterable, Iterator, List, Set, Tuple, Union

from .model import Block

Network = Union[IPv4Network, IPv6Network]


def entries(blocks: Iterable[Block], family: int) -> Tuple[str, ...]:
    """What holds just the addresses that at least one block allows, sorted; empty where that is none of this family.

    An exception of one block stands aside where another block allows the same addresses: at each network that any block
    speaks of, those blocks count that hold it and do not except it, and an entry is where that changes between none
    and some.
    """
    begins, ends = _bounds(blocks, family)
    found: List[str] = []
    outside: List[
        Tuple[Network, FrozenSet[int]]
    ] = []  # the networks around this one, each with the blocks that allow it
    for network in sorted({*begins, *ends}, key=lambda each: (each.network_address, each.prefixlen)):
        while outside and not _holds(outside[-1][0], network):
            outside.pop()
        around = outside[-1][1] if outside else frozenset()
        here = (around | begins.get(network, set())) - ends.get(network, set())
        if bool(here) != bool(around):
            found.append(_spelt(network) + ("" if here else " nomatch"))
        outside.append((network, here))
    return tuple(sorted(found))


def _bounds(blocks: Iterable[Block], family: int) -> Tuple[Dict[Network, Set[int]], Dict[Network, Set[int]]]:
    """The networks where blocks (by number) begin to allow, and where they cease to."""
    begins: Dict[Network, Set[int]] = {}
    ends: Dict[Network, Set[int]] = {}
    for number, block in enumerate(blocks):
        for bounds, cidrs in ((begins, (block.cidr,)), (ends, block.excepted)):
            for network in map(ip_network, cidrs):
                if network.version == family:
                    for part in _parts(network):
                        bounds.setdefault(part, set()).add(number)
    return begins, ends


def _parts(network: Network) -> Iterator[Network]:
    return network.subnets() if network.prefixlen == 0 else iter((network,))


def _holds(outer: Network, inner: Network) -> bool:
    return outer.prefixlen <= inner.prefixlen and inner.network_address in outer


def _spelt(network: Network) -> str:
    """As ipset prints it: a single address has no length."""
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)
