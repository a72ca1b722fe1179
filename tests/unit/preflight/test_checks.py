"""Every reason to refuse a host, each with variable, value and way out; and what is no reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Overlay
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.problems import lines
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.iptables_backend import Usage
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.checks import problems, underlay
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.expectation import Expectation, expectation
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.machine import Machine

EXPECTED = Expectation(
    host="node-1",
    mode="vxlan",
    node_ip=["198.51.100.11"],
    near=[""],
    near_peers=[2],
    underlay_mtu=1500,
    cluster_cidr=["10.244.0.0/16"],
    gateway=["10.244.0.1"],
    bridge_name="cni0",
    overlay=Overlay("vxlan", "podnet-vxlan", 244, 4789),
)


def link(kind="", addresses=(), mtu=1500, **more):
    """A link as ``ip -j -d address`` prints it."""
    info = [
        {"family": "inet", "local": address, "prefixlen": int(length)}
        for address, length in (each.split("/") for each in addresses)
    ]
    data = more.pop("data", {})
    kinds = {"linkinfo": {"info_kind": kind, "info_data": data}} if kind else {}
    return {"mtu": mtu, "addr_info": info, **kinds, **more}


def machine(**more):
    """A plain host: one interface with the node IP."""
    links = {"lo": link(addresses=["127.0.0.1/8"], mtu=65536), "eth0": link(addresses=["198.51.100.11/24"])}
    links.update(more.pop("links", {}))
    return Machine(links=links, **more)


def vxlan(vni=244, port=4789, **more):
    return link("vxlan", data={"id": vni, "port": port}, **more)


def said(found, expected=EXPECTED):
    return lines(problems(expected, found))


def test_plain_host_is_taken():
    assert said(machine()) == []
    assert underlay(EXPECTED, machine()) == {"device": "eth0", "mtu": 1500}


def test_host_that_has_all_of_ours_already_is_taken():
    links = {
        "cni0": link("bridge", ["10.244.0.1/24"], mtu=1450, ifalias="podnet: pods of node-1"),
        "podnet-vxlan": vxlan(mtu=1450, ifalias="podnet: tunnel of node-1"),
        "vethdeadbeef": link("veth", mtu=1450, master="cni0"),
    }
    routes = [
        {"dst": "10.244.0.0/24", "dev": "cni0", "protocol": "kernel"},
        {"dst": "10.244.1.0/24", "gateway": "10.244.1.1", "dev": "podnet-vxlan", "protocol": "244"},
        {"dst": "10.244.2.0/24", "gateway": "198.51.100.12", "dev": "eth0", "protocol": "podnet"},
    ]
    assert said(machine(links=links, routes=routes, udp_ports={22, 4789})) == []


@pytest.mark.parametrize(
    ("change", "variable", "words"),
    [
        ({"systemd": False}, "the host", "does not run systemd"),
        ({"modules": {"vxlan": "missing", "bridge": "loadable"}}, "the kernel", "no module vxlan, neither to load nor"),
        ({"links": {"eth0": link()}}, "fabric_node_ip 198.51.100.11", "is on no interface of the host, which has none"),
        (
            {"links": {"eth0": link(addresses=["198.51.100.99/24"])}},
            "fabric_node_ip 198.51.100.11",
            "on no interface of the host, which has 198.51.100.99/24. Set fabric_node_ip to",
        ),
        (
            {"links": {"eth0": link(addresses=["198.51.100.11/24"], mtu=1400)}},
            "fabric_underlay_mtu 1500",
            "more than the MTU of eth0, 1400. Set fabric_underlay_mtu to 1400 for all hosts",
        ),
        ({"links": {"cni0": link("veth")}}, "fabric_bridge_name cni0", "a link that is no bridge. Choose another name"),
        ({"links": {"podnet-vxlan": link("geneve")}}, "fabric_vxlan_name podnet-vxlan", "a link that is no vxlan"),
        (
            {"links": {"flannel.244": vxlan()}},
            "fabric_vxlan_vni 244",
            "on port 4789 by flannel.244, which is not ours. Choose another VNI or port, or delete flannel.244",
        ),
        ({"udp_ports": {4789}}, "fabric_vxlan_port 4789", "another program listens on. Choose another port, or stop"),
        (
            {"links": {"cni0": link("bridge", ["10.42.0.1/24"])}},
            "fabric_bridge_name cni0",
            "the bridge of another network, which left 10.42.0.1/24 on it. Remove that network and its bridge",
        ),
        (
            {"links": {"br-site": link("bridge", ["10.244.7.1/24"])}},
            "fabric_cluster_cidr 10.244.0.0/16",
            "overlaps the address 10.244.7.1/24 of br-site on the host. Choose a fabric_cluster_cidr",
        ),
        (
            {"routes": [{"dst": "10.244.7.0/24", "gateway": "198.51.100.1", "dev": "eth0", "protocol": "static"}]},
            "fabric_cluster_cidr 10.244.0.0/16",
            "a route inside it that is not ours: 10.244.7.0/24 gateway 198.51.100.1 dev eth0 protocol static",
        ),
    ],
)
def test_refusal_names_variable_value_reason_and_way_out(change, variable, words):
    (line,) = said(machine(**change))
    assert line.startswith(f"- node-1: {variable} ")
    assert words in line


def test_all_problems_are_told_at_once():
    found = said(machine(systemd=False, udp_ports={4789}))
    assert len(found) == 2


def test_mtu_of_what_packets_leave_by_counts():
    links = {
        "eth0": link(mtu=9000),
        "eth1": link(mtu=1400, master="bond0"),
        "eth2": link(mtu=9000, master="bond0"),
        "bond0": link("bond", mtu=9000),
        "bond0.7": link("vlan", ["198.51.100.11/24"], mtu=9000, link="bond0"),
        "vnet0": link("tun", mtu=1280, master="br0"),
    }
    (line,) = said(machine(links=links), replace(EXPECTED, underlay_mtu=9000))
    assert "more than the MTU of eth1, 1400" in line


def test_small_mtu_of_a_port_that_node_traffic_does_not_leave_by_is_no_reason():
    links = {
        "eth0": link(master="br0"),
        "vnet0": link("tun", mtu=1280, master="br0"),
        "br0": link("bridge", ["198.51.100.11/24"]),
    }
    assert said(machine(links=links)) == []


def test_another_vxlan_on_our_port_with_another_vni_shares_the_kernels_socket():
    assert said(machine(links={"flannel.1": vxlan(vni=1)}, udp_ports={4789})) == []
    assert said(machine(links={"flannel.244": vxlan(port=8472)}, udp_ports={8472})) == []


def test_what_is_ours_from_another_plan_is_left_to_the_engine():
    links = {
        "cni0": link("bridge", ["10.42.0.1/24"], ifalias="podnet: pods of node-1"),
        "old-name": vxlan(ifalias="podnet: tunnel of node-1"),
    }
    assert said(machine(links=links)) == []


def test_a_bridge_with_pods_on_it_keeps_its_name():
    ours = link("bridge", ["10.244.0.1/24"], ifalias="podnet: pods of node-1")
    pods = {"veth1": link("veth", master="cni0"), "veth2": link("veth", master="cni0")}
    renamed = replace(EXPECTED, bridge_name="br-pods")
    (line,) = said(machine(links={"cni0": ours, **pods}), renamed)
    assert line.startswith("- node-1: fabric_bridge_name br-pods is not the bridge that pods are attached to, cni0")
    assert "(ports: 2). Put cni0 back, or drain the host" in line
    assert said(machine(links={"cni0": ours}), renamed) == []
    assert said(machine(links={"br-site": link("bridge"), "tap0": link("tun", master="br-site")}), renamed) == []


def test_a_tunnel_of_the_mode_that_the_host_leaves_is_ours():
    left = vxlan(addresses=["10.244.7.0/32"], ifalias="podnet: tunnel of node-1")
    assert said(machine(links={"podnet-vxlan": left}), replace(EXPECTED, overlay=None)) == []


def test_bridge_of_another_network_that_has_our_address_or_none_is_taken_over():
    assert said(machine(links={"cni0": link("bridge", ["10.244.0.1/24"])})) == []
    assert said(machine(links={"cni0": link("bridge", ["169.254.0.9/16"])})) == []


def test_other_configurations_are_a_problem_only_if_they_are_not_to_be_set_aside():
    other = replace(EXPECTED, other_configs=["/etc/cni/net.d/05-cilium.conf"])
    (line,) = said(machine(), other)
    assert line.startswith("- node-1: cni_other_configs refuse finds /etc/cni/net.d/05-cilium.conf")
    assert said(machine(), replace(other, other_configs_policy="set_aside")) == []


def test_an_archive_of_plugins_needs_a_checksum():
    archive = replace(EXPECTED, plugins_archive="plugins.tgz")
    for wrong in ("", "sha256:", "md5:" + 32 * "0", "sha256:" + 63 * "0"):
        (line,) = said(machine(), replace(archive, plugins_checksum=wrong))
        assert line.startswith(f"- node-1: cni_plugins_checksum {wrong or repr('')} is not of the form")
    assert said(machine(), replace(archive, plugins_checksum="sha256:" + 64 * "0")) == []


def test_families_are_told_apart():
    addresses = ["198.51.100.11", "2001:db8::11"]
    both = replace(EXPECTED, node_ip=addresses, near=["", ""], cluster_cidr=["10.244.0.0/16", "fd00:10::/48"])
    six = {"family": "inet6", "local": "2001:db8::11", "prefixlen": 64}
    links = {"eth0": {"mtu": 1500, "addr_info": [*link(addresses=["198.51.100.11/24"])["addr_info"], six]}}
    assert said(machine(links=links), both) == []
    routes = [{"dst": "fd00:10:0:7::/64", "dev": "eth0", "protocol": "ra"}]
    (line,) = said(machine(links=links, routes=routes), both)
    assert "fabric_cluster_cidr fd00:10::/48 has a route inside it that is not ours: fd00:10:0:7::/64" in line


def test_pods_of_ipv6_need_a_host_that_has_it():
    without = machine(without_ipv6="ipv6.disable=1")
    assert said(without) == []
    (line,) = said(without, replace(EXPECTED, cluster_cidr=["10.244.0.0/16", "fd00:10::/48"]))
    assert line.startswith("- node-1: fabric_cluster_cidr fd00:10::/48 is IPv6, which no new link of the host gets")
    assert "ipv6.disable=1. Take that out of what the host boots with" in line


def test_expectation_is_a_hosts_part_of_the_plan():
    plan = {
        "cluster": {
            "cluster_cidr": ["10.244.0.0/16"],
            "bridge": {"name": "cni0"},
            "overlay": {"kind": "vxlan", "name": "podnet-vxlan", "vni": 244, "port": 4789},
            "mode": "vxlan",
            "bgp_topology": None,
        },
        "host": {
            "node_ip": ["198.51.100.11"],
            "segment": ["198.51.100.0/24"],
            "underlay_mtu": 1500,
            "gateway": ["10.244.0.1"],
        },
        "near_peers": [2],
    }
    assert expectation("node-1", plan, other_configs=(), other_configs_policy="refuse") == EXPECTED


@pytest.mark.parametrize(
    ("backends", "warned"),
    [
        ({}, False),
        ({"nft": Usage(True, 9), "legacy": Usage(False, 0)}, False),
        ({"nft": Usage(False, 1), "legacy": Usage(False, 2)}, True),
    ],
)
def test_rules_of_both_backends_are_worth_a_warning(backends, warned):
    text = Machine(backends=backends, backend="legacy").mixed_backends()
    assert bool(text) is warned
    assert not warned or ("1 of nft and 2 of legacy" in text and "Ours go to legacy" in text)


def test_near_peers_have_to_be_on_the_hosts_own_subnet():
    direct = replace(EXPECTED, mode="direct", overlay=None, near=["198.51.100.0/24"])
    assert said(machine(), direct) == []
    (line,) = said(machine(links={"eth0": link(addresses=["198.51.100.11/25"])}), direct)
    assert line.startswith("- node-1: fabric_underlay_cidr 198.51.100.0/24 is one subnet to the plan, and the host's")
    assert "198.51.100.11/25. List the subnets that the nodes are on" in line
    assert said(machine(links={"eth0": link(addresses=["198.51.100.11/32"])}), direct) == []


@pytest.mark.parametrize(
    ("topology", "near"), [("mesh", "198.51.100.0/24"), ("reflectors", "198.51.100.0/24"), ("routers", "")]
)
def test_only_routers_reach_peers_on_other_subnets(topology, near):
    cluster = {"mode": "bgp", "cluster_cidr": [], "bridge": {"name": "cni0"}, "overlay": None, "bgp_topology": topology}
    host = {"node_ip": ["198.51.100.11"], "segment": ["198.51.100.0/24"], "underlay_mtu": 1500, "gateway": []}
    assert expectation("node-1", {"cluster": cluster, "host": host, "near_peers": [2]}).near == [near]


def test_routes_of_bgp_are_no_reason_where_bgp_is_ours():
    routes = [{"dst": "10.244.1.0/24", "gateway": "198.51.100.12", "dev": "eth0", "protocol": "bgp"}]
    assert len(said(machine(routes=routes))) == 1
    assert said(machine(routes=routes, documents=["bgp", "bridge"])) == []
    assert said(machine(routes=routes), replace(EXPECTED, mode="bgp", overlay=None)) == []


def test_a_tunnel_of_others_may_not_take_the_packets_of_ours():
    geneve = replace(EXPECTED, mode="geneve", overlay=Overlay("geneve", "podnet-geneve", 244, 6081))
    theirs = {"genev_sys_6081": link("geneve", data={"port": 6081, "external": True})}
    (line,) = said(machine(links=theirs), geneve)
    assert "fabric_geneve_vni 244 is in use on port 6081 by genev_sys_6081" in line
    (line,) = said(machine(links={"vx": vxlan(port=6081)}), geneve)
    assert "fabric_geneve_port 6081 is the UDP port of vx, a vxlan" in line


def test_a_kernel_without_geneve_is_told_the_way_out():
    geneve = replace(EXPECTED, mode="geneve", overlay=Overlay("geneve", "podnet-geneve", 244, 6081))
    (line,) = said(machine(modules={"geneve": "missing"}), geneve)
    assert "has no module geneve" in line
    assert "CONFIG_GENEVE, or use another fabric_mode or fabric_overlay" in line
