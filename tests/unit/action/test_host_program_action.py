"""The action sends the files of the collection it belongs to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.podnet.baremetal.plugins.action.host_program import ActionModule
from tests.unit.action.conftest import Run
from tests.unit.host_program.host import UNITS

INVENTORY: dict[str, Any] = {"podnet": {"hosts": {"node-1": {}}}}


class Action(ActionModule):
    """Answers for the module."""

    def _execute_module(self, **arguments: Any) -> dict[str, Any]:
        return {"changed": True, "called": arguments}


def test_files_go_as_one_string_beside_the_options(run: Run) -> None:
    result = run(Action, {"drift_interval": "30s"}, INVENTORY)
    assert result["changed"]
    assert result["called"]["module_name"] == "podnet.baremetal.host_program"
    arguments = result["called"]["module_args"]
    assert arguments["drift_interval"] == "30s"
    files = json.loads(arguments["files"])
    assert set(files["units"]) == UNITS
    assert {"__init__.py", "state/__init__.py", "kernel/__init__.py", "host/cli.py"} <= set(files["package"])


def test_absent_sends_no_files(run: Run) -> None:
    assert run(Action, {"state": "absent"}, INVENTORY)["called"]["module_args"] == {"state": "absent"}


def test_files_of_a_playbook_are_refused(run: Run) -> None:
    with pytest.raises(AnsibleActionFail, match="files: the program's files come from the collection"):
        run(Action, {"files": "{}"}, INVENTORY)
