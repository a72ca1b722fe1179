"""The way to each peer, in every mode: one for each pod subnet, and the one that the addresses allow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents, ways
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Plan
from tests.unit.fabric.inventory import hosts, planned

RACKS = ("192.0.2.{}", "198.51.100.{}")
RACKS_IPV6 = ("2001:db8:1::{}", "2001:db8:2::{}")
UNDERLAY = "192.0.2.0/24,198.51.100.0/24,2001:db8:1::/64,2001:db8:2::/64"
DUAL = "10.244.0.0/16,fd00:10:244::/56"


def racks(placed: list[tuple[int, int]], **variables: Any) -> Plan:
    """Hosts in racks of their own for either family; `placed` says which."""
    inventory = hosts(len(placed), underlay_cidr=UNDERLAY, **variables)
    for number, (rack, rack_ipv6) in enumerate(placed, start=1):
        addresses = [RACKS[rack].format(number), RACKS_IPV6[rack_ipv6].format(number)]
        inventory[f"node-{number}"]["fabric_node_ip"] = addresses
    return planned(inventory)


@pytest.mark.parametrize("overlay", ["vxlan", "geneve"])
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=6))
def test_hybrid_has_one_way_to_each_pod_subnet(overlay: str, placed: list[tuple[int, int]]) -> None:
    plan = racks(placed, mode="hybrid", overlay=overlay, cluster_cidr=DUAL)
    for name in plan.hosts:
        found = {layer: documents.document(plan, name, layer) for layer in ways.layers(plan)}
        assert list(found) == [overlay, "direct"]
        routes = [route["dst"] for document in found.values() for route in document["routes"]]
        peers = [subnet for _peer, host in plan.peers(name) for subnet in host.pod_subnet]
        assert sorted(routes) == sorted(peers)
        for route in found["direct"]["routes"]:
            family = 6 if ":" in route["gateway"] else 4
            gateway_of = {address: host for host in plan.hosts.values() for address in host.node_ip}
            assert ways.are_near(plan.hosts[name], gateway_of[route["gateway"]], family)


def test_families_go_their_own_ways() -> None:
    plan = racks([(0, 0), (0, 1)], mode="hybrid", cluster_cidr=DUAL)
    direct, vxlan = (documents.document(plan, "node-1", layer) for layer in ("direct", "vxlan"))
    assert direct["routes"] == [{"dst": "10.244.1.0/24", "gateway": "192.0.2.2", "metric": 12}]
    assert [(route["dst"], route["metric"]) for route in vxlan["routes"]] == [("fd00:10:244:1::/64", 14)]


@pytest.mark.parametrize(
    ("mode", "layers", "mtu"),
    [
        ("vxlan", ("vxlan",), 1450),
        ("geneve", ("geneve",), 1450),
        ("direct", ("direct",), 1500),
        ("bgp", ("bgp",), 1500),
    ],
)
def test_modes_of_one_way(mode: str, layers: tuple[str, ...], mtu: int) -> None:
    plan = racks([(0, 0), (0, 0), (0, 0)], mode=mode, cluster_cidr=DUAL)
    assert ways.layers(plan) == layers
    assert plan.cluster.mtu == mtu
    assert len(list(ways.routes(plan, "node-2", layers[0]))) == 4


def test_geneve_says_in_the_route_where_the_tunnel_ends() -> None:
    plan = racks([(0, 0), (1, 1)], mode="geneve")
    document = documents.document(plan, "node-1", "geneve")
    peer = plan.hosts["node-2"]
    assert document["links"][0].items() >= {"name": "podnet-geneve", "type": "geneve", "external": True}.items()
    assert "vni" not in document["links"][0]
    assert document["routes"] == [
        {
            "dst": "10.244.1.0/24",
            "gateway": "10.244.1.1",
            "dev": "podnet-geneve",
            "onlink": True,
            "src": "10.244.0.1",
            "metric": 16,
            "encap": {"id": 244, "dst": "198.51.100.2", "ttl": 64},
        }
    ]
    assert document["neighbors"] == [{"dev": "podnet-geneve", "dst": "10.244.1.1", "lladdr": peer.tunnel_mac}]
    assert "fdb" not in document


def test_over_ipv6_geneve_has_checksums() -> None:
    inventory = hosts(2, mode="geneve")
    for number, host in enumerate(inventory.values(), start=1):
        host["fabric_node_ip"] = f"2001:db8::{number}"
    (route,) = documents.document(planned(inventory), "node-1", "geneve")["routes"]
    assert route["encap"] == {"id": 244, "dst": "2001:db8::2", "ttl": 64, "csum": True}


@pytest.mark.parametrize(
    ("underlay", "addresses", "segments"),
    [
        ("", ["192.0.2.1", "192.0.2.6"], ["192.0.2.0/29"] * 2),
        ("172.31.0.0/16", ["192.0.2.1", "192.0.2.6"], ["192.0.2.0/29"] * 2),
        ("192.0.0.0/8,192.0.2.0/24", ["192.0.2.1", "192.9.9.9"], ["192.0.2.0/24", "192.0.0.0/8"]),
        ("192.0.2.0/24", ["192.0.2.1", "198.51.100.1"], ["192.0.2.0/24", ""]),
        ("", ["2001:db8::1", "2001:db8::ff"], ["2001:db8::/120"] * 2),
    ],
)
def test_the_narrowest_network_that_holds_an_address_is_its_subnet(
    underlay: str, addresses: list[str], segments: list[str]
) -> None:
    inventory = hosts(len(addresses), underlay_cidr=underlay)
    for host, address in zip(inventory.values(), addresses, strict=True):
        host["fabric_node_ip"] = address
    assert [host.segment[0] for host in planned(inventory).hosts.values()] == segments


def test_routes_of_all_ways_can_lie_side_by_side() -> None:
    steady = list(ways.METRICS.values())
    beside = [metric + ways.BESIDE for way, metric in ways.METRICS.items() if way != "bgp"]
    assert len({*steady, *beside}) == len(steady) + len(beside)
    assert max(steady) == ways.METRICS["bgp"] < min(beside) <= max(beside) < 2**32


def test_a_layer_of_another_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode vxlan has no layer geneve, only bridge, vxlan"):
        documents.document(planned(hosts(2)), "node-1", "geneve")
