"""Nodes of two racks learn of each other's pods from the racks' routers, over both alike, and from nobody else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from testinfra.host import Host

from shared.lab import lab, matrix, podman
from shared.nodes import IPV6_SUBNETS, NODES, SUBNETS
from shared.runs import playbook
from shared.story import Story, assert_reset_leaves_bare_hosts, assert_second_run_changes_nothing, provision
from shared.traffic import INTERVAL, between

#: The routers by the addresses on rack a that routes lead to: in IPv6 the link-local ones (RFC 2545), from their MACs.
ROUTERS = {
    4: {"198.51.100.2": "router-1", "198.51.100.3": "router-2"},
    6: {"fe80::c6ff:fe33:6402": "router-1", "fe80::c6ff:fe33:6403": "router-2"},
}
ON_RACK_A = [("node-1", 4), ("node-1", 6), ("node-2", 4), ("node-2", 6)]
#: Seconds until traffic flows again after a router is gone: BFD takes 0.9, a busy machine longer.
LONGEST_OUTAGE = 3
#: Seconds until sessions are up and routes are learned.
PATIENCE = 30
#: What no router has to announce: the way to everywhere, somebody else's network, all pods, a part of one node's.
FOREIGN = {"0.0.0.0/0", "192.0.2.0/24", "10.244.0.0/16", "10.244.2.128/25"}


@pytest.fixture(scope="module", autouse=True)
def story(nodes: dict[str, Host]) -> Story:
    return provision(nodes)


@pytest.fixture
def learned(nodes: dict[str, Host]) -> None:
    """Both routers have told the nodes of rack a all that they know."""
    eventually(lambda: all(gateways(nodes[name], family) == set(ROUTERS[family]) for name, family in ON_RACK_A))


def test_second_run_changes_nothing() -> None:
    assert_second_run_changes_nothing()


@pytest.mark.parametrize(("name", "family"), ON_RACK_A)
def test_to_the_other_rack_routes_lead_over_both_routers(nodes: dict[str, Host], name: str, family: int) -> None:
    eventually(lambda: gateways(nodes[name], family) == set(ROUTERS[family]))


@pytest.mark.usefixtures("learned")
def test_within_a_rack_routes_lead_straight_to_the_node(nodes: dict[str, Host]) -> None:
    (route,) = json.loads(nodes["node-1"].check_output("ip -j route show %s proto bgp", SUBNETS["node-2"]))
    assert route["gateway"] == NODES["node-2"]


def test_every_session_is_watched_by_bfd(node: Host) -> None:
    def watched() -> list[str]:
        return [peer["status"] for peer in json.loads(node.check_output("vtysh -c 'show bfd peers json'"))]

    eventually(lambda: watched() == ["up"] * 4)  # two routers, by either family


@pytest.mark.usefixtures("learned", "pods")
def test_every_pod_reaches_every_other() -> None:
    assert "fd00:10:244:" in lab("pods").stdout
    matrix()


@pytest.mark.usefixtures("learned")
def test_verify_passes() -> None:
    verified = playbook("verify")
    assert verified.code == 0, verified.output
    assert "60 of 60 paths work" in verified.output


@pytest.mark.usefixtures("learned")
def test_what_no_router_has_to_announce_is_not_accepted(nodes: dict[str, Host]) -> None:
    node = nodes["node-1"]
    before = routes(node)
    announce(FOREIGN)
    eventually(lambda: announced("router-1", NODES["node-1"]) >= FOREIGN)
    # What comes after it has come, and is a node's.
    announce({"10.244.77.0/24"})
    eventually(lambda: "10.244.77.0/24" in accepted(node))
    assert FOREIGN & accepted(node) == set()
    eventually(lambda: routes(node) == before | {"10.244.77.0/24 bgp"})


@pytest.mark.usefixtures("learned")
def test_a_router_fails_and_traffic_takes_the_other(
    pods: dict[str, str], nodes: dict[str, Host], capsys: pytest.CaptureFixture[str]
) -> None:
    router = ROUTERS[4][way(nodes["node-1"], pods["client"], pods["pair"])]
    with between(nodes, "client", "pair") as seen:
        time.sleep(1)
        podman("exec", router, "ip", "link", "set", "eth0", "down")
        time.sleep(LONGEST_OUTAGE + 2)
    outage = len(seen.lost) * INTERVAL
    with capsys.disabled():
        print(f"\n{router} failed: {outage:.2f} s of pings lost, the stream paused for {seen.longest_pause:.2f} s")
    assert 0 < outage < LONGEST_OUTAGE
    assert max(seen.lost) < seen.pings - 1 / INTERVAL
    assert (seen.equal, seen.error) == (True, "")
    assert gateways(nodes["node-1"], 4) == {address for address, name in ROUTERS[4].items() if name != router}
    podman("restart", router)
    eventually(lambda: gateways(nodes["node-1"], 4) == set(ROUTERS[4]))


def test_zz_reset_leaves_what_a_fresh_host_has(story: Story, nodes: dict[str, Host]) -> None:
    assert_reset_leaves_bare_hosts(story, nodes)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s"
        time.sleep(0.5)


def gateways(node: Host, family: int) -> set[str]:
    """The next hops to node-3's pods that BGP gave."""
    subnet = {4: SUBNETS, 6: IPV6_SUBNETS}[family]["node-3"]
    routes = json.loads(node.check_output(f"ip -j -{family} route show {subnet} proto bgp") or "[]")
    return {hop["gateway"] for route in routes for hop in route.get("nexthops", [route])}


def way(node: Host, source: str, target: str) -> str:
    """The next hop that the kernel takes for packets from a pod of the node's."""
    (route,) = json.loads(node.check_output("ip -j route get %s from %s iif cni0", target, source))
    return str(route["gateway"])


def routes(node: Host) -> set[str]:
    """A node's IPv4 routes, as where they lead and who set them."""
    listed = json.loads(node.check_output("ip -j route show"))
    return {f"{route['dst']} {route.get('protocol', 'boot')}" for route in listed}


def accepted(node: Host) -> set[str]:
    """The IPv4 prefixes that a node has accepted from routers, or announces itself."""
    return set(json.loads(node.check_output("vtysh -c 'show bgp ipv4 unicast json'"))["routes"])


def announce(prefixes: set[str]) -> None:
    """Let router-1 announce these to everybody."""
    networks = [f"network {prefix}" for prefix in sorted(prefixes)]
    lines = [
        "configure terminal",
        "router bgp",
        "no bgp network import-check",
        "address-family ipv4 unicast",
        *networks,
    ]
    podman("exec", "router-1", "vtysh", *(word for line in lines for word in ("-c", line)))


def announced(router: str, address: str) -> set[str]:
    """The IPv4 prefixes that a router announces to a neighbor."""
    printed = podman("exec", router, "vtysh", "-c", f"show bgp ipv4 unicast neighbors {address} advertised-routes json")
    return set(json.loads(printed)["advertisedRoutes"])
