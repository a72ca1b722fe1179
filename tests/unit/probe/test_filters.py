"""The filters read what the tasks registered, and bear what a failed task left."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.filter import probe_plan, probe_report

HOSTVARS = {
    "node-1": {"verify_pods": {"pods": [{"name": "podnet-probe-0", "addresses": ["10.244.0.2"], "port": 10244}]}},
    "node-2": {"verify_pods": {"pods": [{"name": "podnet-probe-0", "addresses": ["10.244.1.2"], "port": 10244}]}},
}
PATH = {"source": "podnet-probe-0", "target": "node-2/podnet-probe-0", "address": "10.244.1.2", "port": 10244}
RESULT = {**PATH, "ok": True, "failures": []}


def plan(hostvars, **options):
    return probe_plan.FilterModule().filters()["probe_plan"](hostvars, "node-1", list(hostvars), **options)


def report(hostvars):
    return probe_report.FilterModule().filters()["probe_report"](hostvars, list(hostvars))


def test_the_paths_of_a_host():
    assert plan(HOSTVARS) == [PATH]


def test_only_the_hosts_that_are_asked_are_looked_at():
    class Explosive(dict[str, Any]):
        def __getitem__(self, host):
            assert host in ("node-1", "node-2")
            return super().__getitem__(host)

    hostvars = Explosive({**HOSTVARS, **{f"node-{index}": {} for index in range(3, 9)}})
    assert plan(hostvars, peers=1) == [PATH]


@pytest.mark.parametrize("left", [{}, {"verify_pods": {"failed": True, "msg": "..."}}, {"verify_pods": None}])
def test_a_host_that_failed_is_no_target_and_is_reported(left):
    hostvars = {"node-1": {**HOSTVARS["node-1"], "verify_results": {"results": []}}, "node-2": left}
    assert plan(hostvars) == []
    assert report(hostvars)["ok"] is False


def test_the_report_of_hosts_that_closed_their_pods():
    failing = {**RESULT, "ok": False, "failures": [{"probe": "icmp", "errno": "ETIMEDOUT", "error": "no answer"}]}
    hostvars = {
        "node-1": {**HOSTVARS["node-1"], "verify_results": {"results": [failing], "closed": []}},
        "node-2": {**HOSTVARS["node-2"], "verify_results": {"results": [], "closed": ["ipv4"]}},
    }
    assert "  next: on node-2: podnet status" in report(hostvars)["lines"]


def test_the_report_of_stale_leases():
    leaked = {"node-1": {"verify_pods": {**HOSTVARS["node-1"]["verify_pods"], "stale_leases": 40}}, "node-2": {}}
    assert "node-1: 40 pods that are gone hold addresses" in "".join(report(leaked)["lines"])


def test_the_report_of_registered_results():
    back = {**RESULT, "target": "node-1/podnet-probe-0"}
    hostvars = {
        "node-1": {**HOSTVARS["node-1"], "verify_results": {"results": [RESULT]}},
        "node-2": {**HOSTVARS["node-2"], "verify_results": {"results": [back]}},
    }
    assert report(hostvars) == {"ok": True, "working": 2, "total": 2, "lines": ["2 of 2 paths work"]}
