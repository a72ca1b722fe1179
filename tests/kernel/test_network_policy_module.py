"""The module as Ansible runs it: objects in, chains and sets on the host out."""

from __future__ import annotations

import json
import sys

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model, plan
from tests.kernel.private import private_host

pytestmark = pytest.mark.usefixtures("namespace")
HOSTS = {"localhost": {"fabric_node_ip": "192.0.2.1", "fabric_pod_subnet": "10.244.0.0/24"}}
PLAN = model.to_json(plan.make(HOSTS, None).plan)


def pod(name, address, node="localhost"):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"nodeName": node},
        "status": {"podIP": address},
    }


def objects(client="client"):
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "allow-only-client"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "server"}},
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": client}}}], "ports": [{"port": 80}]}],
        },
    }
    pods = [pod("server", "10.244.0.2"), pod("client", "10.244.1.2", "node-2"), pod("other", "10.244.1.3", "node-2")]
    return [policy, *pods]


@pytest.fixture
def host(namespace, tmp_path):
    with private_host(tmp_path) as made:
        yield made


@pytest.fixture
def ansible(host):
    """Run the module once; its result."""

    def run(*options, **arguments):
        command = [sys.executable, "-m", "ansible", "adhoc", "localhost", "--one-line", *options]
        command += ["-m", "podnet.baremetal.network_policy", "-a", json.dumps(arguments)]
        done = host.call(*command, "-e", f"ansible_python_interpreter={sys.executable}")
        assert "=> " in done.stdout, done.stdout + done.stderr
        return json.loads(done.stdout.partition("=> ")[2])

    return run


def test_check_enforce_repeat_update_remove(ansible, run):
    predicted = ansible("--check", "--diff", plan=PLAN, objects=objects())
    assert predicted["changed"]
    assert any("PODNET-POLICY" in line for line in predicted["after"])
    assert "PODNET" not in run("iptables-save")

    done = ansible(plan=PLAN, objects=json.dumps(objects()))
    told = ("commands", "before", "after", "pods", "isolated_pods", "classes", "sets", "connections_ended")
    assert {name: done[name] for name in told} == {name: predicted[name] for name in told}
    assert [done[name] for name in told[3:]] == [1, 1, 2, 1, 0]
    assert "10.244.1.2" in run("ipset save")

    assert not ansible(plan=PLAN, objects=objects())["changed"]

    updated = ansible(plan=PLAN, objects=objects("other"))
    assert updated["changed"]
    assert "10.244.1.3" in run("ipset save")
    assert "10.244.1.2" not in run("ipset save")

    assert ansible(state="absent")["changed"]
    assert "podnet" not in (run("iptables-save") + run("ipset save")).lower()
    assert not ansible(state="absent")["changed"]


def test_pods_that_are_given_ipv4_alone_are_not_reached_by_ipv6(ansible, run):
    ansible(plan=PLAN, objects=objects())
    assert "-A PODNET-POLICY -i cni0 -j DROP" in run("ip6tables-save -t mangle")
    assert not ansible(plan=PLAN, objects=objects())["changed"]


def test_a_kernel_without_ipv6_is_asked_for_none(host, ansible, run):
    """As with ipv6.disable=1, of which there is one here only at the price of a reboot."""
    host.run("mount", "-t", "tmpfs", "none", "/proc/sys/net/ipv6")
    assert ansible(plan=PLAN, objects=objects())["changed"]
    assert "PODNET-POLICY" in run("iptables-save")
    assert "PODNET" not in run("ip6tables-save")
    assert not ansible(plan=PLAN, objects=objects())["changed"]
