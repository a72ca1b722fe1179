# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write one JSON line for each finished task of each host, so that tests count tasks and read results."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_log
type: aggregate
short_description: Log task results as JSON lines
description: Appends one JSON object for each finished task of each host to the file named by E(TASK_LOG).
"""


class CallbackModule(CallbackBase):
    """Lines have ``host``, ``task``, ``action``, ``seconds``, ``result`` and ``status`` (ok, skipped, failed, …)."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_log"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._started: dict[tuple[str, str], float] = {}

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._started[host.get_name(), task._uuid] = time.monotonic()

    def _log(self, status: str, result: Any) -> None:
        host = result._host.get_name()
        started = self._started.get((host, result._task._uuid), time.monotonic())
        line = {
            "host": host,
            "task": result._task.get_name(),
            "action": result._task.action,
            "status": status,
            "seconds": round(time.monotonic() - started, 3),
            "result": json.loads(self._dump_results(result._result, indent=0)),
        }
        with open(os.environ["TASK_LOG"], "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._log("ok", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._log("skipped", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._log("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._log("unreachable", result)
