"""The bench's command line: measure, print a table, keep the figures in build/bench.json, draw the plot."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable

from bench import engine
from bench.result import Result, load, merge
from lab.paths import PROJECT
from lab.table import table

BENCHMARKS: dict[str, Callable[[], Iterable[Result]]] = {
    "engine": engine.results,
    "growth": engine.growth,
}
"""Each group, in the order they run, and what yields its results one by one."""

FIGURES = PROJECT / "build" / "bench.json"


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    top.add_argument("groups", nargs="*", metavar="GROUP", choices=[*BENCHMARKS, []], help=", ".join(BENCHMARKS))
    return top


def main() -> int:
    """Run the groups that are asked for, or all."""
    asked = parser().parse_args().groups or list(BENCHMARKS)
    for group in asked:
        print(f"bench: {group} ...", file=sys.stderr, flush=True)
        for result in BENCHMARKS[group]():
            merge(FIGURES, [result])
    print(shown(load(FIGURES)))
    return 0


def shown(results: Iterable[Result]) -> str:
    """Results as a table."""
    rows = [[str("-" if cell is None else cell) for cell in result.as_json().values()] for result in results]
    return table([["NAME", "VALUE", "UNIT", "PEER", "PEER'S", "RATIO"], *rows])


if __name__ == "__main__":
    sys.exit(main())
