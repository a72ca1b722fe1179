"""One figure beside its peer's, and the file that keeps the last figure of each name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """A measured `value` in `unit`, and what `peer` took for the same in the same run; no peer, no ratio."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the peer's value this is; below 1 is less than the peer."""
        return self.value / self.peer_value if self.peer_value else None

    def as_json(self) -> dict[str, Any]:
        """The object of build/bench.json: name, value, unit, peer, peer_value, ratio; figures of four digits."""
        figures = {"value": self.value, "peer_value": self.peer_value, "ratio": self.ratio}
        return {**asdict(self), **{name: rounded(figure) for name, figure in figures.items()}}


def rounded(figure: float | None) -> float | None:
    """Four significant digits: no measurement here has more."""
    return None if figure is None else float(f"{figure:.4g}")


def load(path: Path) -> list[Result]:
    """The results that `path` keeps; none when there is no such file."""
    if not path.exists():
        return []
    return [
        Result(**{name: value for name, value in kept.items() if name != "ratio"})
        for kept in json.loads(path.read_text())
    ]


def merge(path: Path, measured: Iterable[Result]) -> None:
    """Keep `measured` in `path`, in place of those of the same names; the others stay."""
    by_name = {result.name: result for result in [*load(path), *measured]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([result.as_json() for result in by_name.values()], indent=1) + "\n")
