"""The corpus: named cases in ``cases/*.yml``, each with what is true of it, written by hand.

A case begins with the common cluster (``cluster.py``) and changes it: ``namespaces`` (name to labels), ``pods`` (name
to changes), ``policies`` (name to spec), each to null where it is gone, or ``objects`` (manifests). In ``expect`` are
lines such as ``deny x/*,world -> y/a tcp/80,udp ipv4``: everything is allowed but what a line denies, and the last line
that speaks of a connection decides. Ends are names of pods with ``*`` for any part, ``nodes``, ``world``, one of these,
or ``*`` for all there are. Without protocols and ports a line speaks of all of them. A pod's connections to itself and
those with its own node are open in every case, so that no line need say so. ``probe`` adds to the connections that are
tried, ``ends`` spare places; ``then`` has further steps, each a change of what was before.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from . import cluster
from .evaluator import ICMP, Connection

CASES = Path(__file__).with_name("cases")
#: What is tried in every case; a port for each that policies of cases speak of most, and one that they do not.
PROBES = ("tcp/80", "tcp/81", "udp/80", "udp/81", "sctp/80", "icmp")

_SECTIONS = ("namespaces", "pods", "policies")


class Probe(NamedTuple):
    """A connection between two ends, as cases speak of it."""

    source: str  # end
    destination: str  # end
    family: int
    protocol: str
    port: int


class Line(NamedTuple):
    """A line of ``expect``."""

    allowed: bool
    sources: frozenset[str]
    destinations: frozenset[str]
    families: tuple[int, ...]
    ports: tuple[tuple[str, int, int], ...]  # protocol, first, last; empty: all

    def speaks_of(self, probe: Probe) -> bool:
        return (
            probe.source in self.sources
            and probe.destination in self.destinations
            and probe.family in self.families
            and (not self.ports or any(_holds(port, probe) for port in self.ports))
        )


class Step(NamedTuple):
    """The cluster at one time, and what is true then."""

    objects: list[dict[str, Any]]
    ends: Mapping[str, str]  # name to place
    probes: tuple[tuple[str, int], ...]  # protocol and port
    lines: tuple[Line, ...]

    def connections(self) -> Iterator[tuple[Probe, Connection]]:
        """All there is to try: from every end to every other, by name and by address."""
        for source, source_place in self.ends.items():
            for destination, place in self.ends.items():
                if source_place == place or not (cluster.is_pods(source_place) or cluster.is_pods(place)):
                    continue
                for family in cluster.FAMILIES:
                    addresses = cluster.address(source_place, family), cluster.address(place, family)
                    for protocol, port in self.probes:
                        yield Probe(source, destination, family, protocol, port), Connection(*addresses, protocol, port)

    def expects(self, probe: Probe) -> bool:
        """What is true, as the case says."""
        speaking = (line.allowed for line in reversed(self.lines) if line.speaks_of(probe))
        return self.is_with_its_node(probe) or next(speaking, True)

    def is_with_its_node(self, probe: Probe) -> bool:
        """Whether it is between a pod and the node that the pod is on."""
        source, destination = self.ends[probe.source], self.ends[probe.destination]
        both_pods = cluster.is_pods(source) and cluster.is_pods(destination)
        return not both_pods and cluster.node_of(source) == cluster.node_of(destination) != ""


class Case(NamedTuple):
    name: str
    topic: str
    steps: tuple[Step, ...]


def cases() -> list[Case]:
    """All cases, by topic, in the order of their files."""
    return [case for file in sorted(CASES.glob("*.yml")) for case in _of_topic(file)]


def _of_topic(file: Path) -> Iterator[Case]:
    for raw in yaml.safe_load(file.read_text(encoding="utf-8")):
        try:
            yield Case(raw["name"], file.stem, tuple(_steps(raw)))
        except (KeyError, ValueError) as error:
            raise ValueError(f"{file.name}: {raw.get('name')}: {error!r}") from error


def _steps(raw: Mapping[str, Any]) -> Iterator[Step]:
    has: dict[str, dict[str, Any]] = {
        "namespaces": dict.fromkeys("xyz"),
        "pods": {name: {} for name in cluster.PODS},
        "policies": {},
    }
    for step in (raw, *raw.get("then", ())):
        unknown = step.keys() - {"name", "objects", "probe", "ends", "expect", "then", *_SECTIONS}
        if unknown:
            raise ValueError(f"unknown {sorted(unknown)}")
        has = {section: _changed(has[section], section, step.get(section, {})) for section in _SECTIONS}
        ends = _ends(has["pods"], raw.get("ends", ()))
        ports = [_port(each)[:2] for each in (*PROBES, *raw.get("probe", ()))]
        lines = tuple(_line(text, ends) for text in step["expect"].splitlines())
        objects = _objects(has) + copy.deepcopy(step.get("objects", []))
        yield Step(objects, ends, tuple(dict.fromkeys(ports)), lines)


def opened(objects: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The objects of all kinds and those within lists."""
    for each in objects:
        kind = each["kind"]
        if kind.endswith("List"):
            own = {"kind": kind[: -len("List")], "apiVersion": each["apiVersion"]} if kind != "List" else {}
            yield from opened({**own, **item} for item in each["items"])
        else:
            yield each


