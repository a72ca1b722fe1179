"""Routes as Ansible brings them to a host: one task with all of them, or a loop of `ip` commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from bench import sandbox
from bench.peers import Peers, make_devices
from bench.playbook import task_seconds
from bench.result import Result

ROUTES = Peers(200)
#: This machine without SSH. Its Python is the one with pyroute2.
LOCAL = (
    "--inventory",
    "localhost,",
    "-e",
    "ansible_connection=local",
    "-e",
    f"ansible_python_interpreter={sys.executable}",
)


def results() -> Iterator[Result]:
    """The one figure: seconds of the task, with the start of Python on the host that it costs."""
    module = {"podnet.baremetal.route": {"routes": ROUTES.routes()}}
    loop = {"ansible.builtin.command": "ip {{ item }}", "loop": ROUTES.route_commands()}
    taken, taken_by_loop = (sandbox.call(on_a_new_host, task) for task in (module, loop))
    yield Result(f"module_{ROUTES.count}_routes", taken, "s", "loop of command: ip route replace", taken_by_loop)


def on_a_new_host(task: Mapping[str, Any]) -> float:
    """The seconds that a task takes where there are no routes yet."""
    make_devices()
    return task_seconds([task], *LOCAL)[0]
