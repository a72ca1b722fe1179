"""Nodes that only know two route reflectors reach each other, also when one of these is gone.

The story is played once; each test looks at what its steps reported, or at the hosts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from shared.fingerprint import differences, fingerprints
from shared.lab import lab, matrix, podman
from shared.nodes import NODES
from shared.runs import Run, playbook
from shared.traffic import between

LEAF = Path(__file__).parents[1] / "files" / "leaf.yaml"
REFLECTORS, CLIENTS = ("node-1", "node-2"), ("node-3", "node-4")
#: Seconds that sessions have to come up, or to be given up.
PATIENCE = 30

Read = Callable[[Host, str], Any]


@dataclass(frozen=True, repr=False)
class Story:
    """Bare hosts, provisioned, provisioned again."""

    bare: dict[str, list[str]]
    site: Run
    again: Run


@pytest.fixture(scope="module", autouse=True)
def story(nodes: dict[str, Host]) -> Story:
    told = Story(fingerprints(nodes), playbook("site"), playbook("site"))
    assert told.site.code == 0, told.site.output
    for name, node in nodes.items():
        until(partial(established, node), expected(name))
    return told


@pytest.fixture(scope="module")
def leaf(pods: dict[str, str]) -> None:
    """A pod on the second client as well."""
    assert pods
    started = lab("apply", str(LEAF))
    assert started.returncode == 0, started.stdout


def until(found: Callable[[], set[str]], wanted: set[str]) -> float:
    """Wait for it; how many seconds it took."""
    start = time.monotonic()
    while (present := found()) != wanted:
        assert time.monotonic() - start < PATIENCE, present
        time.sleep(0.2)
    return time.monotonic() - start


def established(node: Host) -> set[str]:
    """The names of the peers that there is a session with."""
    found = json.loads(node.check_output("vtysh -c 'show bgp neighbors json'"))
    return {its["nbrDesc"] for its in found.values() if its["bgpState"] == "Established"}


def expected(name: str) -> set[str]:
    """Of a reflector all others, of a client the reflectors."""
    return set(NODES) - {name} if name in REFLECTORS else set(REFLECTORS)


def test_second_run_changes_nothing(story: Story) -> None:
    assert story.again.code == 0, story.again.output
    assert story.again.changed() == []


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_is_told_of_the_other_and_sends_to_it_directly(nodes: dict[str, Host], read: Read, name: str) -> None:
    assert established(nodes[name]) == set(REFLECTORS)
    gateways = {route["gateway"] for route in read(nodes[name], "ip -j route show proto bgp")}
    assert gateways == {address for peer, address in NODES.items() if peer != name}


def test_bfd_watches_the_sessions(node: Host, read: Read) -> None:
    peers = read(node, "vtysh -c 'show bfd peers json'")
    assert {peer["status"] for peer in peers} == {"up"}


@pytest.mark.usefixtures("leaf")
def test_every_pod_reaches_every_other() -> None:
    matrix()


def test_verify_passes() -> None:
    verified = playbook("verify")
    assert verified.code == 0, verified.output
    assert "56 of 56 paths work" in verified.output


def test_verify_names_a_session_that_is_down_though_all_paths_work(nodes: dict[str, Host]) -> None:
    """Whoever waits until the other reflector dies as well has an outage."""
    client = nodes["node-3"]
    neighbor = f"neighbor {NODES['node-1']} password"
    tell(client, f"{neighbor} another-one")
    until(partial(established, client), {"node-2"})
    verified = playbook("verify")
    tell(client, f"no {neighbor}")
    until(partial(established, client), set(REFLECTORS))
    assert verified.code != 0
    assert "56 of 56 paths work, 2 BGP sessions do not" in verified.output
    down = f"node-3: the BGP session with node-1 ({NODES['node-1']}) is not established"
    assert down in verified.output
    assert "wrong password: the peer does not sign what it sends: it has no password" in verified.output
    assert "wrong password: the peer signs what it sends, and there is no password here" in verified.output


def tell(node: Host, command: str) -> None:
    """A command about BGP."""
    node.check_output(f"vtysh -c 'configure terminal' -c 'router bgp 64512' -c '{command}'")


@pytest.mark.usefixtures("leaf")
def test_packets_go_on_while_frr_restarts_although_bfd_watches(
    nodes: dict[str, Host], capsys: pytest.CaptureFixture[str]
) -> None:
    client = nodes["node-4"]
    with between(nodes, "pair", "leaf") as traffic:
        client.check_output("systemctl restart frr")
        until(partial(established, client), expected("node-4"))
        time.sleep(3)
    with capsys.disabled():
        print(f"\nwhile FRR restarted: {traffic.pings} pings, longest pause of the stream {traffic.longest_pause} s")
    assert traffic.whole, traffic


@pytest.mark.usefixtures("leaf")
def test_clients_go_on_when_a_reflector_dies(
    nodes: dict[str, Host], read: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    with between(nodes, "pair", "leaf") as traffic:
        podman("kill", "node-1")
        noticed = until(partial(established, nodes["node-3"]), {"node-2"})
        time.sleep(2)
    with capsys.disabled():
        print(f"\na dead reflector was noticed in {noticed:.1f} s; longest pause of a stream {traffic.longest_pause} s")
    assert traffic.whole, traffic
    gateways = {route["gateway"] for route in read(nodes["node-3"], "ip -j route show proto bgp")}
    assert NODES["node-4"] in gateways


def test_the_reflector_comes_back(nodes: dict[str, Host], capsys: pytest.CaptureFixture[str]) -> None:
    podman("start", "node-1")
    assert lab("up", "--hosts", str(len(NODES))).returncode == 0  # waits until it has booted
    took = until(partial(established, nodes["node-1"]), expected("node-1"))
    with capsys.disabled():
        print(f"\nits sessions were up {took:.1f} s after it had booted")


def test_zz_reset_leaves_what_a_fresh_host_has(story: Story, nodes: dict[str, Host]) -> None:
    assert lab("delete").returncode == 0
    reset = playbook("reset")
    assert reset.code == 0, reset.output
    left = differences(story.bare, fingerprints(nodes))
    # Packages stay, with their own files in /etc.
    assert [line for line in left if "  /etc/" not in line or "podnet" in line] == []
    assert {node.run("systemctl is-enabled frr").stdout for node in nodes.values()} == {"disabled\n"}
