# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule says, for one family: a term for each way in which it speaks of peers and of ports."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Tuple, Union

from . import blocks
from .index import Index
from .kinds import EVERY_POD, Group, Scope
from .members import Fixed, Members, named
from .model import EGRESS, Block, Policy, Port, Rule
from .table import HASH_NET

#: What knows the set of a term's peers.
Peers = Union[Fixed, Members]
#: The first and the last port.
Range = Tuple[int, int]

_NO_NAMES: FrozenSet[str] = frozenset()


class Term(NamedTuple):
    """One thing that a rule allows. Where both ``ranges`` and ``names`` are empty, that is all ports."""

    protocol: Optional[str]  # None: every protocol
    ranges: Tuple[Range, ...]
    names: FrozenSet[str]  # of ports of the selected pod
    peers: Optional[Peers]  # None: anybody


def terms(policy: Policy, rule: Rule, direction: str, family: int, pods: Index) -> Iterator[Term]:
    """What ``rule`` of ``policy`` allows; peers that cannot be, such as a block of the other family, have no term."""
    group = _group(policy, rule, pods)
    peers = _peers(rule, group, family)
    in_blocks = frozenset(peer for peer in rule.peers if isinstance(peer, Block))
    if not rule.ports:
        yield from (Term(None, (), _NO_NAMES, each) for each in peers)
    for protocol, ports in _by_protocol(rule).items():
        ranges = tuple((port.first, port.last or port.first) for port in ports if isinstance(port.first, int))
        names = frozenset(port.first for port in ports if isinstance(port.first, str))
        if any(port.first is None for port in ports):
            yield from (Term(protocol, (), _NO_NAMES, each) for each in peers)
        elif direction == EGRESS:
            if ranges:
                yield from (Term(protocol, ranges, _NO_NAMES, each) for each in peers)
            if names and group:
                yield Term(protocol, (), _NO_NAMES, group.named_ports(family, protocol, names))
            if names and in_blocks:  # a name is the destination's to explain, be it a pod by labels or by its address
                everybody = pods.group(frozenset((EVERY_POD,)))
                yield Term(protocol, (), _NO_NAMES, everybody.named_ports(family, protocol, names, in_blocks))
        else:
            yield from (Term(protocol, ranges, names, each) for each in peers)


def _group(policy: Policy, rule: Rule, pods: Index) -> Optional[Group]:
    """The pods among the peers of a rule; without peers these are all."""
    scopes = [
        Scope(policy.namespace if peer.namespaces is None else "", peer.namespaces, peer.pods)
        for peer in rule.peers
        if not isinstance(peer, Block)
    ]
    if rule.peers and not scopes:
        return None
    return pods.group(frozenset(scopes or (EVERY_POD,)))


def _peers(rule: Rule, group: Optional[Group], family: int) -> List[Optional[Peers]]:
    if not rule.peers:
        return [None]
    found: List[Optional[Peers]] = [group.addresses(family)] if group else []
    networks = blocks.entries((peer for peer in rule.peers if isinstance(peer, Block)), family)
    if networks:
        found.append(Fixed(named(HASH_NET, family, networks)))
    return found


def _by_protocol(rule: Rule) -> Dict[str, List[Port]]:
    found: Dict[str, List[Port]] = {}
    for port in rule.ports:
        found.setdefault(port.protocol, []).append(port)
    return found
