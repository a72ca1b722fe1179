"""The guide's example with real pods, client on node-1 and server on node-2, whatever carries their packets.

A scenario inherits the tests: `class TestConnectivity(Connectivity)`.
"""

from __future__ import annotations

import ipaddress

from testinfra.host import Host

from shared.lab import lab, matrix
from shared.nodes import NODES, SUBNETS

#: Which pod is on which node; there are those of the nodes that there are.
PLACES = {"client": "node-1", "neighbor": "node-1", "server": "node-2", "pair": "node-3"}


class Connectivity:
    """What a user tries first."""

    #: Bytes of the largest packet that a pod may send.
    mtu = 1450

    def test_pods_have_addresses_of_their_nodes_subnets(self, pods: dict[str, str]) -> None:
        places = {name: node for name, node in PLACES.items() if node in NODES}
        assert set(pods) == set(places)
        for name, node in places.items():
            assert ipaddress.ip_address(pods[name]) in ipaddress.ip_network(SUBNETS[node])

    def test_client_fetches_the_servers_page(self, pods: dict[str, str]) -> None:
        page = lab("exec", "client", "--", "wget", "-qO-", f"http://{pods['server']}")
        assert page.returncode == 0, page.stdout
        assert "nginx" in page.stdout

    def test_client_pings_the_server_without_loss(self, pods: dict[str, str]) -> None:
        ping = lab("exec", "client", "--", "ping", "-c", "3", pods["server"])
        assert ping.returncode == 0, ping.stdout
        assert " 0% packet loss" in ping.stdout

    def test_full_packets_pass_and_larger_ones_do_not(self, pods: dict[str, str], nodes: dict[str, Host]) -> None:
        data = self.mtu - 28  # 20 bytes are IPv4's, 8 are ICMP's
        pid = nodes["node-1"].check_output("pgrep -o -x sleep")
        ping = f"nsenter -t {pid} -n ping -c 2 -W 2 -M do -s"
        assert nodes["node-1"].run(f"{ping} {data} {pods['server']}").rc == 0
        assert nodes["node-1"].run(f"{ping} {data + 1} {pods['server']}").rc != 0

    def test_a_node_reaches_pods_of_every_node(self, pods: dict[str, str], node: Host) -> None:
        for address in pods.values():
            assert node.run("ping -c 1 -W 2 %s", address).rc == 0

    def test_every_path_works(self, pods: dict[str, str]) -> None:
        count = matrix().splitlines()[-1].split()
        assert count[:3:2] == [count[0]] * 2
        assert count[3:] == ["paths", "work"]
        assert int(count[0]) >= len(pods) * (len(pods) - 1)
