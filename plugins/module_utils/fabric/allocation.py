# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host gets which pod subnet, so that no host's ever changes because others come or go."""

from __future__ import annotations

import ipaddress
from typing import Dict, Iterable, Iterator, Mapping, Sequence

from .values import Network


class Exhausted(Exception):
    """The cluster CIDR has no room for ``missing`` more hosts."""

    def __init__(self, missing: int) -> None:
        super().__init__("no room for %d hosts" % missing)
        self.missing = missing


def allocate(hosts: Sequence[str], held: Mapping[str, Network], cidr: Network, mask_size: int) -> Dict[str, Network]:
    """Give each of ``hosts`` a subnet of ``cidr``: the one it holds, or else the lowest free one, in their order.

    ``held`` maps names to subnets of any size: the explicit and the locked ones, also those of hosts that are not in
    ``hosts``; nothing overlapping them is given out. Raises :class:`Exhausted`. Cost: O(n log n) in held and hosts.
    """
    free = free_subnets(held.values(), cidr, mask_size)
    given: Dict[str, Network] = {}
    for index, host in enumerate(hosts):
        subnet = held.get(host) or next(free, None)
        if subnet is None:
            raise Exhausted(sum(1 for name in hosts[index:] if name not in held))
        given[host] = subnet
    return given


def free_subnets(held: Iterable[Network], cidr: Network, mask_size: int) -> Iterator[Network]:
    """The subnets of ``cidr`` with that prefix length which overlap none of ``held``, from the lowest."""
    size = 1 << (cidr.max_prefixlen - mask_size)
    end = int(cidr.broadcast_address) + 1
    candidate = int(cidr.network_address)
    kind = ipaddress.IPv4Network if cidr.version == 4 else ipaddress.IPv6Network
    bounds = [(int(subnet.network_address), int(subnet.broadcast_address)) for subnet in held]
    for first, last in [*sorted(bounds), (end, end)]:
        while candidate + size <= min(first, end):
            yield kind((candidate, mask_size))
            candidate += size
        if last >= candidate:
            candidate = -(-(last + 1) // size) * size  # the next multiple of size after what is held
