"""The playbook site.yml on the lab: tasks and seconds of the first run on bare hosts, and of one with nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench import measure
from bench.playbook import ended_well, play
from bench.result import Result
from bench.throughput import shell
from lab.parallel import in_parallel
from lab.topology import TOPOLOGIES
from shared.runs import INVENTORY, Run, playbook

#: The tasks a host that a run may have; a task costs a second over a common connection, whatever it does.
LIMITS = {"first": 30, "second": 20}
#: The lab spares its hosts what Python costs other hosts.
NO_SHORTCUT = "rm /usr/local/lib/python3.11/dist-packages/compile_once.pth"


def results() -> Iterator[Result]:
    """Four figures; the hosts must be as their image is, and are provisioned afterwards."""
    in_parallel(lambda host: shell(host, NO_SHORTCUT), TOPOLOGIES["flat"].hosts(3))
    for run, limit in LIMITS.items():
        seconds, done = measure.timed(lambda: ended_well(playbook("site")))
        count = most_tasks(done)
        yield Result(f"site_{run}_run_tasks", count, "tasks a host", "limit", limit)
        pings: list[dict[str, Any]] = [{"ansible.builtin.ping": {}}] * count
        yield Result(f"site_{run}_run_seconds", seconds, "s", "as many tasks of ping", seconds_of(pings))


def most_tasks(run: Run) -> int:
    """How many tasks the host with the most of them ran."""
    return max(run.count(host) for host in {task.host for task in run.tasks})


def seconds_of(tasks: list[dict[str, Any]]) -> float:
    """What a run of these tasks takes on the same hosts."""
    return measure.seconds(lambda: play(tasks, "--inventory", str(INVENTORY)))
