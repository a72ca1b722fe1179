"""The module as Ansible runs it: objects in, chains and sets on the host out."""

from __future__ import annotations

import json
import sys

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model, plan
from tests.kernel.policed import Node, table
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


@pytest.fixture
def attach(host, run):
    """Attach a pod, as far as the host can tell: a port of our bridge, and a lease of host-local."""
    host.run("mount", "-t", "sysfs", "none", "/sys")  # of the test's namespace
    run("ip link add cni0 type bridge; ip link set cni0 alias 'podnet: pods of localhost'")
    host.run("mkdir", "-p", "/run/podnet/leases/podnet")

    def attach_one(address, container="8d0f0e51f3b7"):
        port = "p" + address.rpartition(".")[2]
        run(f"ip link add {port} type veth peer name {port}-pod; ip link set {port} master cni0")
        host.run("sh", "-c", f"printf '{container}\\r\\neth0' > /run/podnet/leases/podnet/{address}")

    return attach_one


@pytest.fixture
def policy_state(host):
    """Enforce policy on the host that knows pod 2 and an isolated pod 3, in check mode."""
    document, tables = Node.compiled([table(family, (2,), ingress=[((3,), ())]) for family in (4, 6)])

    def run(**options):
        return host.module("policy_state", {"document": document, "tables": tables, **options}, check=True)

    return run


def test_a_host_refuses_objects_that_have_none_of_the_pods_that_are_attached_to_it(policy_state, attach):
    attach("10.244.0.9", "podnet-probe-0")
    assert "warnings" not in policy_state()
    attach("10.244.0.7")
    refused = policy_state()
    assert "document policy cannot be applied, and nothing was changed" in refused["msg"]
    assert "none of the pods that are attached to this host, with addresses 10.244.0.7, so" in refused["msg"]
    opened = policy_state(unseen="allow")
    assert opened["changed"]
    assert "warnings" not in opened


def test_a_host_tells_of_attached_pods_that_the_objects_lack(policy_state, attach):
    for number in (2, 3):
        attach(f"10.244.0.{number}")
    assert "warnings" not in policy_state()
    for number in range(10, 22):
        attach(f"10.244.0.{number}")
    (warning,) = policy_state()["warnings"]
    told = str(warning)  # newer versions of Ansible have an object of it
    assert "lack pods that are attached to this host, with addresses 10.244.0.10, 10.244.0.11, " in told
    assert "10.244.0.19 and 2 more, so that policy cuts them off" in told


def test_leases_without_any_pod_hinder_nothing(policy_state, attach, run):
    attach("10.244.0.7")
    run("ip link delete p7")
    told = policy_state()
    assert told["changed"]
    assert "warnings" not in told


def test_a_kernel_without_ipv6_is_asked_for_none(host, ansible, run):
    """As with ipv6.disable=1, of which there is one here only at the price of a reboot."""
    host.run("mount", "-t", "tmpfs", "none", "/proc/sys/net/ipv6")
    assert ansible(plan=PLAN, objects=objects())["changed"]
    assert "PODNET-POLICY" in run("iptables-save")
    assert "PODNET" not in run("ip6tables-save")
    assert not ansible(plan=PLAN, objects=objects())["changed"]
