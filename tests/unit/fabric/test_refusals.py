"""Every refusal names host, variable, value, reason and the way out, and nothing that is right is refused with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import lock, plan
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.problems import PlanError, show
from tests.unit.fabric.inventory import hosts, lock_text, planned

CASES = Path(__file__).with_name("cases")


def cases(*files: str) -> list[Any]:
    loaded = [case for file in files for case in yaml.safe_load((CASES / f"{file}.yml").read_text(encoding="utf-8"))]
    return [pytest.param(case, id=case["name"]) for case in loaded]


@pytest.mark.parametrize("case", cases("hosts", "subnets", "cluster"))
def test_inventory_is_refused(case: dict[str, Any]) -> None:
    variables = {name: {**case.get("all", {}), **own} for name, own in case["hosts"].items()}
    text = case.get("lock_text") or (lock_text(case["lock"]) if "lock" in case else None)
    with pytest.raises(PlanError) as refusal:
        plan.make(variables, text)
    found = [[problem.host, problem.variable, show(problem.value)] for problem in refusal.value.problems]
    assert sorted(found) == sorted(expected[:3] for expected in case["problems"])
    message = str(refusal.value)
    for host, variable, value, reason in case["problems"]:
        assert any(all(word in line for word in (host, variable, value, reason)) for line in message.splitlines())
    assert all(len(problem.way_out.split()) > 1 for problem in refusal.value.problems)
    for words in case.get("says", []):
        assert words in message


@pytest.mark.parametrize("case", cases("lock"))
def test_lock_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(lock.Damaged) as damaged:
        lock.parse(case["text"])
    assert case["reason"] in str(damaged.value)


def test_what_many_hosts_have_from_their_group_is_told_once() -> None:
    with pytest.raises(PlanError) as refusal:
        planned(hosts(5000, cluster_cidr="10.128.0.0/11", vxlan_port=0))
    assert str(refusal.value).splitlines()[1:] == [
        "- node-1, node-2, node-3 and 4997 more: fabric_vxlan_port 0 is out of range. Give a number from 1 to 65535."
    ]
