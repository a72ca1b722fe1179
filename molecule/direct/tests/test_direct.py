"""Direct routes of both address families: no tunnel, full MTU, and back again after a reboot.

The story is played once; each test looks at what its steps reported, or at the hosts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from shared.capture import captured
from shared.lab import lab, matrix, pod_addresses, podman
from shared.nodes import IPV6_SUBNETS, NODES, SUBNETS, others
from shared.runs import playbook
from shared.story import Story, assert_reset_leaves_bare_hosts, assert_second_run_changes_nothing, provision

IPV6_GATEWAYS = {name: f"2001:db8:100::{address.rpartition('.')[2]}" for name, address in NODES.items()}

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


def test_a_route_of_either_family_leads_to_each_peers_node_ip(node: Host, read: Read) -> None:
    for peer in others(node):
        (route,) = read(node, f"ip -j route show {SUBNETS[peer]}")
        assert (route["gateway"], route["dev"], route["metric"]) == (NODES[peer], "eth0", 12)
        (route,) = read(node, f"ip -j -6 route show {IPV6_SUBNETS[peer]}")
        assert (route["gateway"], route["dev"], route["metric"]) == (IPV6_GATEWAYS[peer], "eth0", 12)


def test_there_is_no_tunnel(node: Host, read: Read) -> None:
    kinds = {link.get("linkinfo", {}).get("info_kind") for link in read(node, "ip -j -d link show")}
    assert kinds & {"vxlan", "geneve"} == set()


def test_pods_have_the_underlays_mtu(pods: dict[str, str], nodes: dict[str, Host]) -> None:
    pid = nodes["node-1"].check_output("pgrep -o -x sleep")
    ping = f"nsenter -t {pid} -n ping -c 2 -W 2 -M do"
    # 1500 bytes are 20 of IPv4 or 40 of IPv6, 8 of ICMP, and data.
    assert nodes["node-1"].run(f"{ping} -s 1472 {pods['server']}").rc == 0
    assert nodes["node-1"].run(f"{ping} -s 1473 {pods['server']}").rc != 0
    assert nodes["node-1"].run(f"{ping} -s 1452 {pod_addresses(6)['server']}").rc == 0


@pytest.mark.parametrize("family", [4, 6])
def test_packets_cross_the_underlay_as_they_are(family: int, pods: dict[str, str], nodes: dict[str, Host]) -> None:
    assert pods
    addresses = pod_addresses(family)

    def ping() -> None:
        assert lab("exec", "client", "--", "ping", "-c", "1", "-W", "2", addresses["server"]).returncode == 0

    seen = captured(nodes["node-2"], "eth0", f"host {addresses['server']}", ping)
    assert any(f"{addresses['client']} > {addresses['server']}: ICMP" in line for line in seen)


def test_every_pod_reaches_every_other(pods: dict[str, str]) -> None:
    assert len(pods) == 4
    paths = matrix()
    assert "fd00:10:244:" in str(pod_addresses(6))
    assert paths.splitlines()[-1].split()[0] == paths.splitlines()[-1].split()[2]


def test_verify_passes() -> None:
    verified = playbook("verify")
    assert verified.code == 0, verified.output
    assert "60 of 60 paths work" in verified.output


def test_routes_are_back_after_a_reboot(nodes: dict[str, Host]) -> None:
    before = nodes["node-2"].check_output("ip route show proto podnet; ip -6 route show proto podnet")
    podman("restart", "node-2")
    assert lab("up").returncode == 0  # waits until it has booted
    assert nodes["node-2"].check_output("ip route show proto podnet; ip -6 route show proto podnet") == before


def test_zz_reset_leaves_what_a_fresh_host_has(story: Story, nodes: dict[str, Host]) -> None:
    assert_reset_leaves_bare_hosts(story, nodes)
