"""The engine beside `ip` and `bridge`: a route, a neighbor and an FDB entry for each peer, written and read again."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from bench import measure, sandbox
from bench.batch import Batch
from bench.measure import BenchError
from bench.peers import Peers, make_devices, read
from bench.result import Result

WRITER = "ip -batch + bridge -batch"
READER = "ip -json + bridge -json"
LEGEND = {"program": ("engine: apply", "ip, bridge -batch"), "reapply": ("engine: apply again", "ip, bridge -json")}
#: Peers to rounds. The fewer peers, the more a single disturbance weighs.
GROWTH = {10: 20, 100: 20, 1000: 7, 5000: 3, 10_000: 3, 100_000: 2}


class Costs(NamedTuple):
    """Seconds: the engine with everything to do and with nothing, and its peers that write and read the same."""

    program: float
    reapply: float
    batch: float
    read: float


def results() -> Iterator[Result]:
    """The figures for 5,000 peers: with a metric for each route, and with one metric for all (see ``Peers``)."""
    yield from compared("program_{}_peers", "reapply_{}_peers", Peers(5000, metrics=True), rounds=15)
    yield from compared("program_{}_peers_one_metric", "reapply_{}_peers_one_metric", Peers(5000), rounds=5)


def growth() -> Iterator[Result]:
    """The same for 10 to 100,000 peers, whose routes have metrics of their own."""
    for count, rounds in GROWTH.items():
        yield from compared("growth_program_{}_peers", "growth_reapply_{}_peers", Peers(count, metrics=True), rounds)


def curves(results: Iterable[Result]) -> dict[str, list[tuple[int, float]]]:
    """The growth's results for a plot: to each side of a comparison its points, peers and seconds."""
    found: dict[str, list[tuple[int, float]]] = {}
    for result in results:
        match = re.fullmatch(r"growth_(program|reapply)_(\d+)_peers", result.name)
        if match and result.peer_value:
            for name, seconds in zip(LEGEND[match[1]], (result.value, result.peer_value), strict=True):
                found.setdefault(name, []).append((int(match[2]), seconds))
    return {name: sorted(points) for name, points in found.items()}


def compared(program: str, reapply: str, peers: Peers, rounds: int) -> Iterator[Result]:
    """Both figures, the least of so many rounds; the number of peers goes into their names."""
    best = Costs(*sandbox.call(measure.least, rounds, Rounds(peers)))
    yield Result(program.format(peers.count), best.program, "s", WRITER, best.batch)
    yield Result(reapply.format(peers.count), best.reapply, "s", READER, best.read)


class Rounds:
    """A round: the engine's apply and its repetition, the reading of the tables, and the batches."""

    def __init__(self, peers: Peers) -> None:
        self.peers = peers

    def __call__(self) -> Costs:
        with tempfile.TemporaryDirectory() as folder:
            document = self.peers.document()
            paths = Paths.under(folder)
            make_devices()
            program = measure.seconds(lambda: engine.apply("bench", document, paths=paths))
            reapply = measure.seconds(lambda: unchanged(document, paths))
            reading, by_engine = measure.timed(read)

            batches = [
                Batch(Path(folder), "ip", [*self.peers.neighbor_commands(), *self.peers.route_commands()]),
                Batch(Path(folder), "bridge", self.peers.fdb_commands()),
            ]
            make_devices()
            batch = sum(measure.seconds(each.run) for each in batches)
        check_same(by_engine, read(), self.peers.count)
        return Costs(program, reapply, batch, reading)


def unchanged(document: dict[str, Any], paths: Paths) -> None:
    """Apply what is there already."""
    if engine.apply("bench", document, paths=paths).changed:
        raise BenchError("the second apply found something to change")


def check_same(by_engine: list[Any], by_batch: list[Any], count: int) -> None:
    """What is compared must be the same work."""
    for ours, theirs in zip(by_engine, by_batch, strict=True):
        if len(ours) < count or sorted(map(repr, ours)) != sorted(map(repr, theirs)):
            raise BenchError(f"engine and batch have left different tables: {len(ours)} and {len(theirs)} entries")
