"""One host's documents say what docs/architecture.md says of the layers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Plan
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.unit.fabric.inventory import hosts, planned

DUAL = ["10.244.0.0/16", "fd00:10:244::/56"]


def chains(document: dict[str, Any]) -> dict[tuple[str, str, str], list[str]]:
    return {(chain["family"], chain["table"], chain["chain"]): chain["rules"] for chain in document["iptables"]}


def test_bridge() -> None:
    plan = planned(hosts(2))
    document = documents.document(plan, "node-2", "bridge")
    assert document["links"] == [
        {
            "name": "cni0",
            "type": "bridge",
            "address": plan.hosts["node-2"].bridge_mac,
            "mtu": 1450,
            "state": "up",
            "alias": "podnet: pods of node-2",
            "stp": False,
        }
    ]
    assert document["addresses"] == [{"dev": "cni0", "address": "10.244.1.1/24"}]
    assert document["sysctls"] == [{"name": "net/ipv4/conf/cni0/rp_filter", "value": "2"}]
    assert document["iptables"] == [
        {
            "family": "ipv4",
            "table": "filter",
            "chain": "PODNET-FORWARD",
            "anchors": [{"chain": "FORWARD", "position": "first"}],
            "rules": ["-s 10.244.0.0/16 -j ACCEPT", "-d 10.244.0.0/16 -j ACCEPT"],
        },
        {
            "family": "ipv4",
            "table": "nat",
            "chain": "PODNET-POSTROUTING",
            "anchors": [{"chain": "POSTROUTING", "position": "first"}],
            "rules": [
                "-d 10.244.0.0/16 -j RETURN",
                "-d 224.0.0.0/4 -j RETURN",
                "-s 10.244.1.0/24 -j MASQUERADE --random-fully",
            ],
        },
    ]


@pytest.mark.parametrize("mode", ["vxlan", "geneve"])
def test_a_tunnel_has_the_address_in_front_of_the_gateway(mode: str) -> None:
    document = documents.document(planned(hosts(2, mode=mode, cluster_cidr=DUAL)), "node-2", mode)
    assert document["addresses"] == [{"dev": f"podnet-{mode}", "address": "10.244.1.0/32"}]


def test_bridge_of_both_families() -> None:
    exclude = ["192.0.2.0/24", "2001:db8::/32"]
    document = documents.document(planned(hosts(1, cluster_cidr=DUAL, masquerade_exclude=exclude)), "node-1", "bridge")
    assert [address["address"] for address in document["addresses"]] == ["10.244.0.1/24", "fd00:10:244::1/64"]
    assert chains(document)["ipv4", "nat", "PODNET-POSTROUTING"][1] == "-d 192.0.2.0/24 -j RETURN"
    assert chains(document)["ipv6", "nat", "PODNET-POSTROUTING"] == [
        "-d fd00:10:244::/56 -j RETURN",
        "-d 2001:db8::/32 -j RETURN",
        "-d ff00::/8 -j RETURN",
        "-s fd00:10:244::/64 -j MASQUERADE --random-fully",
    ]
    assert {sysctl["name"]: sysctl["value"] for sysctl in document["sysctls"]} == {
        "net/ipv4/conf/cni0/rp_filter": "2",
        "net/ipv6/conf/cni0/accept_ra": "0",
        "net/ipv6/conf/cni0/accept_dad": "0",
    }


def test_bridge_without_masquerade_has_no_nat() -> None:
    document = documents.document(planned(hosts(1, masquerade=False)), "node-1", "bridge")
    assert [chain["table"] for chain in document["iptables"]] == ["filter"]


def test_vxlan() -> None:
    plan = planned(hosts(2))
    own, peer = plan.hosts["node-1"], plan.hosts["node-2"]
    document = documents.document(plan, "node-1", "vxlan")
    assert document["links"] == [
        {
            "name": "podnet-vxlan",
            "type": "vxlan",
            "vni": 244,
            "local": own.node_ip[0],
            "dstport": 4789,
            "learning": False,
            "address": own.tunnel_mac,
            "mtu": 1450,
            "state": "up",
            "alias": "podnet: tunnel of node-1",
            "recreate": True,
        }
    ]
    assert document["neighbors"] == [{"dev": "podnet-vxlan", "dst": "10.244.1.1", "lladdr": peer.tunnel_mac}]
    assert document["fdb"] == [{"dev": "podnet-vxlan", "lladdr": peer.tunnel_mac, "dst": peer.node_ip[0]}]
    assert document["routes"] == [
        {
            "dst": "10.244.1.0/24",
            "gateway": "10.244.1.1",
            "dev": "podnet-vxlan",
            "onlink": True,
            "src": "10.244.0.1",
            "metric": 14,
        }
    ]
    assert document["ipsets"] == [
        {"name": "podnet-vxlan-v4", "type": "hash:ip", "family": "inet", "entries": [peer.node_ip[0]]}
    ]
    packets = "-p udp -m udp --dport 4789"
    assert chains(document) == {
        ("ipv4", "filter", "PODNET-VXLAN"): [
            f"{packets} -m set --match-set podnet-vxlan-v4 src -j ACCEPT",
            f"-d {own.node_ip[0]}/32 {packets} -m set ! --match-set podnet-vxlan-v4 src -j DROP",
        ],
        ("ipv4", "raw", "PODNET-VXLAN"): [
            f"{packets} -m set --match-set podnet-vxlan-v4 src -j CT --notrack",
            f"{packets} -m set --match-set podnet-vxlan-v4 dst -j CT --notrack",
        ],
    }


def test_vxlan_of_both_families_over_ipv6() -> None:
    variables = {
        name: {"fabric_node_ip": f"2001:db8::{index}", "fabric_cluster_cidr": DUAL}
        for index, name in enumerate(("node-1", "node-2"), start=1)
    }
    document = documents.document(planned(variables), "node-2", "vxlan")
    assert document["links"][0]["local"] == "2001:db8::2"
    assert document["neighbors"][0]["lladdr"] == document["neighbors"][1]["lladdr"] == "e6:7f:c5:14:1b:6b"
    assert [neighbor["dst"] for neighbor in document["neighbors"]] == ["10.244.0.1", "fe80::e47f:c5ff:fe14:1b6b"]
    assert [(route["dst"], route["gateway"], route["src"]) for route in document["routes"]] == [
        ("10.244.0.0/24", "10.244.0.1", "10.244.1.1"),
        ("fd00:10:244::/64", "fe80::e47f:c5ff:fe14:1b6b", "fd00:10:244:1::1"),
    ]
    assert [entry["dst"] for entry in document["fdb"]] == ["2001:db8::1"]
    assert document["ipsets"][0]["name"] == "podnet-vxlan-v6"
    assert document["ipsets"][0]["family"] == "inet6"
    assert chains(document)["ipv6", "filter", "PODNET-VXLAN"][1].startswith("-d 2001:db8::2/128 ")


@given(st.integers(1, 30), st.sampled_from(DUAL), st.integers(1, 30))
def test_every_host_knows_every_other_and_nobody_else(count: int, cidr: str, which: int) -> None:
    plan = planned(hosts(count, cluster_cidr=cidr))
    name = f"node-{min(which, count)}"
    document = documents.document(plan, name, "vxlan")
    others = [host for other, host in plan.hosts.items() if other != name]
    assert {route["dst"] for route in document["routes"]} == {host.pod_subnet[0] for host in others}
    assert {entry["lladdr"]: entry["dst"] for entry in document["fdb"]} == {
        host.tunnel_mac: host.node_ip[0] for host in others
    }
    assert len(document["neighbors"]) == len(others)


@pytest.mark.parametrize(
    ("mode", "layer"),
    [("vxlan", "bridge"), ("vxlan", "vxlan"), ("geneve", "geneve"), ("direct", "direct"), ("bgp", "bgp")],
)
@given(
    count=st.integers(1, 5),
    cidr=st.sampled_from([*DUAL, ",".join(DUAL)]),
    address=st.sampled_from(["192.0.2.{}", "2001:db8::{}"]),
    exclude=st.sampled_from(["", "198.51.100.0/24,2001:db8:9::/48", "0.0.0.0/0"]),
)
def test_documents_are_valid_and_their_rules_are_in_normal_form(
    mode: str, layer: str, count: int, cidr: str, address: str, exclude: str
) -> None:
    variables = hosts(count, mode=mode, cluster_cidr=cidr, masquerade_exclude=exclude)
    for number, given_ in enumerate(variables.values(), start=1):
        both = ["192.0.2.%d" % number, "2001:db8::%d" % number]
        given_["fabric_node_ip"] = both if mode in ("direct", "bgp") else address.format(number)
    found = documents.document(planned(variables), "node-1", layer)
    state = normalise(found)
    assert sum(map(len, state.values())) == sum(len(objects) for name, objects in found.items() if name != "version")
    for chain in found.get("iptables", ()):
        normal = state["iptables"][chain["family"], chain["table"], chain["chain"]]
        assert list(normal["rules"]) == chain["rules"]


def test_unknown_host_and_layer_are_refused() -> None:
    plan: Plan = planned(hosts(1))
    with pytest.raises(ValueError, match="node-9 is not in the plan"):
        documents.document(plan, "node-9", "bridge")
    with pytest.raises(ValueError, match="no layer gre"):
        documents.document(plan, "node-1", "gre")
