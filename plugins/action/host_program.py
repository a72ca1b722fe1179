# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the engine to one host, as a program that needs no Ansible: collect its files and hand them to the module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.podnet.baremetal.plugins.module_utils.program.content import UNITS

#: The collection's own directory, whether it is installed or a checkout.
_COLLECTION = Path(__file__).resolve().parents[2]
#: What of module_utils the engine is made of, and what of policy it takes to know which connections that forbids.
_PACKAGES = ("state", "kernel", "host")
_OF_POLICY = ("__init__", "flows", "model", "table")


class ActionModule(ActionBase):
    """Sends all files as one JSON string: a task that copies them one by one takes a second a file."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        result = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if "files" in arguments:
            raise AnsibleActionFail("files: the program's files come from the collection. Way out: leave it out.")
        if arguments.get("state") != "absent":
            arguments["files"] = json.dumps(_files())
        result.update(
            self._execute_module(
                module_name="podnet.baremetal.host_program", module_args=arguments, task_vars=task_vars or {}
            )
        )
        return result


def _files() -> Dict[str, Any]:
    source, templates = _COLLECTION / "plugins" / "module_utils", _COLLECTION / "roles" / "host" / "files"
    modules = [source / "__init__.py", *(path for each in _PACKAGES for path in sorted((source / each).rglob("*.py")))]
    modules += [source / "policy" / (each + ".py") for each in _OF_POLICY]
    return {
        "package": {path.relative_to(source).as_posix(): path.read_text(encoding="utf-8") for path in modules},
        "launcher": (templates / "podnet.in").read_text(encoding="utf-8"),
        "units": {name: (templates / (name + ".in")).read_text(encoding="utf-8") for name in UNITS},
    }
