"""A tunnel carries pods of either address family over node IPs of either: both over IPv6, then IPv6 alone over IPv4.

The story is played once for each; each test looks at what its steps reported, or at the hosts.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from testinfra.host import Host

from shared.capture import captured
from shared.fingerprint import differences, fingerprints
from shared.inventories import write_inventory
from shared.lab import lab, matrix, pod_addresses
from shared.runs import Run, playbook


@dataclass(frozen=True, repr=False)
class Case:
    """A mix of address families, with the MTU that it leaves pods and the node IPs as tcpdump shows them."""

    pods: tuple[int, ...]
    variables: dict[str, object]
    mtu: int
    outer: str


CASES = {
    "both over IPv6": Case((4, 6), {}, 1430, "2001:db8:100::11"),
    "IPv6 over IPv4": Case(
        (6,),
        {"fabric_cluster_cidr": "fd00:10:244::/48", "fabric_service_cidr": "fd00:10:96::/112"},
        1450,
        "198.51.100.11",
    ),
}


@dataclass(frozen=True, repr=False)
class Story:
    """Bare hosts, provisioned, provisioned again, with pods."""

    case: Case
    site: Run
    again: Run
    addresses: dict[int, dict[str, str]]


@pytest.fixture(scope="module", params=list(CASES), ids=lambda name: name.replace(" ", "-"))
def story(
    request: pytest.FixtureRequest, nodes: dict[str, Host], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """One case from bare hosts to bare hosts."""
    case = CASES[request.param]
    inventory = write_inventory(tmp_path_factory.mktemp("inventory") / "lab", variables=case.variables)
    if case.pods == (6,):
        over_ipv4(inventory)
    bare = fingerprints(nodes)
    site, again = playbook("site", inventory=inventory), playbook("site", inventory=inventory)
    assert site.code == 0, site.output
    started = lab("apply")
    assert started.returncode == 0, started.stdout
    yield Story(case, site, again, {family: pod_addresses(family) for family in (4, 6)})
    assert lab("delete").returncode == 0
    reset = playbook("reset", inventory=inventory)
    assert reset.code == 0, reset.output
    assert differences(bare, fingerprints(nodes)) == []


def over_ipv4(inventory: Path) -> None:
    """Let the nodes reach each other where Ansible reaches them."""
    hosts = inventory / "hosts.yml"
    lines = [line for line in hosts.read_text().splitlines() if "fabric_node_ip" not in line]
    hosts.write_text("\n".join(lines) + "\n")


def test_second_run_changes_nothing(story: Story) -> None:
    assert story.again.code == 0, story.again.output
    assert story.again.changed() == []


def test_pods_have_an_address_of_each_family_they_should_have(story: Story) -> None:
    networks = {4: ipaddress.ip_network("10.244.0.0/16"), 6: ipaddress.ip_network("fd00:10:244::/48")}
    for family, addresses in story.addresses.items():
        assert len(addresses) == (4 if family in story.case.pods else 0)
        assert all(ipaddress.ip_address(address) in networks[family] for address in addresses.values())


def test_every_pod_reaches_every_other(story: Story) -> None:
    paths = matrix().splitlines()[-1].split()
    assert paths[0] == paths[2]
    assert int(paths[0]) >= 12 * len(story.case.pods)


def test_full_packets_pass_and_larger_ones_do_not(story: Story, nodes: dict[str, Host]) -> None:
    pid = nodes["node-1"].check_output("pgrep -o -x sleep")
    for family in story.case.pods:
        data = story.case.mtu - 8 - {4: 20, 6: 40}[family]
        ping = f"nsenter -t {pid} -n ping -c 2 -W 2 -M do {story.addresses[family]['server']} -s"
        assert nodes["node-1"].run(f"{ping} {data}").rc == 0
        assert nodes["node-1"].run(f"{ping} {data + 1}").rc != 0


def test_packets_travel_in_the_tunnel_between_the_node_ips(story: Story, nodes: dict[str, Host]) -> None:
    family = story.case.pods[-1]

    def ping() -> None:
        address = story.addresses[family]["server"]
        assert lab("exec", "client", "--", "ping", "-c", "1", "-W", "2", address).returncode == 0

    seen = captured(nodes["node-2"], "eth0", "udp port 4789", ping)
    assert any(f" {story.case.outer}." in line and "VXLAN" in line for line in seen)


def test_verify_passes(story: Story) -> None:
    verified = playbook("verify")
    assert verified.code == 0, verified.output
    assert f"{30 * len(story.case.pods)} of {30 * len(story.case.pods)} paths work" in verified.output
