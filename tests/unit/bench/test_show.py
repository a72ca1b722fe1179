"""The table on the screen, the choice of groups, and the plot."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench import __main__ as command_line
from bench import engine, plot
from bench.result import Result

SVG = "{http://www.w3.org/2000/svg}"


def growth(work: str, peers: int, value: float, peer_value: float) -> Result:
    return Result(f"growth_{work}_{peers}_peers", value, "s", "peer", peer_value)


def test_the_table_has_a_line_for_each_result():
    shown = command_line.shown([Result("a", 0.25, "s", "b", 0.5), Result("c", 7, "MB")])
    assert [line.split() for line in shown.splitlines()[1:]] == [
        ["a", "0.25", "s", "b", "0.5", "0.5"],
        ["c", "7.0", "MB", "-", "-", "-"],
    ]


def test_an_unknown_group_is_refused_with_those_that_exist(capsys):
    with pytest.raises(SystemExit):
        command_line.parser().parse_args(["engin"])
    assert "there is no group engin, only engine, growth," in capsys.readouterr().err


def test_results_are_kept_as_they_come(monkeypatch, tmp_path):
    def breaks():
        yield Result("first", 1, "s")
        raise AssertionError("the second cannot be measured")

    monkeypatch.setattr(command_line, "BENCHMARKS", {"some": breaks})
    monkeypatch.setattr(command_line, "FIGURES", tmp_path / "bench.json")
    with pytest.raises(AssertionError):
        command_line.run(["some"])
    assert [result.name for result in command_line.load(tmp_path / "bench.json")] == ["first"]


def test_curves_are_of_the_growth_only_and_in_order():
    results = [growth("program", 100, 2, 3), growth("program", 10, 1, 4), Result("program_5000_peers", 9, "s", "x", 9)]
    ours, theirs = engine.LEGEND["program"]
    assert engine.curves(results) == {ours: [(10, 1), (100, 2)], theirs: [(10, 4), (100, 3)]}


def test_the_plot_is_logarithmic_on_both_axes():
    picture = ElementTree.fromstring(plot.svg("a < b", "peers", "seconds", {"c": [(10, 0.01), (100, 0.1), (1000, 1)]}))
    (curve,) = picture.iter(f"{SVG}polyline")
    places = [[float(number) for number in pair.split(",")] for pair in curve.attrib["points"].split()]
    across, up = zip(*places, strict=True)
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.2)
    assert up[0] - up[1] == pytest.approx(up[1] - up[2], abs=0.2)
    assert up[0] > up[2]
    written = [text.text for text in picture.iter(f"{SVG}text")]
    assert {"a < b", "peers", "seconds", "c", "10", "1,000", "0.01", "1"} <= set(written)


def test_a_plot_of_one_decade_has_room():
    assert "nan" not in plot.svg("t", "x", "y", {"c": [(10, 1), (10, 1)]})
