"""The bench of the engine with few peers: that it compares equal work, in a place that leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench import engine, sandbox
from bench.measure import BenchError
from bench.peers import Peers, make_devices


@pytest.mark.parametrize("metrics", [False, True])
def test_both_figures_come_with_their_peers(metrics):
    program, reapply = engine.compared("program_{}", "reapply_{}", Peers(3, metrics), rounds=2)
    assert (program.name, reapply.name) == ("program_3", "reapply_3")
    assert (program.peer, reapply.peer) == (engine.WRITER, engine.READER)
    assert min(program.ratio, reapply.ratio) > 0


def test_work_that_is_not_equal_is_no_comparison():
    with pytest.raises(BenchError, match="different tables"):
        engine.check_same([[1, 2]], [[1, 3]], 2)
    with pytest.raises(BenchError, match="different tables"):
        engine.check_same([[1]], [[1]], 2)


def test_devices_made_anew_have_no_entries():
    assert sandbox.call(entries_after_a_second_make) == 0


def entries_after_a_second_make() -> int:
    make_devices()
    for command in Peers(3).neighbor_commands():
        sandbox.run("ip", *command.split())
    make_devices()
    return len(sandbox.run("ip", "neighbor").splitlines())


def test_the_sandbox_has_a_network_and_mounts_of_its_own():
    assert not set(sandbox.call(own)) & set(own())
    assert sandbox.call(seen_inside) == (["lo"], [])


def own() -> list[str]:
    return [os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "mnt")]


def seen_inside() -> tuple[list[str], list[str]]:
    links = sandbox.run("ip", "-brief", "link").splitlines()
    return [line.split()[0] for line in links], sorted(path.name for path in Path("/run").iterdir())


def test_memory_is_measured_at_its_peak():
    assert sandbox.call(hold, 50) - sandbox.call(hold, 0) > 40


def hold(megabytes: int) -> float:
    bytearray(megabytes * 1_000_000).count(1)
    return sandbox.peak_megabytes()
