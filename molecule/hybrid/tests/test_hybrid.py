"""Nodes of one rack reach each other's pods by plain routes, those of different racks over VXLAN, in both families."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from shared.capture import captured
from shared.lab import lab, matrix, pod_addresses
from shared.nodes import IPV6_SUBNETS, NODES, SUBNETS
from shared.runs import playbook
from shared.story import Story, assert_reset_leaves_bare_hosts, assert_second_run_changes_nothing, provision

#: On rack a: node-1 and node-2. On rack b: node-3.
NEAR = [("node-1", "node-2"), ("node-2", "node-1")]
FAR = [("node-1", "node-3"), ("node-2", "node-3"), ("node-3", "node-1"), ("node-3", "node-2")]
#: By address family: node IPs and pod subnets.
NODE_IPS = {4: NODES, 6: {"node-1": "2001:db8:100::11", "node-2": "2001:db8:100::12", "node-3": "2001:db8:200::13"}}
POD_SUBNETS = {4: SUBNETS, 6: IPV6_SUBNETS}
MTU = 1450

Read = Callable[[Host, str], Any]


@pytest.fixture(scope="module", autouse=True)
def story(nodes: dict[str, Host]) -> Story:
    return provision(nodes)


def test_second_run_changes_nothing() -> None:
    assert_second_run_changes_nothing()


def test_status_on_the_hosts_says_in_sync(node: Host) -> None:
    status = node.run("podnet status")
    assert status.rc == 0, status.stdout
    assert "direct: in sync" in status.stdout
    assert "vxlan: in sync" in status.stdout


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize(("name", "peer"), NEAR)
def test_on_one_rack_the_route_leads_straight_to_the_node(
    nodes: dict[str, Host], read: Read, family: int, name: str, peer: str
) -> None:
    (route,) = read(nodes[name], f"ip -j -{family} route show {POD_SUBNETS[family][peer]}")
    assert (route["gateway"], route["dev"]) == (NODE_IPS[family][peer], "eth0")


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize(("name", "peer"), FAR)
def test_between_racks_the_route_leads_into_the_tunnel(
    nodes: dict[str, Host], read: Read, family: int, name: str, peer: str
) -> None:
    (route,) = read(nodes[name], f"ip -j -{family} route show {POD_SUBNETS[family][peer]}")
    assert route["dev"] == "podnet-vxlan"


@pytest.mark.parametrize("name", NODES)
def test_no_host_holds_a_tunnel_to_a_node_of_its_own_rack(nodes: dict[str, Host], read: Read, name: str) -> None:
    ends = {entry["dst"] for entry in read(nodes[name], "bridge -j fdb show dev podnet-vxlan")}
    assert ends == {NODES[peer] for own, peer in FAR if own == name}


@pytest.mark.usefixtures("pods")
@pytest.mark.parametrize("family", [4, 6])
def test_on_one_rack_packets_travel_as_they_are(nodes: dict[str, Host], family: int) -> None:
    pods = pod_addresses(family)
    seen = seen_on_the_way(nodes, pods["server"])
    assert any(f"{pods['client']} > {pods['server']}: ICMP" in line for line in seen)
    assert [line for line in seen if "VXLAN" in line] == []


@pytest.mark.usefixtures("pods")
@pytest.mark.parametrize("family", [4, 6])
def test_between_racks_packets_travel_in_the_tunnel(nodes: dict[str, Host], family: int) -> None:
    pods = pod_addresses(family)
    seen = seen_on_the_way(nodes, pods["pair"])
    packets = [line for line in seen if line[0].isdigit()]  # a packet's inside has no time in front
    assert any(f"{NODES['node-1']}." in line and f"> {NODES['node-3']}.4789" in line for line in packets)
    assert all("VXLAN" in line for line in packets)
    assert any(f"{pods['client']} > {pods['pair']}: ICMP" in line for line in seen)


@pytest.mark.usefixtures("pods")
def test_bridge_tunnel_and_pods_have_the_overlays_mtu(node: Host, read: Read) -> None:
    mtus = {link["ifname"]: link["mtu"] for link in read(node, "ip -j link show")}
    ours = {name: mtu for name, mtu in mtus.items() if name.startswith(("cni0", "podnet-vxlan", "veth"))}
    assert len(ours) > 2
    assert set(ours.values()) == {MTU}
    assert mtus["eth0"] == MTU + 50


@pytest.mark.usefixtures("pods")
def test_every_pod_reaches_every_other() -> None:
    assert "fd00:10:244:" in lab("pods").stdout
    matrix()


def test_verify_passes() -> None:
    verified = playbook("verify")
    assert verified.code == 0, verified.output
    assert "60 of 60 paths work" in verified.output


def test_zz_reset_leaves_what_a_fresh_host_has(story: Story, nodes: dict[str, Host]) -> None:
    assert_reset_leaves_bare_hosts(story, nodes)


def seen_on_the_way(nodes: dict[str, Host], address: str) -> list[str]:
    """What node-1 sends and gets on the underlay, as it is or in a tunnel, while its client pings an address."""

    def ping() -> None:
        assert lab("exec", "client", "--", "ping", "-c", "1", "-W", "2", address).returncode == 0

    return captured(nodes["node-1"], "eth0", f"udp port 4789 or host {address}", ping)
