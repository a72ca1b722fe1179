"""The modules for single resources as Ansible calls them; their examples are run as they stand."""

from __future__ import annotations

import importlib

import pytest
import yaml

from tests.gates.checkout import modules
from tests.kernel.private import private_host

pytestmark = pytest.mark.usefixtures("namespace")
PLUGINS = "ansible_collections.podnet.baremetal.plugins.modules"
#: What the examples take for granted.
HOST = """
ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up
ip address add 192.0.2.10/24 dev eth0; ip address add 2001:db8::10/64 dev eth0 nodad
ip netns add blue
"""
FURTHER = {
    "fdb": "ip link add vx0 type vxlan id 42 dstport 4789; ip link set vx0 up",
    # For a Geneve, which not every kernel has.
    "route": "ip link add gn0 type vxlan external dstport 6081; ip link set gn0 up",
}


@pytest.fixture
def host(namespace, tmp_path):
    with private_host(tmp_path) as found:
        found.run("sh", "-euc", HOST)
        yield found


def resource_modules():
    return [name for name in modules() if hasattr(importlib.import_module(f"{PLUGINS}.{name}"), "RESOURCE")]


@pytest.mark.parametrize("name", resource_modules())
def test_examples_run_as_they_stand(host, name):
    host.run("sh", "-euc", FURTHER.get(name, ""))
    for task in yaml.safe_load(importlib.import_module(f"{PLUGINS}.{name}").EXAMPLES):
        arguments = task[f"podnet.baremetal.{name}"]
        predicted = host.module(name, arguments, check=True)
        done = host.module(name, arguments)
        assert done.get("changed"), (task["name"], done)
        for each in ("changed", "commands", "before", "after", "diff"):
            assert predicted[each] == done[each], (task["name"], each)
        again = host.module(name, arguments)
        assert (again["changed"], again["commands"]) == (False, []), (task["name"], again)
        # What is returned can be given back: it is in the words of the module's own options.
        given = {"state": arguments.get("state", "present"), "namespace": arguments.get("namespace")}
        plural = importlib.import_module(f"{PLUGINS}.{name}").RESOURCE.plural
        back = host.module(name, {plural: again["after"], **given})
        assert back.get("changed") is False, (task["name"], back)


def test_arguments_that_are_not_valid_are_named_by_the_options_names(host):
    one = host.module("route", {"dest": "198.51.100.1/24", "via": "nowhere"})
    assert one["msg"] == (
        "the arguments are not valid, and nothing was changed:\n"
        "  dst: '198.51.100.1/24' has host bits set; the network is 198.51.100.0/24\n"
        "  gateway: 'nowhere' is no IPv4 or IPv6 address"
    )
    many = host.module("iptables_chain", {"chains": [{"chain": "GOOD"}, {"chain": "INPUT"}]})
    assert "chains[1].chain: 'INPUT' is a built-in chain" in many["msg"]
    whole = host.module("route", {"dst": "198.51.100.0/24"})
    assert "the object: {'dst': '198.51.100.0/24'" in whole["msg"]
    assert "needs a gateway or a dev" in whole["msg"]


def test_one_object_and_a_list_exclude_each_other(host):
    both = host.module("route", {"dst": "198.51.100.0/24", "routes": []})
    assert "mutually exclusive: routes|dst" in both["msg"]
    assert "one of the following is required: dst, routes" in host.module("route", {"gateway": "192.0.2.1"})["msg"]
    assert "missing required arguments: dst found in routes" in host.module("route", {"routes": [{}]})["msg"]
    assert host.module("route", {"routes": []})["changed"] is False


def test_a_failed_change_names_the_object_and_the_kernels_words(host):
    failed = host.module(
        "route", {"routes": [{"dst": "10.0.0.0/8", "via": "192.0.2.1"}, {"dst": "10.1.0.0/16", "via": "172.16.0.1"}]}
    )
    assert failed["failures"] == ["route 10.1.0.0/16: add: ENETUNREACH: Nexthop has invalid gateway"]
    assert "10.0.0.0/8" not in host.run("ip", "route")
    missing = host.module("address", {"dev": "eth7", "address": "192.0.2.1/24", "namespace": "no-such"})
    assert missing["msg"] == "namespace: there is no network namespace no-such (ip netns add no-such makes it)"
