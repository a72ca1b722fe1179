"""The guide's example with real pods: client on node-1, server on node-2."""

from __future__ import annotations

import ipaddress

from testinfra.host import Host

from shared.lab import lab, matrix
from shared.nodes import SUBNETS


def test_pods_have_addresses_of_their_nodes_subnets(pods: dict[str, str]) -> None:
    nodes = {"client": "node-1", "neighbor": "node-1", "server": "node-2", "pair": "node-3"}
    assert set(pods) == set(nodes)
    for name, node in nodes.items():
        assert ipaddress.ip_address(pods[name]) in ipaddress.ip_network(SUBNETS[node])


def test_client_fetches_the_servers_page(pods: dict[str, str]) -> None:
    page = lab("exec", "client", "--", "wget", "-qO-", f"http://{pods['server']}")
    assert page.returncode == 0, page.stdout
    assert "nginx" in page.stdout


def test_client_pings_the_server_without_loss(pods: dict[str, str]) -> None:
    ping = lab("exec", "client", "--", "ping", "-c", "3", pods["server"])
    assert ping.returncode == 0, ping.stdout
    assert " 0% packet loss" in ping.stdout


def test_full_packets_pass_and_larger_ones_do_not(pods: dict[str, str], nodes: dict[str, Host]) -> None:
    # 1450 bytes are 20 of IPv4, 8 of ICMP and 1422 of data.
    pid = nodes["node-1"].check_output("pgrep -o -x sleep")
    ping = f"nsenter -t {pid} -n ping -c 2 -W 2 -M do -s"
    assert nodes["node-1"].run(f"{ping} 1422 {pods['server']}").rc == 0
    assert nodes["node-1"].run(f"{ping} 1423 {pods['server']}").rc != 0


def test_containers_of_one_pod_share_localhost(pods: dict[str, str]) -> None:
    page = lab("exec", "pair", "-c", "shell", "--", "wget", "-qO-", "http://localhost:8080")
    assert page.returncode == 0, page.stdout


def test_a_node_reaches_pods_of_every_node(pods: dict[str, str], node: Host) -> None:
    for address in pods.values():
        assert node.run("ping -c 1 -W 2 %s", address).rc == 0


def test_every_path_works(pods: dict[str, str]) -> None:
    count = matrix().splitlines()[-1].split()
    assert count[:3:2] == [count[0]] * 2
    assert count[3:] == ["paths", "work"]
    assert int(count[0]) >= len(pods) * (len(pods) - 1)
