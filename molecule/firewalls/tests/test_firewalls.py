"""Pods talk through the packet filters of others, also after these were loaded anew; and nobody else's rule changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from testinfra.host import Host

from shared.fingerprint import differences, fingerprint, fingerprints
from shared.lab import lab, matrix, pod_addresses
from shared.runs import PROJECT, Run, playbook

FIREWALLD, UFW, DOCKER = "node-1", "node-2", "node-3"
#: The backend that holds each host's rules: where there are none, the one that the command iptables goes to.
BACKENDS = {FIREWALLD: "nft", UFW: "nft", DOCKER: "legacy"}
#: How each of them is made to load its rules anew.
RELOADS = {FIREWALLD: "firewall-cmd --reload", UFW: "ufw reload", DOCKER: "docker-start"}

#: Tables without a rule are as good as tables that were never used; counters are nobody's.
SAVE = (
    "for each in iptables ip6tables; do $each-%s-save 2>/dev/null; done"
    " | grep -v '^[#*]\\|^COMMIT\\|^:[A-Z]* ACCEPT' | sed -E 's/\\[[0-9]+:[0-9]+\\]//'"
)


def rules(host: Host, backend: str) -> list[str]:
    """All rules, chains and policies in one backend, of both families."""
    return host.check_output(SAVE % backend).splitlines()


def ours(lines: list[str]) -> list[str]:
    return [line for line in lines if "PODNET" in line]


def theirs(hosts: dict[str, Host]) -> dict[str, list[str]]:
    """What others have in both backends, in its order, by host."""
    return {
        name: [line for backend in ("nft", "legacy") for line in rules(host, backend) if "PODNET" not in line]
        for name, host in hosts.items()
    }


def own_firewall(host: Host) -> list[str]:
    """The rules that firewalld keeps in nf_tables' own tables."""
    return host.check_output("nft --stateless list table inet firewalld").splitlines()


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < end:
        time.sleep(0.5)
    return true


@pytest.fixture(scope="module")
def before(nodes: dict[str, Host]) -> dict[str, list[str]]:
    """The hosts with their firewalls, before the pod network came."""
    found = fingerprints(nodes)
    found[FIREWALLD] += own_firewall(nodes[FIREWALLD])
    return found


@pytest.fixture(scope="module")
def theirs_before(nodes: dict[str, Host]) -> dict[str, list[str]]:
    return theirs(nodes)


@pytest.fixture(scope="module")
def provisioned(before: dict[str, list[str]], theirs_before: dict[str, list[str]]) -> Run:
    """The first run of the playbook, on hosts that were looked at before."""
    run = playbook("site")
    assert run.code == 0, run.output
    return run


@pytest.fixture(scope="module")
def pods(provisioned: Run) -> None:
    started = lab("apply")
    assert started.returncode == 0, started.stdout


def test_the_firewalls_are_on(nodes: dict[str, Host], provisioned: Run) -> None:
    assert nodes[FIREWALLD].check_output("firewall-cmd --state") == "running"
    assert "Status: active" in nodes[UFW].check_output("ufw status")
    for name in (UFW, DOCKER):
        assert any(line.startswith(":FORWARD DROP") for line in rules(nodes[name], BACKENDS[name]))


def test_ours_are_where_the_hosts_are(nodes: dict[str, Host], provisioned: Run) -> None:
    for name, host in nodes.items():
        assert ours(rules(host, BACKENDS[name]))
        assert ours(rules(host, "nft" if BACKENDS[name] == "legacy" else "legacy")) == []


def test_theirs_are_as_they_were(nodes: dict[str, Host], theirs_before: dict[str, list[str]], provisioned: Run) -> None:
    assert differences(theirs_before, theirs(nodes)) == []


def test_second_run_changes_nothing(provisioned: Run) -> None:
    second = playbook("site")
    assert second.code == 0, second.output
    assert second.changed() == []


@pytest.mark.usefixtures("pods")
def test_pods_reach_each_other(nodes: dict[str, Host]) -> None:
    matrix()


def test_verify_passes(provisioned: Run) -> None:
    verified = playbook("verify")
    assert verified.code == 0, verified.output


@pytest.mark.usefixtures("pods")
@pytest.mark.parametrize("name", list(RELOADS))
def test_pods_reach_each_other_right_after_a_reload(nodes: dict[str, Host], name: str) -> None:
    host = nodes[name]
    whole, others = fingerprint(host), theirs(nodes)
    host.check_output(RELOADS[name])
    matrix()
    assert differences(others, theirs(nodes)) == []
    host.check_output("systemctl start podnet-drift")
    assert host.run("podnet status").rc == 0
    assert differences({name: whole}, {name: fingerprint(host)}) == []
    matrix()


@pytest.fixture(scope="module")
def policed(pods: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The guide's policy on all hosts; the server is on the host with ufw."""
    dump = tmp_path_factory.mktemp("objects") / "pods.json"
    dump.write_text(lab("dump").stdout)
    run = playbook("policy", "-e", json.dumps({"policy_src": [str(PROJECT / "lab" / "policies"), str(dump)]}))
    assert run.code == 0, run.output


def reaches_server(source: str) -> bool:
    page = f"http://{pod_addresses()['server']}"
    return lab("exec", source, "--", "timeout", "2", "wget", "-qO-", page).returncode == 0


@pytest.fixture
def unwatched(nodes: dict[str, Host]) -> Iterator[None]:
    """Drift is repaired when the test says so, and not by the timer, however long the test takes."""
    for host in nodes.values():
        host.check_output("systemctl stop podnet-drift.timer")
    yield
    for host in nodes.values():
        host.check_output("systemctl start podnet-drift.timer")


@pytest.mark.usefixtures("policed", "unwatched")
def test_policy_holds_again_after_reloads_and_a_flush(nodes: dict[str, Host]) -> None:
    assert (reaches_server("client"), reaches_server("neighbor")) == (True, False)
    whole = fingerprints(nodes)
    for name, host in nodes.items():
        host.check_output(RELOADS[name])
    nodes[UFW].check_output("iptables -t mangle -F")
    assert reaches_server("neighbor")
    for host in nodes.values():
        host.check_output("systemctl start podnet-drift")
        assert host.run("podnet status").rc == 0
    assert (reaches_server("client"), reaches_server("neighbor")) == (True, False)
    assert differences(whole, fingerprints(nodes)) == []


@pytest.mark.usefixtures("policed", "unwatched")
def test_a_firewall_that_systemd_restarts_takes_no_rule_of_policy_for_longer_than_a_moment(
    nodes: dict[str, Host],
) -> None:
    host = nodes[FIREWALLD]
    whole = ours(rules(host, "nft"))
    host.check_output("systemctl restart firewalld")
    assert wait_for(lambda: ours(rules(host, "nft")) == whole), host.check_output("journalctl -u podnet-drift -n 20")


@pytest.mark.usefixtures("pods")
def test_reset_leaves_the_hosts_as_they_were(nodes: dict[str, Host], before: dict[str, list[str]]) -> None:
    assert lab("delete").returncode == 0
    reset = playbook("reset")
    assert reset.code == 0, reset.output
    after = fingerprints(nodes)
    after[FIREWALLD] += own_firewall(nodes[FIREWALLD])
    assert differences(before, after) == []
