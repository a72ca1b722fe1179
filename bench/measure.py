"""How time is taken: each round measures all sides of a comparison, so that none has the quiet minute alone."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

Value = TypeVar("Value")


class BenchError(Exception):
    """What was measured is not what it should have been; the message says why, and there is no figure."""


def timed(work: Callable[[], Value]) -> tuple[float, Value]:
    """The seconds that `work` takes, without the garbage of what came before it, and what it gives."""
    gc.collect()
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def seconds(work: Callable[[], object]) -> float:
    """The seconds that `work` takes."""
    return timed(work)[0]


def least(rounds: int, one_round: Callable[[], Sequence[float]]) -> list[float]:
    """The least of each figure of a round. For work that always is the same: whatever disturbs it only adds to it."""
    return [min(column) for column in _columns(rounds, one_round)]


def median(rounds: int, one_round: Callable[[], Sequence[float]]) -> list[float]:
    """The median of each figure of a round. For what varies by itself, such as throughput."""
    return [statistics.median(column) for column in _columns(rounds, one_round)]


def _columns(rounds: int, one_round: Callable[[], Sequence[float]]) -> list[tuple[float, ...]]:
    return list(zip(*(one_round() for _round in range(rounds)), strict=True))
