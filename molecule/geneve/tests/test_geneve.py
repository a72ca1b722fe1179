"""Geneve on hosts with a stock kernel: the same connectivity as over VXLAN, for pods of either address family.

The story is played once; each test looks at what its steps reported, or at the hosts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from shared.capture import captured
from shared.connectivity import Connectivity
from shared.lab import lab, pod_addresses
from shared.nodes import GATEWAYS, NODES, SUBNETS, others
from shared.runs import Run, playbook
from shared.story import Story, assert_reset_leaves_bare_hosts, provision

IPV6_SUBNETS = {"node-1": "fd00:10:244::/64", "node-2": "fd00:10:244:1::/64"}
MODULE = "/lib/modules/$(uname -r)/kernel/drivers/net/geneve.ko"
#: What is done on the controller alone.
PLAN = "podnet.baremetal.fabric : Plan the cluster's network"
#: What the kernel has more settings for, once it was loaded: nobody unloads it again. We do so with br_netfilter alone.
LOADED_FOR_GOOD = "nf_conntrack"

Read = Callable[[Host, str], Any]


@pytest.fixture(scope="module")
def refused(nodes: dict[str, Host]) -> Run:
    """What site.yml does while a node's kernel has no Geneve."""
    nodes["node-2"].check_output(f"mv {MODULE} /run/geneve.ko && depmod")
    run = playbook("site")
    nodes["node-2"].check_output(f"mv /run/geneve.ko {MODULE} && depmod")
    return run


@pytest.fixture(scope="module")
def both(pods: dict[str, str]) -> dict[int, dict[str, str]]:
    """The pods' addresses by address family."""
    return {4: pods, 6: pod_addresses(6)}


@pytest.fixture(scope="module", autouse=True)
def story(refused: Run, nodes: dict[str, Host]) -> Story:
    for host in nodes.values():
        host.check_output(f"modprobe {LOADED_FOR_GOOD}")
    return provision(nodes)


def test_kernel_without_geneve_is_refused_before_any_change(refused: Run) -> None:
    assert refused.code != 0
    assert set(refused.changed()) <= {PLAN}  # where there was no lock file yet
    (failure,) = (task for task in refused.tasks if task.status == "failed")
    assert failure.host == "node-2"
    assert "the kernel has no module geneve" in failure.result["msg"]
    assert "CONFIG_GENEVE" in failure.result["msg"]


def test_status_on_the_hosts_says_in_sync(node: Host) -> None:
    """So a second run would change nothing. Of all tasks only the engine's read anything of Geneve."""
    status = node.run("podnet status")
    assert status.rc == 0, status.stdout
    assert "geneve: in sync" in status.stdout


def test_the_one_device_takes_the_tunnels_ends_from_routes(node: Host, read: Read) -> None:
    (link,) = read(node, "ip -j -d link show podnet-geneve")
    data = link["linkinfo"]["info_data"]
    assert (link["linkinfo"]["info_kind"], data["external"], data["port"]) == ("geneve", True, 6081)
    assert link["mtu"] == 1450
    assert "UP" in link["flags"]


@pytest.mark.parametrize(("family", "subnets"), [(4, SUBNETS), (6, IPV6_SUBNETS)], ids=["IPv4", "IPv6"])
def test_a_route_through_the_tunnel_leads_to_each_peers_pods(
    node: Host, family: int, subnets: dict[str, str], read: Read
) -> None:
    for peer in others(node):
        (route,) = read(node, f"ip -j -{family} route show {subnets[peer]}")
        # iproute2 says "dst" twice, of the route and then of the tunnel: the last one counts.
        assert (route["encap"], route["id"], route["dst"], route["ttl"]) == ("ip", 244, NODES[peer], 64)
        assert (route["dev"], route["metric"], route["flags"]) == ("podnet-geneve", 16, ["onlink"])


def test_each_peers_gateway_is_a_permanent_neighbor_at_its_tunnels_mac(
    nodes: dict[str, Host], node: Host, read: Read
) -> None:
    neighbors = {n["dst"]: n["lladdr"] for n in read(node, "ip -j neigh show dev podnet-geneve nud permanent")}
    for peer in others(node):
        (link,) = read(nodes[peer], "ip -j link show podnet-geneve")
        assert neighbors[GATEWAYS[peer]] == link["address"]


def test_the_port_is_open_for_peers_only(node: Host) -> None:
    (accept,) = [rule for rule in node.check_output("iptables -S PODNET-GENEVE").splitlines() if "ACCEPT" in rule]
    assert "--dport 6081" in accept
    members = node.check_output("ipset list podnet-geneve-v4 | sed '1,/^Members/d'").split()
    assert sorted(members) == sorted(NODES[name] for name in others(node))


class TestConnectivity(Connectivity):
    """Over Geneve."""

    def test_full_packets_of_ipv6_pass_and_larger_ones_do_not(
        self, both: dict[int, dict[str, str]], nodes: dict[str, Host]
    ) -> None:
        data = self.mtu - 48  # 40 bytes are IPv6's, 8 are ICMP's
        pid = nodes["node-1"].check_output("pgrep -o -x sleep")
        ping = f"nsenter -t {pid} -n ping -c 2 -W 2 -M do {both[6]['server']} -s"
        assert nodes["node-1"].run(f"{ping} {data}").rc == 0
        assert nodes["node-1"].run(f"{ping} {data + 1}").rc != 0

    @pytest.mark.parametrize("family", [4, 6])
    def test_between_nodes_packets_travel_in_geneve(
        self, both: dict[int, dict[str, str]], nodes: dict[str, Host], family: int
    ) -> None:
        addresses = both[family]

        def ping() -> None:
            assert lab("exec", "client", "--", "ping", "-c", "1", "-W", "2", addresses["server"]).returncode == 0

        seen = captured(nodes["node-2"], "eth0", f"udp port 6081 or host {addresses['server']}", ping)
        outer = [line for line in seen if line[0].isdigit()]  # a packet's inside has no time in front
        assert any(f"{NODES['node-1']}." in line and f"> {NODES['node-2']}.6081: Geneve" in line for line in outer)
        assert all("Geneve" in line and "vni 0xf4" in line for line in outer)
        assert any(f"{addresses['client']} > {addresses['server']}: ICMP" in line for line in seen)


def test_verify_passes() -> None:
    verified = playbook("verify")
    assert verified.code == 0, verified.output
    assert "24 of 24 paths work" in verified.output


def test_zz_reset_leaves_what_a_fresh_host_has(story: Story, nodes: dict[str, Host]) -> None:
    assert_reset_leaves_bare_hosts(story, nodes)
