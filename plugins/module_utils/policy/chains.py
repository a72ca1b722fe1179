# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chains that every packet, and every packet of a policed pod, goes through; those of classes are ``class_chains``.

A chain is its rules as they stand after ``-A CHAIN``. RETURN means: nothing against it here.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence

from .marks import Mask
from .members import family_of
from .networks import network
from .table import Table

ENTRY = "PODNET-POLICY"


class Direction(NamedTuple):
    """What the chains of one direction are called, and which end of a packet they are about."""

    chain: str
    prefix: str  # of the chains of classes
    classes: str  # what the name of the set of classes begins with
    own: str  # the end that is a pod of the node: src or dst
    peer: str


EGRESS = Direction("PODNET-EGRESS", "PODNET-E-", "from", "src", "dst")
INGRESS = Direction("PODNET-INGRESS", "PODNET-I-", "to", "dst", "src")

#: Neighbor solicitation and advertisement: without them there is no IPv6 (RFC 4861). Nobody tracks these.
_NEIGHBORS = ("135", "136")
#: Reports of listeners, for which bridges forward multicast (RFC 2710, RFC 3810).
_LISTENERS = ("131", "132", "143")
#: What reaches pods on the bridge without bearing the address of any, so that no policy can speak of it.
_TO_ANYBODY = {4: ("224.0.0.0/4", "255.255.255.255/32"), 6: ("ff00::/8", "fe80::/10")}
_FROM_ANYBODY: Dict[int, Sequence[str]] = {4: (), 6: ("fe80::/10",)}
#: Of two addresses or one, none is for all (RFC 3021).
_LONGEST_WITH_BROADCAST = 30
#: A packet whose source is its destination, compared a word at a time: tcpdump -ddd 'ip[12:4] = ip[16:4]', and alike.
_TO_ITSELF = {
    4: "6,32 0 0 12,7 0 0 0,32 0 0 16,29 0 1 0,6 0 0 4294967295,6 0 0 0",
    6: "18,32 0 0 8,7 0 0 0,32 0 0 24,29 0 13 0,32 0 0 12,7 0 0 0,32 0 0 28,29 0 9 0,"
    "32 0 0 16,7 0 0 0,32 0 0 32,29 0 5 0,32 0 0 20,7 0 0 0,32 0 0 36,29 0 1 0,6 0 0 4294967295,6 0 0 0",
}


def probes(family: int) -> str:
    """The set of pods that prove the network, and are in no class."""
    return "podnet-probes-v%d" % family


def entry(table: Table, free: str, bridge: str, mask: Mask) -> List[str]:
    """What all packets go through. ``free`` is the set of those pods that no policy selects."""
    rules = _beginning(table.family)
    rules += ["-s %s -i %s -j DROP" % (each, bridge) for each in _FROM_ANYBODY[table.family]]
    anybody = (*_TO_ANYBODY[table.family], *_broadcast(table.subnets))
    rules += ["-d %s -i %s -j DROP" % (each, bridge) for each in anybody]
    rules += _strangers(table, bridge)
    for each, end in ((EGRESS, "-s"), (INGRESS, "-d")):
        for subnet in table.subnets:
            rules.append("%s %s -m set ! --match-set %s %s -j %s" % (end, subnet, free, each.own, each.chain))
    return [*rules, "-m mark ! --mark %s -j MARK --set-xmark %s" % (mask.none, mask.none)]


def _strangers(table: Table, bridge: str) -> List[str]:
    """What pods send under addresses that are none of the node's pods', so that nobody's egress would speak of it."""
    if len(table.subnets) == 1:
        return ["! -s %s -i %s -j DROP" % (table.subnets[0], bridge)]
    raise ValueError("a node has one pod subnet of a family, not %s" % ", ".join(table.subnets))


def _broadcast(subnets: Sequence[str]) -> List[str]:
    """What all pods of IPv4 subnets take for theirs: the last address, and up to Linux 5.13 the first one as well."""
    found = [network(each) for each in subnets if family_of(each) == 4]
    ends = [(each, (1 << 32 - each.length) - 1) for each in found if each.length <= _LONGEST_WITH_BROADCAST]
    return [str(each._replace(first=each.first + end, length=32)) for each, last in ends for end in (0, last)]


def closed(family: int, bridge: str) -> List[str]:
    """What all packets go through of a family of which the node's pods are given no addresses.

    They have link-local ones by themselves, which no policy could speak of.
    """
    return [*_beginning(family), "-i %s -j DROP" % bridge]


def _beginning(family: int) -> List[str]:
    """What passes whatever policy says."""
    rules = ["-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"]
    if family == 6:
        rules += ["-p ipv6-icmp -m icmp6 --icmpv6-type %s -j RETURN" % kind for kind in (*_NEIGHBORS, *_LISTENERS)]
    return rules


def policed(each: Direction, family: int, classes: str, unseen_denied: bool, mask: Mask, tree: List[str]) -> List[str]:
    """What packets of policed pods go through. ``classes`` is the set that maps them to marks, ``tree`` finds these."""
    unseen = "-m mark --mark %s" % mask.none
    rules = [
        '-m conntrack --ctstate DNAT -m bpf --bytecode "%s" -j RETURN' % _TO_ITSELF[family],
        "-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate INVALID,NEW -j DROP",
        "-p sctp -m sctp ! --chunk-types only INIT -m conntrack --ctstate INVALID,NEW -j DROP",
        "-j MARK --set-xmark %s" % mask.none,
        "-j SET --map-set %s %s --map-mark" % (classes, each.own),
    ]
    if unseen_denied:
        rules.append("%s -m set --match-set %s %s -j RETURN" % (unseen, probes(family), each.own))
    rules.append('%s -m comment --comment "not seen by policy" -j %s' % (unseen, "DROP" if unseen_denied else "RETURN"))
    return rules + tree
