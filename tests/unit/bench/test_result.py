"""The shape of build/bench.json, and what becomes of it when only some benchmarks run."""

from __future__ import annotations

import json

import pytest

from bench.result import Result, load, merge

PROGRAM = Result("program_5000_peers", 0.3, "s", "ip -batch", 0.6)
ALONE = Result("migration_lost_packets", 0, "packets")


def test_a_result_is_an_object_of_these_names():
    assert PROGRAM.as_json() == {
        "name": "program_5000_peers", "value": 0.3, "unit": "s", "peer": "ip -batch", "peer_value": 0.6, "ratio": 0.5,
    }  # fmt: skip


def test_without_a_peer_there_is_no_ratio():
    written = ALONE.as_json()
    assert (written["peer"], written["peer_value"], written["ratio"]) == (None, None, None)


def test_nothing_is_no_measure_for_a_ratio():
    assert Result("loss", 3, "packets", "the other", 0).ratio is None


@pytest.mark.parametrize(("figure", "written"), [(0.123456, 0.1235), (123456.0, 123500.0), (30, 30), (0, 0)])
def test_figures_have_four_digits(figure, written):
    assert Result("x", figure, "s").as_json()["value"] == written


def test_the_ratio_is_of_the_figures_before_they_are_rounded():
    assert Result("x", 1.00049, "s", "y", 0.99951).as_json()["ratio"] == 1.001


def test_a_part_of_the_bench_replaces_its_own_results_only(tmp_path):
    file = tmp_path / "build" / "bench.json"
    merge(file, [PROGRAM, ALONE])
    merge(file, [Result("program_5000_peers", 0.2, "s", "ip -batch", 0.5)])
    assert [(result.name, result.ratio) for result in load(file)] == [
        ("program_5000_peers", 0.4),
        ("migration_lost_packets", None),
    ]
    assert [list(written) for written in json.loads(file.read_text())] == [
        ["name", "value", "unit", "peer", "peer_value", "ratio"]
    ] * 2


def test_before_the_first_run_there_are_no_results(tmp_path):
    assert load(tmp_path / "bench.json") == []
