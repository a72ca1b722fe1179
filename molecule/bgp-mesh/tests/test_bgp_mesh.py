"""Nodes tell each other of their pods by BGP: what they believe, and what becomes of it when things change or go wrong.

The story is played once; each test looks at what its steps reported, or at the hosts, which it leaves as they are.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from testinfra.host import Host

from shared.fingerprint import differences, fingerprints
from shared.lab import lab, matrix, pod_addresses
from shared.nodes import NODES, SUBNETS, others
from shared.runs import Run, playbook
from shared.traffic import between

IPV6_GATEWAYS = {name: f"2001:db8:100::{address.rpartition('.')[2]}" for name, address in NODES.items()}
IPV6_SUBNETS = {name: f"fd00:10:244:{number or ''}::/64".replace(":::", "::") for number, name in enumerate(NODES)}
PASSWORD = "not-a-secret-in-the-lab"
#: There is none; it is one more neighbor to keep a secret of.
ROUTER = {"address": "198.51.100.254", "asn": "64600", "password": "nor-is-this-in-the-lab"}
#: What a site that changes neighbors does on a host.
LAYER, CONFIGURATION = (
    f"podnet.baremetal.bgp : {task}"
    for task in ("Bring the layer to the host", "Have FRR announce the host's pods and find those of others")
)
#: Seconds that sessions have to come up.
PATIENCE = 30

Read = Callable[[Host, str], Any]
#: How often each session has been established, by neighbor. (The time of it, FRR tells a second off.)
Sessions = dict[str, int]


@dataclass(frozen=True, repr=False)
class Story:
    """Hosts before the collection, provisioned, provisioned again."""

    bare: dict[str, list[str]]
    services: dict[str, str]
    site: Run
    again: Run


@pytest.fixture(scope="module", autouse=True)
def story(nodes: dict[str, Host]) -> Story:
    told = Story(fingerprints(nodes), services(nodes), playbook("site", "--diff"), playbook("site"))
    assert told.site.code == 0, told.site.output
    until_established(nodes)
    return told


def services(nodes: dict[str, Host]) -> dict[str, str]:
    """Whether FRR runs, and whether it is started at boot."""
    return {name: node.run("systemctl is-active frr; systemctl is-enabled frr").stdout for name, node in nodes.items()}


def sessions(node: Host) -> Sessions:
    """Those that are established."""
    found = json.loads(node.check_output("vtysh -c 'show bgp neighbors json'"))
    return {name: its["connectionsEstablished"] for name, its in found.items() if its["bgpState"] == "Established"}


def until_established(nodes: dict[str, Host]) -> None:
    """Wait until each node has a session of either family with each other."""
    until(lambda: [len(sessions(node)) for node in nodes.values()], [4, 4, 4])


def until(found: Callable[[], list[int]], wanted: list[int]) -> None:
    end = time.monotonic() + PATIENCE
    while (present := found()) != wanted:
        assert time.monotonic() < end, present
        time.sleep(0.5)


def test_second_run_changes_nothing(story: Story) -> None:
    assert story.again.code == 0, story.again.output
    assert story.again.changed() == []


def test_status_on_the_hosts_says_in_sync(node: Host) -> None:
    status = node.run("podnet status")
    assert status.rc == 0, status.stdout
    assert "bgp: in sync" in status.stdout


def test_a_bgp_route_of_either_family_leads_to_each_peers_node_ip(node: Host, read: Read) -> None:
    for peer in others(node):
        (route,) = read(node, f"ip -j route show {SUBNETS[peer]}")
        assert (route["gateway"], route["dev"], route["protocol"]) == (NODES[peer], "eth0", "bgp")
        (route,) = read(node, f"ip -j -6 route show {IPV6_SUBNETS[peer]}")
        assert (route["gateway"], route["dev"], route["protocol"]) == (IPV6_GATEWAYS[peer], "eth0", "bgp")


def test_there_is_no_tunnel(node: Host, read: Read) -> None:
    kinds = {link.get("linkinfo", {}).get("info_kind") for link in read(node, "ip -j -d link show")}
    assert kinds & {"vxlan", "geneve"} == set()


def test_pods_have_the_underlays_mtu(pods: dict[str, str], nodes: dict[str, Host]) -> None:
    pid = nodes["node-1"].check_output("pgrep -o -x sleep")
    ping = f"nsenter -t {pid} -n ping -c 2 -W 2 -M do {pods['server']} -s"
    # 1500 bytes are 20 of IPv4, 8 of ICMP, and data.
    assert nodes["node-1"].run(f"{ping} 1472").rc == 0
    assert nodes["node-1"].run(f"{ping} 1473").rc != 0


def test_every_pod_reaches_every_other(pods: dict[str, str]) -> None:
    assert len(pods) == len(pod_addresses(6)) == 4
    paths = matrix().splitlines()[-1].split()
    assert paths[0] == paths[2]


def test_verify_passes_and_has_looked_at_all_sessions() -> None:
    verified = playbook("verify")
    assert verified.code == 0, verified.output
    assert "60 of 60 paths work" in verified.output
    looks = [found for name in NODES for found in verified.results(name, "bgp_info")]
    assert [(found["sessions"], found["unanswered"]) for found in looks] == [([], "")] * len(NODES)


def test_the_password_is_shown_nowhere(story: Story, node: Host) -> None:
    assert "@password@" in story.site.output
    assert_shown_nowhere(PASSWORD, story.site, node)
    assert node.file("/etc/frr/frr.conf").mode == 0o640


def assert_shown_nowhere(secret: str, run: Run, node: Host) -> None:
    """Neither in what a run said, nor on the host but where FRR has it."""
    assert secret not in run.output
    assert secret not in json.dumps([task.result for task in run.tasks])
    readable = node.check_output("grep -rlE %s /etc /run /var/log /tmp /var/lib/frr 2>/dev/null || true", secret)
    assert readable.split() == ["/etc/frr/frr.conf"]
    assert node.run("journalctl --grep %s", secret).stdout.count(secret) == 0


def test_a_changed_setting_and_a_router_with_its_own_password_leave_sessions_up(nodes: dict[str, Host]) -> None:
    before = {name: sessions(node) for name, node in nodes.items()}
    settings = {"bgp_keepalive": 5, "bgp_hold": 15, "bgp_communities": ["64512:100"], "fabric_bgp_routers": [ROUTER]}
    changed = playbook("site", "--diff", "-vvv", "-e", json.dumps(settings))
    assert changed.code == 0, changed.output[-3000:]
    assert set(changed.changed()) == {LAYER, CONFIGURATION}
    assert {name: sessions(node) for name, node in nodes.items()} == before
    assert "password @router_1_password@" in changed.output
    # Whoever runs it said the password on the command line, and ansible-playbook says that first.
    _command, tasks = changed.output.split("PLAY [", 1)
    for node in nodes.values():
        assert_shown_nowhere(ROUTER["password"], replace(changed, output=tasks), node)


@pytest.mark.usefixtures("pods")
def test_packets_go_on_while_frr_restarts(nodes: dict[str, Host], capsys: pytest.CaptureFixture[str]) -> None:
    with between(nodes, "client", "server") as traffic:
        nodes["node-2"].check_output("systemctl restart frr")
        until_established(nodes)
        time.sleep(2)
    with capsys.disabled():
        print(f"\nwhile FRR restarted: {traffic.pings} pings, longest pause of the stream {traffic.longest_pause} s")
    assert traffic.whole, traffic


def test_a_peer_is_not_believed_what_is_not_pods(nodes: dict[str, Host], read: Read) -> None:
    foreign = ["0.0.0.0/0", "192.0.2.0/24", "10.244.0.0/16", SUBNETS["node-1"], "10.244.9.128/25"]
    lies = ["no neighbor podnet-nodes-v4 route-map podnet-out-v4 out", *(f"network {prefix}" for prefix in foreign)]
    commands = ["configure terminal", "router bgp 64512", "address-family ipv4 unicast", *lies]
    nodes["node-3"].check_output(" ".join(["vtysh", *(f"-c '{command}'" for command in commands)]))
    time.sleep(3)
    told = json.loads(nodes["node-3"].check_output(f"vtysh -c 'show bgp ipv4 neighbors {NODES['node-1']} adv json'"))
    assert set(foreign) <= set(told["advertisedRoutes"])
    routes = {route["dst"] for route in read(nodes["node-1"], "ip -j route show proto bgp")}
    assert routes == {SUBNETS["node-2"], SUBNETS["node-3"]}
    mended = playbook("site", "--limit", "node-3")
    assert mended.code == 0, mended.output
    assert mended.changed("node-3") == [LAYER, CONFIGURATION]
    assert "192.0.2.0/24" not in nodes["node-3"].check_output("vtysh -c 'show running-config'")


def test_verify_names_a_wrong_password(nodes: dict[str, Host]) -> None:
    password = f"{{{{ 'another-one' if inventory_hostname == 'node-3' else '{PASSWORD}' }}}}"
    wrong = playbook("site", "-e", json.dumps({"bgp_password": password}))
    assert wrong.code == 0, wrong.output
    until(lambda: [len(sessions(node)) for node in nodes.values()], [2, 2, 0])
    verified = playbook("verify")
    assert verified.code != 0
    assert "of 60 paths work, 8 BGP sessions do not" in verified.output
    assert f"node-1: the BGP session with node-3 ({NODES['node-3']}) is not established" in verified.output
    assert f"node-3: the BGP session with node-2 ({NODES['node-2']}) is not established" in verified.output
    assert "wrong password: the peer signs with another password" in verified.output
    assert PASSWORD not in verified.output


def test_zz_reset_leaves_what_was_there_before(story: Story, nodes: dict[str, Host]) -> None:
    assert lab("delete").returncode == 0
    reset = playbook("reset")
    assert reset.code == 0, reset.output
    assert all(reset.changed(name) for name in NODES)
    left = differences(story.bare, fingerprints(nodes))
    # FRR came to node-3 with the collection, and packages stay: switched off, and with their own files.
    packages = [line for line in left if line.startswith("node-3: ") and "  /etc/" in line and "podnet" not in line]
    assert [line for line in left if line not in packages] == []
    assert services(nodes) == {**story.services, "node-3": "inactive\ndisabled\n"}
    assert nodes["node-3"].check_output("dpkg --verify frr") == ""
