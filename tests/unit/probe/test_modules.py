"""The modules refuse input that cannot be meant, by its name and with the way out, and touch nothing then."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import attached
from ansible_collections.podnet.baremetal.plugins.module_utils.probe import admission, measure, pod
from ansible_collections.podnet.baremetal.plugins.modules import probe_paths, probe_pod

PATHS = [
    {"source": "podnet-probe-0", "target": f"node-{number}/podnet-probe-0", "address": f"10.244.{number}.2"}
    for number in (1, 2)
]


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a module with arguments; what it answers."""

    def run(module, **arguments):
        with patch_module_args(arguments), pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    monkeypatch.setattr(pod.ProbePod, "ensure", lambda self, check_mode: pytest.fail("it went on"))
    monkeypatch.setattr(pod.ProbePod, "remove", lambda self, check_mode: pytest.fail("it went on"))
    monkeypatch.setattr(measure, "measure", lambda *arguments: pytest.fail("it went on"))
    return run


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("name", ["", "web-1", "podnet-probe-", "podnet-probe-../../x", "podnet-probe-0\n"])
def test_a_name_that_is_no_probe_pods(run, name, state):
    answer = run(probe_pod, name=[name], state=state)
    assert answer["failed"]
    assert answer["msg"].startswith(f"name: {name!r} names no probe pod: use podnet-probe-")


def test_no_time_to_live(run):
    answer = run(probe_pod, name=["podnet-probe-0"], lifetime=0)
    assert answer["msg"] == "lifetime: 0 is no time to live: give seconds, at least 1"


@pytest.mark.parametrize(("option", "value"), [("timeout", 0), ("timeout", -1), ("concurrency", 0)])
def test_numbers_that_are_too_small(run, option, value):
    answer = run(probe_paths, paths=PATHS, **{option: value})
    assert answer["msg"].startswith(f"{option}: {value}")
    assert answer["msg"].endswith("is too small: give a number greater than 0")


def test_an_address_that_is_none(run):
    answer = run(probe_paths, paths=[{**PATHS[0], "address": "node-1"}])
    assert answer["msg"].startswith("paths: the address of node-1/podnet-probe-0: 'node-1' does not appear to be")


def test_leases_of_pods_that_are_gone_are_counted(run, monkeypatch):
    monkeypatch.setattr(pod.ProbePod, "ensure", lambda self, check_mode: False)
    leases = [{"address": "10.244.0.2", "container_id": name, "interface": "eth0"} for name in ("gone", "here")]
    monkeypatch.setattr(attached, "leases", lambda: leases)
    monkeypatch.setattr(attached, "ports", lambda: [{"bridge": "cni0", "port": "veth1"}])
    assert run(probe_pod, name=["podnet-probe-0"])["stale_leases"] == 1


@pytest.mark.parametrize(("failing_only", "targets"), [(False, [1, 2]), (True, [2])])
def test_paths_that_work_are_left_out_when_asked(run, monkeypatch, failing_only, targets):
    monkeypatch.setattr(
        measure, "measure", lambda paths, timeout, concurrency: [{"target": 1, "ok": True}, {"target": 2, "ok": False}]
    )
    monkeypatch.setattr(admission, "closed", lambda: ["ipv4"])
    answer = run(probe_paths, paths=PATHS, failing_only=failing_only)
    assert answer["changed"] is False
    assert [result["target"] for result in answer["results"]] == targets
    assert answer["closed"] == ["ipv4"]
