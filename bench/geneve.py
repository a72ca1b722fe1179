"""Latency over Geneve, between virtual machines with a stock kernel: this machine's own may have no Geneve.

Where they are emulated, host to host is as slow: only the ratio says something.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import BenchError
from bench.playbook import ended_well
from bench.result import Result
from bench.throughput import Route, pods_route
from bench.ways import milliseconds, of_each
from lab import machines, pods
from lab.paths import PROJECT
from lab.process import LabError
from shared.runs import playbook

INVENTORY = PROJECT / "inventories" / "geneve"


def results() -> Iterator[Result]:
    """One figure, of a process of its own: what the lab's hosts are is settled when it starts."""
    machines_ = {**os.environ, "LAB_HOSTS": "machines"}
    command = [sys.executable, "-m", "bench.geneve"]
    done = subprocess.run(command, env=machines_, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise BenchError(f"{' '.join(command)} ended with status {done.returncode}")
    ours, direct = json.loads(done.stdout)
    yield Result("latency_geneve", ours, "ms", "host to host", direct)


def between_machines() -> list[float]:
    """Milliseconds between pods and between hosts; the machines are booted for it and end with it."""
    if machines.present():
        raise LabError("the lab's machines are up; end them first: LAB_HOSTS=machines make lab-down")
    _client, server = machines.TOPOLOGIES["flat"].hosts(2)
    try:
        machines.up()
        with tempfile.TemporaryDirectory() as folder:
            inventory = Path(shutil.copytree(INVENTORY, Path(folder, "geneve")))
            ended_well(playbook("site", inventory=inventory))
        pods.apply([pods.MANIFESTS / f"{name}.yaml" for name in ("client", "server")])
        return of_each(milliseconds, pods_route(), Route("", "", server.address))
    finally:
        machines.down()


if __name__ == "__main__":
    print(json.dumps(between_machines()))