def _changed(old: Mapping[str, Any], section: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A namespace without labels says so; pods and policies that are null are gone."""
    gone = {name for name, value in changes.items() if value is None}
    if not gone <= old.keys():
        raise ValueError(f"{section}: {sorted(gone - old.keys())} is not there to go")
    return {name: value for name, value in {**old, **changes}.items() if name not in gone}


def _objects(has: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    makers = {"namespaces": cluster.namespace, "pods": cluster.pod, "policies": cluster.policy}
    return [
        makers[section](name, copy.deepcopy(value)) for section in _SECTIONS for name, value in has[section].items()
    ]


def _ends(pods: Mapping[str, Mapping[str, Any]], spare: tuple[str, ...]) -> dict[str, str]:
    """Host-network pods have no end of their own, and of pods that share a place each is the same end."""
    own = {name: str(changes.get("place", name)) for name, changes in pods.items()}
    shared = {name: place for name, place in own.items() if not pods[name].get("spec", {}).get("hostNetwork")}
    return {**shared, **{name: name for name in (*spare, *cluster.NODES, *cluster.WORLD)}}


def _line(text: str, ends: Mapping[str, str]) -> Line:
    verb, sources, arrow, destinations, *rest = text.split()
    if verb not in ("allow", "deny") or arrow != "->":
        raise ValueError(f"line {text!r}")
    families = tuple(int(word[-1]) for word in rest if word in ("ipv4", "ipv6")) or cluster.FAMILIES
    words = [word for word in rest if word not in ("ipv4", "ipv6")]
    ports = tuple(_port(each) for word in words for each in word.split(","))
    return Line(verb == "allow", _named(sources, ends), _named(destinations, ends), families, ports)


def _named(patterns: str, ends: Mapping[str, str]) -> frozenset[str]:
    named: set[str] = set()
    for pattern in patterns.split(","):
        pattern = {"nodes": "node-*", "world": "world-*"}.get(pattern, pattern)
        found = {end for end in ends if fnmatchcase(end, pattern)}
        if not found:
            raise ValueError(f"no end is {pattern}")
        named |= found
    return frozenset(named)


def _port(text: str) -> tuple[str, int, int]:
    """``tcp``, ``tcp/80``, ``tcp/80-90`` or ``icmp``."""
    protocol, slash, ports = text.partition("/")
    first, _dash, last = ports.partition("-")
    if protocol.upper() not in ("TCP", "UDP", "SCTP", ICMP):
        raise ValueError(f"protocol {text!r}")
    return (protocol.upper(), int(first), int(last or first)) if slash else (protocol.upper(), 0, 65535)


def _holds(port: tuple[str, int, int], probe: Probe) -> bool:
    protocol, first, last = port
    return protocol == probe.protocol and first <= probe.port <= last
