"""The bench's command line: measure, keep the figures in build/bench.json, print them all, draw the plot in docs/."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence

from bench import convergence, engine, geneve, memory, module, on_lab, plan, plot, policy_compile, policy_packets
from bench.measure import BenchError
from bench.result import Result, load, merge
from lab.paths import PROJECT
from lab.process import LabError
from lab.table import table

BENCHMARKS: dict[str, Callable[[], Iterable[Result]]] = {
    "engine": engine.results,
    "growth": engine.growth,
    "memory": memory.results,
    "module": module.results,
    "plan": plan.results,
    "convergence": convergence.light,
    "policy-compile": policy_compile.results,
    "policy-packets": policy_packets.results,
    "lab": on_lab.results,
    "geneve": geneve.results,
}
"""Groups in the order they run, each with what yields its results as they come."""

FIGURES = PROJECT / "build" / "bench.json"
PLOT = PROJECT / "docs" / "bench-growth.svg"


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    groups = ", ".join(BENCHMARKS)
    top.add_argument("groups", nargs="*", type=group, metavar="GROUP", help=f"default: all, which are {groups}")
    return top


def group(name: str) -> str:
    """The name of a group. (`choices` would refuse that none is given.)"""
    if name not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"there is no group {name}, only {', '.join(BENCHMARKS)}")
    return name


def run(groups: Sequence[str]) -> None:
    """Run these groups; each result is kept at once, whatever becomes of the next."""
    for name in groups:
        print(f"bench: {name}", file=sys.stderr, flush=True)
        for result in BENCHMARKS[name]():
            merge(FIGURES, [result])


def shown(results: Iterable[Result]) -> str:
    """Results as a table."""
    rows = [["-" if cell is None else str(cell) for cell in result.as_json().values()] for result in results]
    return table([["NAME", "VALUE", "UNIT", "PEER", "PEER'S VALUE", "RATIO"], *rows])


def draw(results: Iterable[Result]) -> None:
    """The growth's plot, once there are results for it."""
    if curves := engine.curves(results):
        PLOT.write_text(plot.svg("One host, more and more peers", "peers", "seconds", curves))


def main() -> int:
    """Run the groups that are asked for, or all."""
    asked = parser().parse_args().groups or list(BENCHMARKS)
    try:
        if os.geteuid() != 0:
            raise BenchError("it makes network namespaces, mounts and a lab: run it as root")
        run(asked)
    except (BenchError, LabError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: stopped; what was measured until now is kept", file=sys.stderr)
        return 130
    results = load(FIGURES)
    draw(results)
    print(shown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
