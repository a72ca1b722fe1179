"""Send a packet through the chains that a document hooks into FORWARD, as the kernel would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from . import rule_model
from .ipset_model import Set
from .packet import Packet

#: What FORWARD's packets pass, in order.
TABLES = ("mangle", "filter", "security")
_FAMILIES = {"ipv4": 4, "ipv6": 6}

_Key = tuple[str, str, str]  # family, table, chain


class Outcome(NamedTuple):
    passed: bool
    mark: int
    #: The chains that it was sent through, in order.
    chains: tuple[str, ...]


class Filter:
    """The packet filter of a node that has this document. Raises ValueError for what it does not understand."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        unknown = document.keys() - {"version", "sysctls", "ipsets", "iptables"}
        if unknown:
            raise ValueError(f"sections {sorted(unknown)}")
        sets = {each["name"]: Set(each) for each in document.get("ipsets", ())}
        self._chains: dict[_Key, list[rule_model.Rule]] = {}
        anchored: list[tuple[int, str, _Key]] = []
        for chain in document.get("iptables", ()):
            key = (chain["family"], chain["table"], chain["chain"])
            if key in self._chains or len(chain["chain"]) > 28:
                raise ValueError(f"chain {key}: twice, or too long a name")
            self._chains[key] = [rule_model.read(text, sets, _FAMILIES[key[0]]) for text in chain.get("rules", ())]
            for anchor in chain.get("anchors", ()):
                if anchor["chain"] != "FORWARD" or anchor["position"] != "first" or key[1] not in TABLES:
                    raise ValueError(f"chain {key} is anchored in {anchor}")
                anchored.append((anchor.get("priority", 0), key[2], key))
        self._anchored = [key for _priority, _name, key in sorted(anchored)]

    def forward(self, packet: Packet) -> Outcome:
        """What becomes of a packet that is forwarded. What no rule decides passes: the rest is other people's."""
        way: list[str] = []
        for table in TABLES:
            for key in self._anchored:
                if (_FAMILIES[key[0]], key[1]) == (packet.family, table):
                    verdict, packet = self._run(key, packet, way)
                    if verdict == "DROP":
                        return Outcome(False, packet.mark, tuple(way))
                    if verdict == "ACCEPT":
                        break
        return Outcome(True, packet.mark, tuple(way))

    def _run(self, key: _Key, packet: Packet, way: list[str]) -> tuple[str, Packet]:
        """The verdict of a chain, and the packet with its mark then."""
        if len(way) > 50:
            raise ValueError("chains go round in a circle: " + " ".join(way))
        way.append(key[2])
        for rule in self._chains[key]:
            if not rule_model.matches(rule, packet):
                continue
            if rule.mark is not None:
                packet = packet._replace(mark=rule.mark(packet))
                continue
            if rule.target in rule_model.VERDICTS:
                return rule.target, packet
            verdict, packet = self._run((*key[:2], rule.target), packet, way)
            if rule.goto or verdict != "RETURN":
                return verdict, packet
        return "RETURN", packet
