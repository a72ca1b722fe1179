# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections that are already tracked policy forbids: those that its chains would drop if they began now."""

from __future__ import annotations

from socket import AF_INET, AF_INET6, inet_pton
from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from .model import SCTP, TCP, UDP
from .table import HASH_IP, HASH_IP_PORT, AddressSet, Allow, Class, Table

#: IANA's protocol numbers.
_NUMBERS = {TCP: 6, UDP: 17, SCTP: 132}


class Flow(NamedTuple):
    """A connection as its first packet had it in FORWARD: behind a service's DNAT, before any SNAT."""

    protocol: int  # IANA's number
    source: str  # addresses in normal form
    destination: str
    port: int  # of the destination; 0 where the protocol has none


#: Whether a set holds the other end of a flow, whose address it is told.
_Holds = Callable[[Flow, str], bool]


class _Allowed(NamedTuple):
    """An ``Allow`` to be asked often."""

    protocol: Optional[int]
    ports: Tuple[Tuple[int, int], ...]
    holds: Optional[_Holds]

    def takes(self, flow: Flow, peer: str) -> bool:
        return (
            (self.protocol is None or self.protocol == flow.protocol)
            and (not self.ports or any(first <= flow.port <= last for first, last in self.ports))
            and (self.holds is None or self.holds(flow, peer))
        )


class Judge:
    """One table, to be asked for many flows of its family."""

    def __init__(self, table: Table) -> None:
        holds = {name: _holding(each) for name, each in table.sets.items()}
        self._egress = _by_pod(table.egress, holds)
        self._ingress = _by_pod(table.ingress, holds)
        self._known: Dict[Flow, bool] = {}

    def forbids(self, flow: Flow) -> bool:
        """Whether a class of either end does not allow it.

        A pod reaches itself. Of an end that policy has not seen nothing is said here: it keeps the connections that it
        has, and gets no new ones.
        """
        egress, ingress = self._egress.get(flow.source), self._ingress.get(flow.destination)
        if (egress is None and ingress is None) or flow.source == flow.destination:
            return False
        known = self._known.get(flow)
        if known is None:
            known = self._known[flow] = not (
                _allowed(egress, flow, flow.destination) and _allowed(ingress, flow, flow.source)
            )
        return known


def _by_pod(classes: Iterable[Class], holds: Mapping[str, _Holds]) -> Dict[str, List[_Allowed]]:
    """What isolated pods are allowed, by their addresses."""
    found: Dict[str, List[_Allowed]] = {}
    for each in classes:
        if each.allows is not None:
            allowed = [_prepared(allow, holds) for allow in each.allows]
            found.update((pod, allowed) for pod in each.pods)
    return found


def _prepared(allow: Allow, holds: Mapping[str, _Holds]) -> _Allowed:
    protocol = None if allow.protocol is None else _NUMBERS[allow.protocol]
    return _Allowed(protocol, allow.ports, None if allow.peers is None else holds[allow.peers])


def _allowed(by: Optional[List[_Allowed]], flow: Flow, peer: str) -> bool:
    return by is None or any(each.takes(flow, peer) for each in by)


def _holding(peers: AddressSet) -> _Holds:
    if peers.type == HASH_IP:
        addresses = frozenset(peers.entries)
        return lambda _flow, address: address in addresses
    if peers.type == HASH_IP_PORT:
        ends = frozenset(map(_end, peers.entries))
        return lambda flow, address: (address, flow.protocol, flow.port) in ends
    return _networks(peers.entries)


def _end(entry: str) -> Tuple[str, int, int]:
    address, _comma, rest = entry.partition(",")
    protocol, _colon, port = rest.partition(":")
    return address, _NUMBERS[protocol.upper()], int(port)


def _networks(entries: Iterable[str]) -> _Holds:
    """As the kernel's ``hash:net``: of the networks that hold an address the longest decides."""
    by_bits: Dict[int, Dict[int, bool]] = {}
    for entry in entries:
        network, _space, option = entry.partition(" ")
        address, _slash, length = network.partition("/")
        number, width = _number(address)
        bits = width - int(length or width)
        by_bits.setdefault(bits, {})[number >> bits] = option != "nomatch"
    longest_first = sorted(by_bits.items())

    def holds(_flow: Flow, address: str) -> bool:
        number, _width = _number(address)
        for bits, networks in longest_first:
            found = networks.get(number >> bits)
            if found is not None:
                return found
        return False

    return holds


def _number(address: str) -> Tuple[int, int]:
    """An address as a number, and how many bits it has."""
    packed = inet_pton(AF_INET6 if ":" in address else AF_INET, address)
    return int.from_bytes(packed, "big"), 8 * len(packed)
