"""Run a playbook as a user would and keep what each task said on each host."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from lab.paths import STATE

PROJECT = Path(__file__).resolve().parents[2]


def scenarios_inventory() -> Path:
    """The inventory that molecule gives to the scenario's playbooks; outside of a scenario that of the flat lab.

    A scenario that needs another one than .config/molecule/config.yml has names it in its molecule.yml, as that does.
    """
    merged = os.environ.get("MOLECULE_FILE")
    if merged is None:
        return PROJECT / "inventories" / "lab"
    configuration = yaml.safe_load(Path(merged).read_text())
    (option,) = configuration["ansible"]["executor"]["args"]["ansible_playbook"]
    return Path(option.removeprefix("--inventory="))


INVENTORY = scenarios_inventory()


@dataclass(frozen=True)
class Task:
    """One task's end on one host."""

    host: str
    task: str
    action: str
    status: str
    seconds: float
    result: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A finished ``ansible-playbook``: exit status, what it printed, and its tasks in order."""

    code: int
    output: str
    tasks: list[Task]

    def count(self, host: str) -> int:
        """Tasks that ran (not skipped) on `host`."""
        return sum(task.host == host and task.status != "skipped" for task in self.tasks)

    def changed(self, host: str | None = None) -> list[str]:
        """Names of the tasks that reported a change, on `host` or anywhere."""
        return [t.task for t in self.tasks if t.result.get("changed") and host in (None, t.host)]

    def results(self, host: str, action: str) -> list[dict[str, Any]]:
        """What the tasks with this action returned on `host`, those that had something to do."""
        ran = [task for task in self.tasks if task.host == host and task.status != "skipped"]
        return [task.result for task in ran if task.action.endswith(action)]


def playbook(
    name: str, *arguments: str, inventory: Path = INVENTORY, collections: Path | None = None, killed_at: str = ""
) -> Run:
    """Run ``podnet.baremetal.<name>`` with `arguments` on `inventory`; at most ten minutes.

    `collections` is a folder with another state of the collection than the one that is tested.
    """
    keys = f"lab_directory={STATE}"  # wherever the inventory is
    environment = {} if collections is None else {"ANSIBLE_COLLECTIONS_PATH": str(collections)}
    arguments = ("-i", str(inventory), "-e", keys, f"podnet.baremetal.{name}", *arguments)
    return ansible_playbook(*arguments, environment=environment, killed_at=killed_at)


def ansible_playbook(
    *arguments: str, environment: Mapping[str, str] = MappingProxyType({}), killed_at: str = ""
) -> Run:
    """Run ``ansible-playbook`` with these arguments, and more variables in its environment; at most ten minutes.

    It is killed, and all that it started here, as soon as one host has ended the task `killed_at`.
    """
    with tempfile.TemporaryDirectory() as folder:
        log, output = Path(folder) / "tasks.jsonl", Path(folder) / "output"
        log.touch()
        whole = {
            **os.environ,
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_PLUGINS": str(PROJECT / "molecule" / "shared" / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "task_log",
            "TASK_LOG": str(log),
            **environment,
        }
        with output.open("w") as stream:
            process = subprocess.Popen(
                ["ansible-playbook", *arguments], cwd=PROJECT, env=whole, start_new_session=bool(killed_at),
                stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                if killed_at:
                    while f'"task": "{killed_at}"' not in log.read_text():
                        assert process.poll() is None, output.read_text()
                        time.sleep(0.02)
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=600)
            finally:
                process.kill()
        tasks = [Task(**json.loads(line)) for line in log.read_text().splitlines()]
        return Run(process.returncode, output.read_text(), tasks)
