# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which node IPs are next to each other: on one subnet, so that packets get from one to the other without a router."""

from __future__ import annotations

import ipaddress
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from .inputs import HostInputs
from .values import Address, Network

#: For each host, in order: the subnet of each of its node IPs; None for one that is next to nobody.
Segments = List[Tuple[Optional[Network], ...]]


def segments(hosts: Sequence[HostInputs], underlay_cidr: Iterable[Network]) -> Segments:
    """The narrowest network of ``underlay_cidr`` that holds an address is its subnet.

    Of a family none of whose addresses is in any of them nothing is known: they are all taken to be on one, the
    smallest network that holds them. Whether the hosts see it so is for them to say (``preflight``).
    """
    addresses = [address for host in hosts for address in host.node_ip]
    known = _narrowest(addresses, underlay_cidr)
    for family in (4, 6):
        of_family = [address for address in addresses if address.version == family]
        if of_family and not any(address in known for address in of_family):
            known.update(dict.fromkeys(of_family, _around(of_family)))
    return [tuple(known.get(address) for address in host.node_ip) for host in hosts]


def _narrowest(addresses: Sequence[Address], networks: Iterable[Network]) -> Dict[Address, Network]:
    """By prefix length from the longest, one look-up for each length that occurs and not one for each network."""
    by_length: Dict[Tuple[int, int], Dict[int, Network]] = {}
    for network in networks:
        shift = network.max_prefixlen - network.prefixlen
        by_length.setdefault((network.version, shift), {})[int(network.network_address) >> shift] = network
    found: Dict[Address, Network] = {}
    for (version, shift), of_length in sorted(by_length.items(), key=lambda item: item[0][1]):
        for address in addresses:
            if address.version == version and address not in found and int(address) >> shift in of_length:
                found[address] = of_length[int(address) >> shift]
    return found


def _around(addresses: Sequence[Address]) -> Network:
    """The smallest network that holds all of these, of one family."""
    lowest, highest = min(addresses, key=int), max(addresses, key=int)
    length = lowest.max_prefixlen - (int(lowest) ^ int(highest)).bit_length()
    return ipaddress.ip_network("%s/%d" % (lowest, length), strict=False)
