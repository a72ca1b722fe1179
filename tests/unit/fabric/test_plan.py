"""What the plan of an inventory is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import identity, model, plan
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.problems import PlanError
from tests.unit.fabric.inventory import hosts, planned


def test_plan_is_the_json_of_the_contract() -> None:
    found = json.loads(model.to_json(planned({"node-1": {"ansible_host": "198.51.100.11"}})))
    assert found == {
        "version": 1,
        "cluster": {
            "mode": "vxlan",
            "cluster_cidr": ["10.244.0.0/16"],
            "service_cidr": ["10.96.0.0/12"],
            "mtu": 1450,
            "underlay_family": 4,
            "bridge": {"name": "cni0", "masquerade": True, "masquerade_exclude": []},
            "overlay": {"kind": "vxlan", "name": "podnet-vxlan", "vni": 244, "port": 4789},
            "bgp_topology": None,
        },
        "hosts": {
            "node-1": {
                "node_ip": ["198.51.100.11"],
                "segment": ["198.51.100.11/32"],
                "pod_subnet": ["10.244.0.0/24"],
                "gateway": ["10.244.0.1"],
                "underlay_mtu": 1500,
                "tunnel_mac": "e6:7f:c5:14:1b:6b",
                "bridge_mac": "b6:0c:3e:15:00:99",
            }
        },
        "speakers": {},
    }


def test_json_comes_back_as_the_plan_it_was() -> None:
    found = planned(hosts(3, cluster_cidr=["fd00:10:244::/56", "10.244.0.0/16"], masquerade_exclude="192.0.2.0/24"))
    assert model.from_json(model.to_json(found)) == found
    assert model.from_json(json.loads(model.to_json(found))) == found
    routers = [{"interface": "eth0", "asn": "external"}, {"address": "192.0.2.1", "asn": "1.10", "multihop": 2}]
    found = planned(hosts(3, mode="bgp", bgp_topology="routers", bgp_routers=routers))
    assert model.from_json(model.to_json(found)) == found
    assert found.speakers["node-1"].routers[1] == model.Router("192.0.2.1", "", "65546", 2)


SECRET = "correct-horse"


def test_the_plan_says_whether_a_router_has_a_password_and_not_which() -> None:
    routers = [{"interface": "eth0", "asn": "external", "password": SECRET}, {"address": "192.0.2.1", "asn": 65001}]
    made = plan.make(hosts(3, mode="bgp", bgp_topology="routers", bgp_routers=routers), None)
    assert [router.password for router in made.plan.speakers["node-1"].routers] == [True, False]
    assert SECRET not in model.to_json(made.plan) + made.lock


@pytest.mark.parametrize(
    "variables",
    [
        {"bgp_routers": [{"interface": "eth0", "password": SECRET}]},
        {"bgp_routers": {"interface": "eth0", "password": SECRET}},
        {"bgp_routers": [{"interface": "eth0", "asn": "external", "passwd": SECRET}]},
        {"bgp_routers": f'[{{"interface": "eth0", "password": "{SECRET}"}}]'},
        {"bgp_routers": [f"interface: eth0, password: {SECRET}"]},
        {"bgp_router": [{"interface": "eth0", "asn": "external", "password": SECRET}]},
        {"bgp_password": SECRET},
        {"mode": [{"password": SECRET}]},
    ],
)
def test_no_refusal_says_a_routers_password(variables: dict[str, object]) -> None:
    with pytest.raises(PlanError) as refusal:
        plan.make(hosts(2, **variables), None)
    assert f"fabric_{next(iter(variables))} " in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_a_refusal_shows_the_rest_of_a_router() -> None:
    routers = [{"interface": "eth0", "address": "192.0.2.1", "asn": 65001, "password": SECRET}]
    with pytest.raises(PlanError, match=r"'eth0', 'address': '192\.0\.2\.1', 'asn': 65001, 'password': '\*{8}'"):
        plan.make(hosts(2, bgp_routers=routers), None)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "cluster": {}, "hosts": {}}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"plan|Expecting"):
        model.from_json(text)


@pytest.mark.parametrize(
    ("mtus", "node_ips", "mtu"),
    [
        ([1500, 1500], ["192.0.2.1", "192.0.2.2"], 1450),
        ([9000, 1500], ["192.0.2.1", "192.0.2.2"], 1450),
        (["9000", 9000], ["192.0.2.1", "192.0.2.2"], 8950),
        ([1500, 1500], ["2001:db8::1", "2001:db8::2"], 1430),
        ([1500, 1500], [["2001:db8::1", "192.0.2.1"], "192.0.2.2"], 1450),
        ([1500, 1500], [["2001:db8::1", "192.0.2.1"], "2001:db8::2"], 1430),
    ],
)
def test_mtu_is_the_smallest_underlay_less_the_overhead(mtus: list[Any], node_ips: list[Any], mtu: int) -> None:
    variables = {
        f"node-{number}": {"fabric_underlay_mtu": size, "fabric_node_ip": address}
        for number, (size, address) in enumerate(zip(mtus, node_ips, strict=True), start=1)
    }
    assert planned(variables).cluster.mtu == mtu


def test_values_from_the_command_line_mean_what_yaml_means() -> None:
    texts = hosts(2, vxlan_vni="300", masquerade="no", cluster_cidr="10.9.0.0/16, fd00::/56", reclaim="False")
    typed = hosts(2, vxlan_vni=300, masquerade=False, cluster_cidr=["10.9.0.0/16", "fd00::/56"], reclaim=False)
    assert planned(texts) == planned(typed)


def test_hosts_that_spell_one_value_in_two_ways_agree() -> None:
    variables = hosts(2)
    variables["node-1"]["fabric_vxlan_vni"] = "244"
    variables["node-2"]["fabric_cluster_cidr"] = ["10.244.0.0/16"]
    assert planned(variables) == planned(hosts(2))


def test_null_is_as_good_as_not_given() -> None:
    assert planned(hosts(1, vxlan_vni=None, tunnel_mac=None, pod_subnet=None)) == planned(hosts(1))


def test_a_host_named_by_its_address_has_that_as_its_node_ip() -> None:
    assert planned({"192.0.2.7": {}}).hosts["192.0.2.7"].node_ip == ("192.0.2.7",)


@given(st.text(min_size=1))
def test_macs_are_locally_administered_unicast_and_follow_from_the_name(name: str) -> None:
    for mac in (identity.tunnel_mac(name), identity.bridge_mac(name)):
        assert int(mac[:2], 16) & 0b11 == 0b10
        assert len(mac.split(":")) == 6
    assert identity.tunnel_mac(name) == identity.tunnel_mac(name) != identity.bridge_mac(name)


def test_summary_is_a_table() -> None:
    assert plan.summary(planned({"node-1": {"ansible_host": "198.51.100.11"}})) == [
        "vxlan, 1 nodes, pods 10.244.0.0/16",
        "node    node IP        pod subnet     tunnel MAC         MTU",
        "node-1  198.51.100.11  10.244.0.0/24  e6:7f:c5:14:1b:6b  1450",
    ]
