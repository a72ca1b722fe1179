"""Rounds, and what is taken from them."""

from __future__ import annotations

from bench import measure


def test_each_figure_is_reduced_over_all_rounds():
    rounds = [(3.0, 10.0), (1.0, 30.0), (2.0, 80.0)]
    assert measure.least(3, iter(rounds).__next__) == [1.0, 10.0]
    assert measure.median(3, iter(rounds).__next__) == [2.0, 30.0]


def test_time_comes_with_the_works_value():
    seconds, value = measure.timed(lambda: "done")
    assert 0 <= seconds < 5
    assert value == "done"
    assert 0 <= measure.seconds(lambda: None) < 5
