"""After site.yml each host holds what docs/architecture.md says, seen with the operator's own tools."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from shared.nodes import GATEWAYS, NODES, SUBNETS, name_of, others

Read = Callable[[Host, str], Any]


def test_bridge_has_the_gateway_address_a_fixed_mac_and_the_pod_mtu(node: Host, read: Read) -> None:
    (link,) = read(node, "ip -j -d link show cni0")
    assert link["linkinfo"]["info_kind"] == "bridge"
    assert link["mtu"] == 1450
    assert int(link["address"].split(":")[0], 16) & 3 == 2, "the MAC is locally administered and unicast"
    (address,) = read(node, "ip -j -4 address show cni0")[0]["addr_info"]
    assert f"{address['local']}/{address['prefixlen']}" == GATEWAYS[name_of(node)] + "/24"


def test_tunnel_device(node: Host, read: Read) -> None:
    (link,) = read(node, "ip -j -d link show podnet-vxlan")
    data = link["linkinfo"]["info_data"]
    assert (data["id"], data["port"], data["local"]) == (244, 4789, NODES[name_of(node)])
    assert data.get("learning") is not True
    assert link["mtu"] == 1450
    assert "UP" in link["flags"]
    assert link["ifalias"].startswith("podnet")


def test_each_peer_has_one_route_one_neighbor_and_one_fdb_entry(nodes: dict[str, Host], node: Host, read: Read) -> None:
    routes = {r["dst"]: r for r in read(node, "ip -j route show proto 244")}
    neighbors = {n["dst"]: n for n in read(node, "ip -j neigh show dev podnet-vxlan nud permanent")}
    forwarding = {f["mac"]: f for f in read(node, "bridge -j fdb show dev podnet-vxlan")}
    assert set(routes) == {SUBNETS[name] for name in others(node)}
    assert set(neighbors) == {GATEWAYS[name] for name in others(node)}
    for name in others(node):
        (peer,) = read(nodes[name], "ip -j link show podnet-vxlan")
        route = routes[SUBNETS[name]]
        assert (route["gateway"], route["dev"], route["flags"]) == (GATEWAYS[name], "podnet-vxlan", ["onlink"])
        assert route["prefsrc"] == GATEWAYS[name_of(node)]
        assert neighbors[GATEWAYS[name]]["lladdr"] == peer["address"]
        assert forwarding[peer["address"]]["dst"] == NODES[name]


def test_the_routes_are_named_as_ours(node: Host) -> None:
    assert "proto podnet" in node.check_output("ip route show")


def test_pod_traffic_is_forwarded_and_only_what_leaves_the_cluster_is_masqueraded(node: Host) -> None:
    assert "-A FORWARD -j PODNET-FORWARD" in node.check_output("iptables -S FORWARD | grep -m1 -- '^-A'")
    nat = node.check_output("iptables -t nat -S PODNET-POSTROUTING").splitlines()
    masquerade = [rule for rule in nat if "MASQUERADE" in rule]
    assert len(masquerade) == 1
    assert "--random-fully" in masquerade[0]
    assert f"-s {SUBNETS[name_of(node)]}" in masquerade[0]


def test_the_overlay_port_is_open_for_peers_only(node: Host) -> None:
    (accept,) = [r for r in node.check_output("iptables -S PODNET-VXLAN").splitlines() if "ACCEPT" in r]
    assert "--dport 4789" in accept
    assert "--match-set podnet-vxlan-v4 src" in accept
    members = node.check_output("ipset list podnet-vxlan-v4 | sed '1,/^Members/d'").split()
    assert sorted(members) == sorted(NODES[name] for name in others(node))


def test_kernel_forwards_and_lets_policy_see_bridged_traffic(node: Host) -> None:
    for name in ("net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"):
        assert node.check_output("sysctl -n %s", name) == "1"


def test_units_are_enabled(node: Host) -> None:
    assert node.service("podnet.service").is_enabled
    assert node.service("podnet-drift.timer").is_enabled
    assert node.service("podnet-drift.timer").is_running


def test_conflist_names_the_bridge_the_subnet_and_the_mtu(node: Host) -> None:
    conflist = json.loads(node.file("/etc/cni/net.d/10-podnet.conflist").content_string)
    plugins = {plugin["type"]: plugin for plugin in conflist["plugins"]}
    assert set(plugins) == {"bridge", "portmap", "bandwidth"}
    assert (plugins["bridge"]["bridge"], plugins["bridge"]["mtu"]) == ("cni0", 1450)
    assert plugins["bridge"]["ipMasq"] is False
    ((pool,),) = plugins["bridge"]["ipam"]["ranges"]
    assert pool["subnet"] == SUBNETS[name_of(node)]


@pytest.mark.parametrize("plugin", ["bridge", "host-local", "loopback", "portmap", "bandwidth"])
def test_plugin_binaries_are_where_the_runtime_looks(node: Host, plugin: str) -> None:
    assert node.run("test -x /opt/cni/bin/%s", plugin).rc == 0


def test_status_on_the_host_says_in_sync(node: Host) -> None:
    assert node.run("podnet status").rc == 0
