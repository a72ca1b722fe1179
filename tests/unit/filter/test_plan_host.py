"""Templates get one host's part of the plan."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.podnet.baremetal.plugins.filter.plan_host import FilterModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model, plan

TEXT = model.to_json(plan.make({"node-1": {"ansible_host": "192.0.2.1"}}, None).plan)
plan_host = FilterModule().filters()["plan_host"]


def test_host_and_cluster_are_those_of_the_plan() -> None:
    content = json.loads(TEXT)
    expected = {"cluster": content["cluster"], "host": content["hosts"]["node-1"], "near_peers": [0]}
    assert plan_host(TEXT, "node-1") == expected
    assert plan_host(content, "node-1") == expected


def test_peers_on_the_same_subnet_are_counted() -> None:
    hosts = {f"node-{number}": {"ansible_host": f"192.0.{2 + number // 4}.{number}"} for number in range(1, 10)}
    everybody = model.to_json(plan.make(hosts, None).plan)
    assert plan_host(everybody, "node-1")["near_peers"] == [8]
    for each in hosts.values():
        each["fabric_underlay_cidr"] = "192.0.2.0/24,192.0.3.0/24"
    racks = model.to_json(plan.make(hosts, None).plan)
    assert [plan_host(racks, f"node-{number}")["near_peers"] for number in (1, 4, 8)] == [[2], [3], [0]]


def test_unknown_host_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="host node-2 is not in the plan"):
        plan_host(TEXT, "node-2")


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="no plan of version 1"):
        plan_host("{}", "node-1")
