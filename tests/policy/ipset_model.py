"""What the kernel's sets hold and tell of a packet, of the types that policy's documents use.

Source: ipset(8). A type, an option or an entry whose meaning is not known here is refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from ipaddress import ip_network
from typing import Any

from .packet import WITH_PORTS, Mark, Packet, parsed

FAMILIES = {"inet": 4, "inet6": 6}
_KNOWN = {"name", "type", "family", "entries", "hashsize", "maxelem", "skbinfo", "timeout"}

_network = cache(lambda address, length: ip_network((address, length), strict=False))


class Set:
    """One set of a document."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.name: str = attributes["name"]
        self.family = FAMILIES[attributes.get("family", "inet")]
        self._type: str = attributes["type"]
        self._dimensions = len(self._type.partition(":")[2].split(","))
        self._marked = bool(attributes.get("skbinfo"))
        self._entries: dict[Any, Mark | None] = {}
        self._excepted: set[Any] = set()
        self._lengths: list[int] = []
        unknown = attributes.keys() - _KNOWN
        if unknown or len(self.name) > 31:
            raise ValueError(f"set {self.name}: too long a name, or has {sorted(unknown)}")
        for entry in attributes.get("entries", ()):
            self._add(entry)
        if len(self._entries) > attributes.get("maxelem", max(65536, len(self._entries))):
            raise ValueError(f"set {self.name} is full")

    def finds(self, packet: Packet, directions: str) -> bool:
        """Whether a rule's ``--match-set NAME directions`` matches."""
        key = self._found(packet, directions)
        return key is not None and key not in self._excepted

    def mark(self, packet: Packet, directions: str) -> Mark | None:
        """What a rule's ``SET --map-set NAME directions --map-mark`` puts on the packet."""
        key = self._found(packet, directions)
        return None if key is None or key in self._excepted else self._entries[key]

    def _add(self, entry: str) -> None:
        element, *options = entry.split()
        key = self._key(element)
        if key in self._entries:
            raise ValueError(f"set {self.name} holds {element} twice")
        self._entries[key] = None
        while options:
            word = options.pop(0)
            if word == "nomatch" and self._type == "hash:net":
                self._excepted.add(key)
            elif word == "skbmark" and self._marked:
                self._entries[key] = Mark.read(options.pop(0))
            else:
                raise ValueError(f"set {self.name} has an entry {entry!r}")

    def _key(self, element: str) -> Any:
        if self._type == "hash:net":
            network = ip_network(element)
            if network.prefixlen == 0:
                raise ValueError(f"set {self.name}: the kernel takes no {element}")
            self._lengths = sorted({*self._lengths, network.prefixlen}, reverse=True)
            return self._of_family(network)
        if self._type == "hash:ip":
            return self._of_family(parsed(element))
        if self._type == "hash:ip,port":
            address, _comma, port = element.partition(",")
            protocol, _colon, number = port.partition(":")
            if protocol in WITH_PORTS:
                return self._of_family(parsed(address)), protocol, int(number)
        raise ValueError(f"set {self.name}, of type {self._type}, has an entry {element!r}")

    def _of_family(self, value: Any) -> Any:
        if value.version != self.family:
            raise ValueError(f"set {self.name}, of IPv{self.family}, holds {value}")
        return value

    def _found(self, packet: Packet, directions: str) -> Any:
        """The key of the entry that is the packet's: of networks the narrowest, as the kernel looks for them."""
        asked = directions.split(",")
        if len(asked) != self._dimensions or not set(asked) <= {"src", "dst"} or packet.family != self.family:
            raise ValueError(f"set {self.name}, of type {self._type}, asked for {directions} of {packet}")
        key: Any = packet.addresses[asked[0] == "dst"]
        if self._type == "hash:net":
            candidates = (_network(key, length) for length in self._lengths)
            return next((network for network in candidates if network in self._entries), None)
        if self._type == "hash:ip,port":
            key = (key, packet.protocol, packet.source_port if asked[1] == "src" else packet.port)
        return key if key in self._entries else None
