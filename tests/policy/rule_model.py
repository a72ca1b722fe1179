"""What one rule of iptables means, read from how a document spells it. What is not known here is refused, not ignored.

Sources: iptables(8), iptables-extensions(8), for marks net/netfilter/xt_set.c and xt_mark.c.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import ip_network
from itertools import repeat
from operator import call
from typing import NamedTuple

from . import bpf_model
from .ipset_model import Set
from .packet import WITH_PORTS, Mark, Packet, parsed

Match = Callable[[Packet], bool]

VERDICTS = ("ACCEPT", "DROP", "RETURN")
_STATES = {"NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "DNAT", "SNAT"}
_FLAGS = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"}
_MULTIPORT_SLOTS = 15  # XT_MULTI_PORTS; a range takes two
_LONGEST_COMMENT = 255


class Rule(NamedTuple):
    """``target`` is one of VERDICTS, a chain's name, or '' where ``mark`` says what becomes of the packet's mark."""

    matches: tuple[Match, ...]
    target: str
    goto: bool = False
    mark: Callable[[Packet], int] | None = None


def matches(rule: Rule, packet: Packet) -> bool:
    """Whether all that the rule asks for is so."""
    return all(map(call, rule.matches, repeat(packet)))


def read(text: str, sets: Mapping[str, Set], family: int) -> Rule:
    """A rule as after ``-A CHAIN``, of a chain of this family. Raises ValueError for what it does not understand."""
    try:
        return _Reader(text, sets, family).rule()
    except (ValueError, KeyError, StopIteration) as error:
        raise ValueError(f"rule {text!r}: not understood: {error}") from error


class _Reader:
    """Reads one rule, word by word."""

    def __init__(self, text: str, sets: Mapping[str, Set], family: int) -> None:
        self._words = iter(shlex.split(text))
        self._sets, self._family = sets, family
        self._protocol = ""
        self._modules: set[str] = set()

    def rule(self) -> Rule:
        matches: list[Match] = []
        for word in self._words:
            option = word if word != "!" else next(self._words)
            if option in ("-j", "-g"):
                return self._target(tuple(matches), next(self._words), option == "-g")
            match = self._match(option)
            if match is not None:
                matches.append(match if word != "!" else _negated(match))
        raise ValueError("no target")

    def _target(self, matches: tuple[Match, ...], name: str, goto: bool) -> Rule:
        rule = Rule(matches, name, goto)
        if name == "MARK":
            rule = Rule(matches, "", False, self._set_mark())
        elif name == "SET":
            rule = Rule(matches, "", False, self._map_mark())
        elif name.isupper() and "-" not in name and name not in VERDICTS:
            raise ValueError(f"target {name}")
        rest = list(self._words)
        if rest:
            raise ValueError(" ".join(rest))
        return rule

    def _match(self, option: str) -> Match | None:
        if option == "-m":
            self._modules.add(next(self._words))
            return None
        module, reader = _OPTIONS[option]
        if module and module not in self._modules:
            raise ValueError(f"{option} without -m {module}")
        return reader(self)

    def protocol(self) -> Match:
        name = self._protocol = next(self._words)
        if name not in (*WITH_PORTS, "icmp", "ipv6-icmp"):
            raise ValueError(f"protocol {name}")
        return lambda packet: packet.protocol == name

    def interface(self) -> Match:
        name = next(self._words)
        return lambda packet: packet.interface == name

    def source(self) -> Match:
        within = self._network()
        return lambda packet: within(packet.source)

    def destination(self) -> Match:
        within = self._network()
        return lambda packet: within(packet.destination)

    def _network(self) -> Callable[[str], bool]:
        network = ip_network(next(self._words))
        if network.version != self._family:
            raise ValueError(f"{network} is of the other family")
        return cache(lambda address: parsed(address) in network)  # few addresses, asked for again and again

    def comment(self) -> None:
        if len(next(self._words).encode()) > _LONGEST_COMMENT:
            raise ValueError("a comment that long")

    def states(self) -> Match:
        states = set(next(self._words).split(","))
        if not states <= _STATES:
            raise ValueError(f"states {states}")
        return lambda packet: bool(packet.states & states)

    def in_set(self) -> Match:
        found, directions = self._set()
        return lambda packet: found.finds(packet, directions)

    def _set(self) -> tuple[Set, str]:
        found, directions = self._sets[next(self._words)], next(self._words)
        if found.family != self._family:
            raise ValueError(f"set {found.name} is of the other family")
        return found, directions

    def has_mark(self) -> Match:
        wanted = Mark.read(next(self._words))
        return lambda packet: packet.mark & wanted.mask == wanted.value

    def port(self) -> Match:
        return self._ports_in([_range(next(self._words))], module=self._protocol)

    def ports(self) -> Match:
        ranges = [_range(each) for each in next(self._words).split(",")]
        if sum(1 if first == last else 2 for first, last in ranges) > _MULTIPORT_SLOTS:
            raise ValueError("more ports than a rule can have")
        return self._ports_in(ranges, module="multiport")

    def _ports_in(self, ranges: list[tuple[int, int]], module: str) -> Match:
        if self._protocol not in WITH_PORTS or module not in self._modules:
            raise ValueError("ports of what?")
        return lambda packet: any(first <= packet.port <= last for first, last in ranges)

    def flags(self) -> Match:
        examined, wanted = (frozenset(next(self._words).split(",")) for _which in range(2))
        if not examined | wanted <= _FLAGS or self._protocol != "tcp":
            raise ValueError("flags")
        return lambda packet: packet.flags & examined == wanted

    def chunks(self) -> Match:
        if next(self._words) != "only" or self._protocol != "sctp":
            raise ValueError("chunks")
        wanted = frozenset(next(self._words).split(","))
        return lambda packet: packet.chunks <= wanted

    def icmpv6_type(self) -> Match:
        number = int(next(self._words))
        return lambda packet: packet.icmp_type == number

    def bytecode(self) -> Match:
        program = bpf_model.read(next(self._words))
        return lambda packet: bpf_model.run(program, packet.header()) != 0

    def _set_mark(self) -> Callable[[Packet], int]:
        if next(self._words) != "--set-xmark":
            raise ValueError("MARK without --set-xmark")
        mark = Mark.read(next(self._words))
        return lambda packet: mark.put(packet.mark)

    def _map_mark(self) -> Callable[[Packet], int]:
        if next(self._words) != "--map-set":
            raise ValueError("SET without --map-set")
        found, directions = self._set()
        if next(self._words) != "--map-mark":
            raise ValueError("SET without --map-mark")

        def mapped(packet: Packet) -> int:
            mark = found.mark(packet, directions)
            return packet.mark if mark is None else mark.put(packet.mark)

        return mapped


def _negated(match: Match) -> Match:
    return lambda packet: not match(packet)


def _range(ports: str) -> tuple[int, int]:
    first, _colon, last = ports.partition(":")
    return int(first), int(last or first)


#: Option to the module that it needs, and its reader.
_OPTIONS: Mapping[str, tuple[str, Callable[[_Reader], Match | None]]] = {
    "-p": ("", _Reader.protocol),
    "-i": ("", _Reader.interface),
    "-s": ("", _Reader.source),
    "-d": ("", _Reader.destination),
    "--comment": ("comment", _Reader.comment),
    "--ctstate": ("conntrack", _Reader.states),
    "--match-set": ("set", _Reader.in_set),
    "--mark": ("mark", _Reader.has_mark),
    "--dport": ("", _Reader.port),
    "--dports": ("multiport", _Reader.ports),
    "--tcp-flags": ("tcp", _Reader.flags),
    "--chunk-types": ("sctp", _Reader.chunks),
    "--icmpv6-type": ("icmp6", _Reader.icmpv6_type),
    "--bytecode": ("bpf", _Reader.bytecode),
}
