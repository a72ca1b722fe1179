"""A packet on its way through a node, as far as rules of policy look at it."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

#: What has ports; names as iptables has them.
WITH_PORTS = ("tcp", "udp", "sctp")
ICMP = {4: "icmp", 6: "ipv6-icmp"}

#: Asked for the same few addresses again and again.
parsed = cache(ip_address)


class Packet(NamedTuple):
    """One that a node forwards. Its first packet, where nothing else is said, of a connection."""

    source: str
    destination: str
    protocol: str  # of WITH_PORTS or ICMP
    port: int = 0  # the destination's; 0 where the protocol has none
    source_port: int = 40000
    interface: str = "uplink"  # that it came in by
    states: frozenset[str] = frozenset({"NEW"})  # what conntrack says: NEW, ESTABLISHED, RELATED, INVALID; and DNAT
    flags: frozenset[str] = frozenset({"SYN"})  # TCP's
    chunks: frozenset[str] = frozenset({"INIT"})  # SCTP's
    icmp_type: int = 0  # the number, of ICMP or ICMPv6
    mark: int = 0

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address]:
        return parsed(self.source), parsed(self.destination)

    @property
    def family(self) -> int:
        return 6 if ":" in self.source else 4

    def header(self) -> bytes:
        """The IP header, of which only the addresses are filled in."""
        source, destination = self.addresses
        return bytes(12 if self.family == 4 else 8) + source.packed + destination.packed


class Mark(NamedTuple):
    """What is put into those bits of a packet's mark that ``mask`` has."""

    value: int
    mask: int

    @classmethod
    def read(cls, text: str) -> Mark:
        """``value/mask`` or ``value``, which is all of the mark."""
        value, _slash, mask = text.partition("/")
        return cls(int(value, 0), int(mask or "0xffffffff", 0))

    def put(self, mark: int) -> int:
        """The mark with it, as both ``MARK --set-xmark`` and ``SET --map-mark`` do it."""
        return (mark & ~self.mask) ^ self.value
