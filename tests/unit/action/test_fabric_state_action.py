"""The action hands network_state one document as one string."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.podnet.baremetal.plugins.action.fabric_state import ActionModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents, model, plan
from tests.unit.action.conftest import Run

INVENTORY = {"podnet": {"hosts": {"node-1": {"ansible_host": "192.0.2.1"}, "node-2": {"ansible_host": "192.0.2.2"}}}}
PLAN = plan.make(INVENTORY["podnet"]["hosts"], None).plan


class Action(ActionModule):
    """Answers for the module."""

    def _execute_module(self, **arguments: Any) -> dict[str, Any]:
        return {"changed": True, "commands": [], "called": arguments}


def call(run: Run, **options: Any) -> dict[str, Any]:
    result = run(Action, options, INVENTORY)
    assert result["changed"]
    assert result["called"]["module_name"] == "podnet.baremetal.network_state"
    return dict(result["called"]["module_args"])


@pytest.mark.parametrize("layer", documents.LAYERS)
def test_document_of_this_host_goes_to_network_state(run: Run, layer: str) -> None:
    arguments = call(run, plan=model.to_json(PLAN), layer=layer)
    assert (arguments["name"], arguments["state"]) == (layer, "present")
    assert json.loads(arguments["document"]) == documents.document(PLAN, "node-1", layer)


def test_plan_that_templating_has_made_a_dictionary_is_as_good(run: Run) -> None:
    assert call(run, plan=json.loads(model.to_json(PLAN)), layer="vxlan") == call(
        run, plan=model.to_json(PLAN), layer="vxlan"
    )


def test_absent_needs_no_plan(run: Run) -> None:
    assert call(run, layer="vxlan", state="absent") == {"name": "vxlan", "state": "absent"}


@pytest.mark.parametrize("wrong", ["", "{}", 7])
def test_what_is_no_plan_is_refused_with_the_way_out(run: Run, wrong: object) -> None:
    with pytest.raises(AnsibleActionFail, match=r"register the result of podnet\.baremetal\.plan"):
        run(Action, {"plan": wrong, "layer": "bridge"}, INVENTORY)


def test_host_outside_the_plan_is_refused(run: Run) -> None:
    with pytest.raises(AnsibleActionFail, match="node-1 is not in the plan"):
        run(
            Action, {"plan": json.dumps({**json.loads(model.to_json(PLAN)), "hosts": {}}), "layer": "bridge"}, INVENTORY
        )
