"""What is on the wire: between nodes tunnel packets, within a node nothing, and nowhere NAT."""

from __future__ import annotations

from testinfra.host import Host

from shared.capture import captured
from shared.lab import lab


def ping(target: str) -> None:
    assert lab("exec", "client", "--", "ping", "-c", "1", "-W", "2", target).returncode == 0


def test_between_nodes_packets_are_encapsulated(pods: dict[str, str], nodes: dict[str, Host]) -> None:
    packets = captured(nodes["node-1"], "eth0", "udp port 4789", lambda: ping(pods["server"]))
    outer = [line for line in packets if "VXLAN" in line]
    assert any("198.51.100.11" in line and "198.51.100.12.4789" in line and "vni 244" in line for line in outer)
    assert any(f"{pods['client']} > {pods['server']}: ICMP echo request" in line for line in packets)


def test_between_nodes_nothing_goes_without_encapsulation(pods: dict[str, str], nodes: dict[str, Host]) -> None:
    assert captured(nodes["node-1"], "eth0", f"host {pods['server']}", lambda: ping(pods["server"])) == []


def test_within_a_node_nothing_reaches_the_underlay(pods: dict[str, str], nodes: dict[str, Host]) -> None:
    pods_on_the_wire = f"udp port 4789 or host {pods['neighbor']}"
    packets = captured(nodes["node-1"], "eth0", pods_on_the_wire, lambda: ping(pods["neighbor"]))
    assert [line for line in packets if pods["neighbor"] in line] == []
    assert captured(nodes["node-1"], "cni0", f"host {pods['neighbor']}", lambda: ping(pods["neighbor"]))


def test_the_server_sees_the_clients_own_address(pods: dict[str, str], nodes: dict[str, Host]) -> None:
    def fetch() -> None:
        page = lab("exec", "client", "--", "wget", "-qO-", f"http://{pods['server']}")
        assert page.returncode == 0, page.stdout

    packets = captured(nodes["node-2"], "cni0", "tcp dst port 80", fetch)
    assert packets
    assert all(f"{pods['client']}." in line for line in packets)
