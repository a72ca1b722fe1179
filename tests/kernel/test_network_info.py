"""What a host's network is like, whoever made it, in words that can be given to the other modules."""

from __future__ import annotations

import importlib

import pytest
import yaml

from tests.kernel.private import private_host

pytestmark = pytest.mark.usefixtures("namespace")
PLUGINS = "ansible_collections.podnet.baremetal.plugins.modules"
HOST = """
ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up
ip address add 192.0.2.10/24 dev eth0; ip address add 2001:db8::10/64 dev eth0 nodad
ip link add vx0 type vxlan id 42 dstport 4789; ip link set vx0 up; ip tuntap add tap0 mode tap
ip neighbor add 192.0.2.1 lladdr 02:00:5e:00:53:01 dev eth0
ip neighbor add 192.0.2.9 lladdr 02:00:5e:00:53:09 dev eth0 nud stale
ip neighbor add 2001:db8::1 lladdr 02:00:5e:00:53:01 dev eth0
bridge fdb add 02:00:5e:00:53:02 dev vx0 dst 192.0.2.12
ip route add 198.51.100.0/24 via 192.0.2.1; ip route add 198.51.100.0/24 via 192.0.2.2 metric 7 proto bird
ip route add 198.51.100.0/24 via 192.0.2.3 table 100
ip route add 10.0.0.0/8 nexthop via 192.0.2.1 nexthop via 192.0.2.2
ip rule add priority 1000 from 10.0.0.0/8 lookup 100
ipset create one hash:net; ipset add one 10.0.0.0/8; ipset create two hash:ip family inet6
iptables -w -N MINE; iptables -w -A MINE -p tcp -j ACCEPT; iptables -w -A INPUT -j MINE; ip6tables -w -N MINE
"""
#: Each section, and the module that takes its objects, with its option for many.
MODULES = {
    "links": ("link", "links"),
    "addresses": ("address", "addresses"),
    "neighbors": ("neighbor", "neighbors"),
    "fdb": ("fdb", "entries"),
    "routes": ("route", "routes"),
    "rules": ("rule", "rules"),
    "ipsets": ("ipset", "ipsets"),
    "iptables": ("iptables_chain", "chains"),
}


@pytest.fixture
def host(namespace, tmp_path):
    with private_host(tmp_path) as found:
        found.run("sh", "-euc", HOST)
        yield found


@pytest.fixture
def info(host):
    """The objects of one section, or of those named."""

    def gather(section=None, **options):
        result = host.module("network_info", {**options, **({"sections": [section]} if section else {})})
        assert "network" in result, result
        return result["network"][section] if section else result["network"]

    return gather


def test_by_default_it_tells_of_few_things(info):
    found = info()
    assert set(found) == {"links", "addresses", "routes", "rules"}
    assert {each["table"] for each in found["routes"]} == {254}
    assert {each["name"] for each in found["links"]} == {"lo", "eth0", "eth1", "vx0", "tap0"}
    assert {(each["dev"], each["address"]) for each in found["addresses"]} >= {("eth0", "192.0.2.10/24")}


@pytest.mark.parametrize("section", MODULES)
def test_what_it_tells_can_be_given_to_the_module_and_changes_nothing(host, info, section):
    module, plural = MODULES[section]
    told = info(section)
    far_ends = [each for each in told if section == "links" and each["name"] == "eth1"]
    own = [each for each in told if "foreign" not in each and each not in far_ends]
    assert own
    given = host.module(module, {plural: own})
    assert given.get("changed") is False, given
    assert given["before"] == own


def test_what_the_kernel_learned_is_told_of_as_that(info):
    neighbors = {each["dst"]: each for each in info("neighbors", dev=["eth0"], dst=["192.0.2.0/24"])}
    assert neighbors["192.0.2.1"] == {"dev": "eth0", "dst": "192.0.2.1", "lladdr": "02:00:5e:00:53:01"}
    assert (neighbors["192.0.2.9"]["nud"], neighbors["192.0.2.9"]["foreign"]) == ("stale", ["nud"])
    assert [each["dst"] for each in info("fdb", dev=["vx*"]) if "dst" in each] == ["192.0.2.12"]


def test_filters(info):
    assert {each["name"] for each in info("links", dev=["eth*", "lo"])} == {"eth0", "eth1", "lo"}
    assert {each["dev"] for each in info("addresses", dev=["eth0"])} == {"eth0"}
    to = {"dst": ["198.51.0.0/16"]}
    assert [each["metric"] for each in info("routes", **to)] == [0, 7]
    assert [each["gateway"] for each in info("routes", table=["100"], **to)] == ["192.0.2.3"]
    assert len(info("routes", table=["all"], **to)) == 3
    assert {each["dst"] for each in info("routes", dev=["eth0"], dst=["10.0.0.0/8"])} == {"10.0.0.0/8"}
    assert [each["dst"] for each in info("neighbors", dst=["2001::/16"])] == ["2001:db8::1"]
    assert [each["name"] for each in info("ipsets", name=["t?o"])] == ["two"]
    assert [each["family"] for each in info("iptables", name=["MINE"])] == ["ipv4", "ipv6"]


def test_what_there_is_no_word_for_is_named(info):
    (tap,) = info("links", dev=["tap0"])
    assert (tap["type"], tap["foreign"]) == ("tun", ["type"])


def test_another_namespace_and_wrong_arguments(host, info):
    host.run("ip", "netns", "add", "blue")
    assert [each["name"] for each in info("links", namespace="blue")] == ["lo"]
    for arguments, message in (
        ({"namespace": "red"}, "there is no network namespace red"),
        ({"table": ["mine"]}, "table: 'mine' is no whole number"),
        ({"dst": ["10.0.0.1/8"]}, "dst: '10.0.0.1/8' has host bits set; the network is 10.0.0.0/8"),
    ):
        assert message in host.module("network_info", arguments)["msg"]


def test_examples_run_as_they_stand(host):
    for task in yaml.safe_load(importlib.import_module(f"{PLUGINS}.network_info").EXAMPLES):
        assert host.module("network_info", task["podnet.baremetal.network_info"] or {})["changed"] is False
