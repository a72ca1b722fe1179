"""The action hands network_state one document as one string."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.podnet.baremetal.plugins.action.fabric_state import ActionModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents, model, plan, transition
from tests.unit.action.conftest import Run

INVENTORY = {"podnet": {"hosts": {"node-1": {"ansible_host": "192.0.2.1"}, "node-2": {"ansible_host": "192.0.2.2"}}}}
HOSTS = INVENTORY["podnet"]["hosts"]
MADE = plan.make(HOSTS, None)
PLAN = MADE.plan
#: On the way from VXLAN to direct routes.
MOVING = plan.make(
    {name: {**host, "fabric_mode": "direct"} for name, host in HOSTS.items()}, MADE.lock, moving=plan.MOVE
)
PLANS = {"plan": model.to_json(MOVING.plan), "from_plan": model.to_json(MOVING.had)}


class Action(ActionModule):
    """Answers for the module."""

    def _execute_module(self, **arguments: Any) -> dict[str, Any]:
        return {"changed": True, "commands": [], "called": arguments}


def call(run: Run, **options: Any) -> dict[str, Any]:
    result = run(Action, options, INVENTORY)
    assert result["changed"]
    assert result["called"]["module_name"] == "podnet.baremetal.network_state"
    return dict(result["called"]["module_args"])


@pytest.mark.parametrize("layer", documents.layers(PLAN))
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


@pytest.mark.parametrize("stage", [transition.LAY, transition.PREFER])
@pytest.mark.parametrize("layer", ["vxlan", "direct"])
def test_between_two_plans_a_host_has_the_ways_of_both(run: Run, layer: str, stage: str) -> None:
    document = json.loads(call(run, **PLANS, layer=layer, stage=stage)["document"])
    assert document == transition.document(MOVING.had, MOVING.plan, "node-1", layer, stage)


def test_pods_try_the_new_ways(run: Run) -> None:
    document = json.loads(call(run, **PLANS, layer="trial", pods=["10.244.0.9"])["document"])
    assert document == transition.trial(MOVING.had, MOVING.plan, "node-1", ["10.244.0.9"])


@pytest.mark.parametrize("options", [{"layer": "trial"}, {"layer": "vxlan", "stage": "lay"}])
def test_what_lies_between_two_plans_needs_both(run: Run, options: dict[str, str]) -> None:
    with pytest.raises(AnsibleActionFail, match="from_plan"):
        run(Action, {"plan": PLANS["plan"], **options}, INVENTORY)


@pytest.mark.parametrize("wrong", ["", "{}", 7])
def test_what_is_no_plan_is_refused_with_the_way_out(run: Run, wrong: object) -> None:
    with pytest.raises(AnsibleActionFail, match=r"register the result of podnet\.baremetal\.plan"):
        run(Action, {"plan": wrong, "layer": "bridge"}, INVENTORY)


def test_host_outside_the_plan_is_refused(run: Run) -> None:
    with pytest.raises(AnsibleActionFail, match="node-1 is not in the plan"):
        run(
            Action, {"plan": json.dumps({**json.loads(model.to_json(PLAN)), "hosts": {}}), "layer": "bridge"}, INVENTORY
        )
