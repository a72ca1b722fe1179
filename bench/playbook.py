"""Tasks as `ansible-playbook` runs them, and the seconds that each took."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.measure import BenchError
from shared.runs import Run, ansible_playbook


def task_seconds(tasks: Sequence[Mapping[str, Any]], *arguments: str) -> list[float]:
    """Run a play of these tasks on the one host that `arguments` leave; the seconds of each, with all of its loop."""
    return [task.seconds for task in play(tasks, *arguments).tasks]


def play(tasks: Sequence[Mapping[str, Any]], *arguments: str) -> Run:
    """Run a play of `tasks` on all hosts of the inventory that `arguments` name; none of them may fail."""
    plays = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "play.json")
        file.write_text(json.dumps(plays))
        return ended_well(ansible_playbook(*arguments, str(file)))


def ended_well(run: Run) -> Run:
    """The same run, unless it failed."""
    if run.code:
        raise BenchError(f"ansible-playbook ended with status {run.code}\n{run.output}")
    return run
