"""Twice the hosts cost twice the work, counted in function calls instead of seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents, plan
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.problems import PlanError
from tests.unit.fabric.inventory import hosts, planned


def calls(work: Callable[[], Any]) -> int:
    """How many functions, Python's and built-in ones, are called by `work`."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def refused(variables: dict[str, dict[str, Any]]) -> None:
    with pytest.raises(PlanError):
        plan.make(variables, None)


def first_plan(count: int) -> Callable[[], Any]:
    return lambda: plan.make(hosts(count), None)


def plan_again(count: int) -> Callable[[], Any]:
    lock = plan.make(hosts(count), None).lock
    return lambda: plan.make(hosts(count), lock)


def plan_with_everything_explicit(count: int) -> Callable[[], Any]:
    variables = hosts(count)
    for index, given in enumerate(variables.values()):
        given["fabric_pod_subnet"] = f"10.244.{index // 4}.{index % 4 * 64}/26"
    return lambda: plan.make(variables, None)


def refusal_of_everything(count: int) -> Callable[[], Any]:
    return lambda: refused(hosts(count, pod_subnet="10.244.0.0/24", node_ip="192.0.2.1", typo=1))


def document(count: int) -> Callable[[], Any]:
    found = planned(hosts(count))
    return lambda: documents.document(found, "node-1", "vxlan")


@pytest.mark.parametrize(
    "work", [first_plan, plan_again, plan_with_everything_explicit, refusal_of_everything, document]
)
def test_work_is_linear_in_hosts(work: Callable[[int], Callable[[], Any]]) -> None:
    fewer, more = calls(work(100)), calls(work(200))
    assert more < 2.2 * fewer
