"""The action compiles a host's policy on the controller, and refuses what would cut pods off by mistake."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.podnet.baremetal.plugins.action.network_policy import ActionModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model, plan
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings, document
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Table
from tests.unit.action.conftest import Run
from tests.unit.action.policy_objects import CLIENT, OBJECTS, OTHER, SERVER, pod, policy

INVENTORY = {"podnet": {"hosts": {"node-1": {"ansible_host": "192.0.2.1"}, "node-2": {"ansible_host": "192.0.2.2"}}}}
HOSTS = INVENTORY["podnet"]["hosts"]
PLAN = model.to_json(plan.make(HOSTS, None).plan)
DUAL = ["10.244.0.0/16", "fd00:10:244::/48"]
DUAL_PLAN = model.to_json(
    plan.make({name: {**host, "fabric_cluster_cidr": DUAL} for name, host in HOSTS.items()}, None).plan
)


class Action(ActionModule):
    """Answers for the module."""

    def _execute_module(self, **arguments: Any) -> dict[str, Any]:
        return {"changed": True, "commands": [], "called": arguments, "warnings": ["of the host"]}


def call(run: Run, **options: Any) -> dict[str, Any]:
    result = run(Action, {"plan": PLAN, "objects": OBJECTS, **options}, INVENTORY)
    assert result["called"]["module_name"] == "podnet.baremetal.policy_state"
    return result


def refusal(run: Run, **options: Any) -> str:
    with pytest.raises(AnsibleActionFail) as raised:
        run(Action, {"plan": PLAN, "objects": OBJECTS, **options}, INVENTORY)
    return str(raised.value)


def tables() -> list[Table]:
    """Those of node-1, whose pods have IPv4 alone."""
    cluster = Cluster(read(OBJECTS))
    return [cluster.table("node-1", family, ["10.244.0.0/24"]) for family in (4, 6)]


def test_this_hosts_document_and_tables_go_to_the_host(run: Run) -> None:
    result = call(run)
    expected = tables()
    arguments = result["called"]["module_args"]
    assert json.loads(arguments["document"]) == document(expected, Settings())
    assert json.loads(arguments["tables"]) == json.loads(json.dumps([table.as_json() for table in expected]))
    assert (arguments["state"], arguments["end_connections"]) == ("present", True)
    assert [result[name] for name in ("pods", "isolated_pods", "classes", "sets")] == [1, 1, 2, 1]
    assert result["warnings"] == ["of the host"]


def test_what_network_policy_info_returns_is_as_good(run: Run) -> None:
    text = " " + json.dumps(OBJECTS)
    assert call(run, objects=text)["called"] == call(run)["called"]


@pytest.mark.parametrize(("of", "subnets"), [(DUAL_PLAN, ["fd00:10:244::/64"]), (PLAN, [])])
def test_each_address_family_has_a_table_whether_the_hosts_pods_have_it_or_not(
    run: Run, of: str, subnets: list[str]
) -> None:
    told = json.loads(call(run, plan=of)["called"]["module_args"]["tables"])
    assert [(table["family"], table["subnets"]) for table in told] == [(4, ["10.244.0.0/24"]), (6, subnets)]


def test_settings_are_the_hosts(run: Run) -> None:
    wanted = Settings("allow", 0xFF0000)
    arguments = call(run, unseen_pods="allow", mark_mask="0xff0000", end_connections=False)["called"]["module_args"]
    assert json.loads(arguments["document"]) == document(tables(), wanted)
    assert arguments["end_connections"] is False
    assert (arguments["unseen"], arguments["unrestored"]) == ("allow", "deny")


def test_absent_needs_neither_plan_nor_objects(run: Run) -> None:
    result = run(Action, {"state": "absent"}, INVENTORY)
    assert result["called"]["module_args"] == {"state": "absent"}


def test_present_needs_objects(run: Run) -> None:
    with pytest.raises(AnsibleActionFail, match="any of the following are missing: objects, src, kubeconfig"):
        run(Action, {"plan": PLAN}, INVENTORY)


def test_kubernetes_may_have_another_name_for_the_host(run: Run) -> None:
    renamed = [policy(), CLIENT, pod("server", "10.244.0.2", "node-1.example.net")]
    assert call(run, objects=renamed, node="node-1.example.net")["pods"] == 1
    told = refusal(run, objects=renamed)
    assert "no pod is on node node-1, but pods with addresses of its pod subnet 10.244.0.0/24 are on node" in told
    assert "node-1.example.net. Way out: say what Kubernetes calls this host (policy_node_name)" in told


def test_pods_of_this_hosts_subnet_that_are_on_another_node_by_name_are_told(run: Run) -> None:
    astray = [pod(f"astray-{number:02}", f"10.244.0.{number}", "node-1.example.net") for number in range(3, 15)]
    told, _of_the_host = call(run, objects=[*OBJECTS, *astray])["warnings"]
    assert "addresses of the pod subnet 10.244.0.0/24 of node node-1, but are said to be on another" in told
    assert "default/astray-03 (node-1.example.net), default/astray-04 (node-1.example.net)" in told
    assert "default/astray-12 (node-1.example.net) and 2 more; if they are on this host" in told


def test_a_host_without_pods_is_told_where_there_are_some(run: Run) -> None:
    told, _of_the_host = call(run, objects=[CLIENT, OTHER, policy()])["warnings"]
    assert told == "no pod is on node node-1, so that policy there knows none; pods are on node-2"


def test_pods_without_any_policy_are_told_to_be_open(run: Run) -> None:
    told, _of_the_host = call(run, objects=[SERVER, CLIENT])["warnings"]
    assert told.startswith("there is no NetworkPolicy among Kubernetes' objects, so that every pod talks to every pod")
    assert len(call(run, objects=[CLIENT])["warnings"]) == 3


def test_objects_without_any_pod_would_cut_off_all(run: Run) -> None:
    assert "there is no pod among Kubernetes' objects" in refusal(run, objects=[policy()])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"plan": "{}"}, "register the result of podnet.baremetal.plan"),
        ({"plan": json.dumps({**json.loads(PLAN), "hosts": {}})}, "host node-1 is not in it"),
        ({"mark_mask": "all"}, "mark_mask: 'all' is no number like 0xfff0000"),
        ({"mark_mask": "0x5"}, "mark_mask"),
        ({"mark_mask": "0xff00"}, "policy_mark_mask: 0xff00 has bits of kube-proxy and kubelet (0xc000)"),
        ({"objects": [{**SERVER, "metadata": {}}]}, "metadata.name"),
        ({"context": "lab"}, "kubeconfig"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, options: dict[str, Any], said: str) -> None:
    assert said in refusal(run, **options)
