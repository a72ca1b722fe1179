"""FRR takes its configuration as it is written, and puts the routes into the kernel that the topology promises."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import bgp, frr
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Plan, family
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.causes import Seen, cause
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.sessions import sessions
from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.namespace import within
from tests.kernel.speakers import Lab, Speaker, lab, until
from tests.unit.fabric.inventory import planned, speakers

DUAL = "10.244.0.0/16,fd00:10:244::/56"
#: For tests that do not wait long.
FAST = {"keepalive": 1, "hold": 3, "connect_retry": 1}
SECRET = "correct-horse"
#: Or else, five seconds after its policy came, FRR asks for all routes anew, and drops them if nobody answers then.
NO_REFRESH = "bgp route-map delay-timer 0"


@pytest.fixture
def segment() -> Iterator[Lab]:
    with lab() as found:
        yield found


def text(plan: Plan, name: str, options: Mapping[str, Any] | None = None) -> str:
    """The secrets of routers are their numbers."""
    written = frr.configuration(plan, name, {**FAST, **(options or {})}).replace(frr.PASSWORD, SECRET)
    return re.sub(r"@router_(\d+)_password@", r"secret-\1", written)


def running(segment: Lab, plan: Plan, options: Mapping[str, Any] | None = None) -> dict[str, Speaker]:
    """A node for each host of the plan, configured."""
    nodes = {
        name: segment.speaker(name, f"{host.node_ip[0]}/24", f"{host.node_ip[1]}/64")
        for name, host in plan.hosts.items()
    }
    for name, node in nodes.items():
        node.configure(text(plan, name, options))
    return nodes


def wanted(plan: Plan, name: str, version: int) -> dict[str, list[str]]:
    """Every pod subnet of the others, by way of the node that has it."""
    return {
        subnet: [node_ip]
        for _peer, host in plan.peers(name)
        for node_ip, subnet in zip(host.node_ip, host.pod_subnet, strict=True)
        if family(subnet) == version
    }


def until_all_reach_all(plan: Plan, nodes: Mapping[str, Speaker]) -> None:
    for name, node in nodes.items():
        for version in (4, 6):
            node.until_routes(wanted(plan, name, version), version)


def test_every_node_of_a_mesh_has_the_pods_of_all_others(segment):
    plan = planned(speakers(3, DUAL))
    options = {"password": True, "bfd": True, "communities": ["no-export", "64512:244"]}
    nodes = running(segment, plan, options)
    until_all_reach_all(plan, nodes)
    assert nodes["node-1"].established() == {"192.0.2.2", "192.0.2.3", "2001:db8::2", "2001:db8::3"}
    assert "Community: 64512:244 no-export" in nodes["node-1"].vtysh("show bgp ipv4 unicast 10.244.1.0/24")


def test_reflectors_pass_on_what_their_clients_do_not_tell_each_other(segment):
    variables = speakers(4, DUAL, bgp_topology="reflectors")
    for name in ("node-1", "node-2"):
        variables[name]["fabric_bgp_reflector"] = True
    plan = planned(variables)
    nodes = running(segment, plan)
    # By way of the node itself, once, though two reflectors say so.
    until_all_reach_all(plan, nodes)
    assert nodes["node-3"].established() == {"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"}

    for daemon in ("bgpd", "bfdd", "zebra"):
        nodes["node-1"].stop(daemon)
    until("sessions of node-3", nodes["node-3"].established, {"192.0.2.2", "2001:db8::2"})
    assert nodes["node-3"].routes()["10.244.3.0/24"] == ["192.0.2.4"]


def test_frr_has_nothing_to_change_in_what_it_was_told(segment):
    """Of all that can be said, and frr-reload does not count what FRR says of itself, its host's name."""
    variables = speakers(3, DUAL, bgp_topology="reflectors")
    variables["node-1"]["fabric_bgp_reflector"] = True
    variables["node-1"]["fabric_bgp_routers"] = [
        {"address": "192.0.2.254", "asn": 65001, "password": "of-its-own"},
        {"address": "192.0.2.253", "asn": "internal", "multihop": 3},
        {"address": "2001:db8:1::1", "asn": "4200000000", "multihop": 3},
        {"interface": "eth0", "asn": "external"},
    ]
    options = {
        "password": True,
        "bfd": True,
        "bfd_interval": 100,
        "bfd_multiplier": 5,
        "communities": ["no-export", "graceful-shutdown", "64512:10", "64512:9", "blackhole"],
        "announced_prefixes": ["198.51.100.0/28", "2001:db8:2::/64"],
        "accepted_prefixes": [
            "0.0.0.0/0",
            "198.51.100.0/24 ge 26 le 28",
            "2001:db8:2::/48 le 64",
            "198.51.100.0/25 ge 32",
        ],
        "maximum_prefix": 1000,
        "ttl_security": False,
        "allowas_in": 3,
        "extra_config": "ip prefix-list theirs seq 5 permit any\n",
    }
    node = segment.speaker("node-1", "192.0.2.1/24", "2001:db8::1/64")
    told = text(planned(variables), "node-1", options)
    node.reloaded(told)
    name = node.sh("hostname").strip()
    assert node.reloaded(told, "--test").split("\n") == [
        "",
        "Lines To Delete",
        "===============",
        f"no hostname {name}",
        "",
    ]


def test_change_leaves_other_sessions_as_they_are(segment):
    plan = planned(speakers(2, DUAL))
    nodes = running(segment, plan)
    until_all_reach_all(plan, nodes)
    larger = planned(speakers(3, DUAL))
    nodes["node-1"].reloaded(text(larger, "node-1", {"communities": ["64512:1"], "bfd": True}))
    until("communities", lambda: "64512:1" in nodes["node-2"].vtysh("show bgp ipv4 unicast 10.244.0.0/24"), True)
    neighbors = json.loads(nodes["node-1"].vtysh("show bgp neighbors json"))
    connected = {neighbor: found["connectionsEstablished"] for neighbor, found in neighbors.items()}
    assert connected == {"192.0.2.2": 1, "2001:db8::2": 1, "192.0.2.3": 0, "2001:db8::3": 0}


def test_wrong_password_is_no_neighbor(segment):
    plan = planned(speakers(3, DUAL))
    nodes = running(segment, plan, {"password": True})
    nodes["node-3"].reloaded(text(plan, "node-3", {"password": True}).replace(SECRET, "another"))
    # What comes from node-3 from here on is not even answered.
    until("refused", lambda: "TcpExtTCPMD5Failure" in nodes["node-1"].run("nstat", "-as"), True)
    until("sessions of node-1", nodes["node-1"].established, {"192.0.2.2", "2001:db8::2"})
    nodes["node-1"].until_routes({"10.244.1.0/24": ["192.0.2.2"]})


def test_bfd_finds_a_silent_neighbor_long_before_bgp_does(segment):
    """And it is gone then, not taken for one that restarts."""
    plan = planned(speakers(2, DUAL))
    options = {"bfd": True, "bfd_interval": 100, "keepalive": 60, "hold": 180, "extra_config": NO_REFRESH}
    nodes = running(segment, plan, options)
    until_all_reach_all(plan, nodes)
    until("BFD", lambda: nodes["node-1"].vtysh("show bfd peers").count("Status: up"), 2)
    segment.unplug("node-2")
    nodes["node-1"].until_routes({})
    nodes["node-1"].until_routes({}, 6)


def test_neighbors_keep_the_routes_of_one_whose_bgpd_restarts(segment):
    plan = planned(speakers(2, DUAL))
    nodes = running(segment, plan, {"extra_config": NO_REFRESH})
    until_all_reach_all(plan, nodes)
    nodes["node-2"].stop("bgpd", signal.SIGKILL)
    until("sessions of node-1", nodes["node-1"].established, set())
    nodes["node-2"].start("bgpd")
    nodes["node-2"].read(text(plan, "node-2"))

    def back() -> bool:
        for version in (4, 6):
            assert nodes["node-1"].routes(version) == wanted(plan, "node-1", version)
        return len(nodes["node-1"].established()) == 2

    until("sessions are back", back, True)
    until_all_reach_all(plan, nodes)
    assert back()


WATCHED = {"bfd": True, "keepalive": 10, "hold": 30, "extra_config": NO_REFRESH}


def watched_pair(segment: Lab) -> tuple[Plan, dict[str, Speaker]]:
    """Two nodes whose sessions BFD watches."""
    plan = planned(speakers(2, DUAL))
    nodes = running(segment, plan, WATCHED)
    until_all_reach_all(plan, nodes)
    until("BFD", lambda: nodes["node-1"].vtysh("show bfd peers").count("Status: up"), 2)
    return plan, nodes


def test_a_restart_is_graceful_although_bfd_watches(segment):
    """In the order of the service's drop-in. BGP hangs up before BFD finds the node gone, and ends BFD itself."""
    plan, nodes = watched_pair(segment)
    for daemon, by in (("zebra", signal.SIGKILL), ("bgpd", signal.SIGTERM), ("bfdd", signal.SIGTERM)):
        nodes["node-2"].stop(daemon, by)
    until("sessions of node-1", nodes["node-1"].established, set())
    end = time.monotonic() + 2  # more than twice what BFD takes
    while time.monotonic() < end:
        assert nodes["node-1"].routes() == wanted(plan, "node-1", 4)
    nodes["node-2"].start()
    nodes["node-2"].read(text(plan, "node-2", WATCHED))

    def back() -> bool:
        assert nodes["node-1"].routes() == wanted(plan, "node-1", 4)
        return len(nodes["node-1"].established()) == 2

    until("sessions are back", back, True)
    until_all_reach_all(plan, nodes)


def test_without_bfdd_alone_a_node_is_taken_for_gone_until_it_is_back(segment):
    plan, nodes = watched_pair(segment)
    nodes["node-2"].stop("bfdd", signal.SIGKILL)
    nodes["node-1"].until_routes({})
    nodes["node-2"].start("bfdd")
    nodes["node-2"].read(text(plan, "node-2", WATCHED))
    until_all_reach_all(plan, nodes)


def test_layer_lets_neighbors_through_a_closed_firewall(segment, tmp_path):
    plan = planned(speakers(2, "10.244.0.0/16"))
    nodes = {name: segment.speaker(name, f"{host.node_ip[0]}/24") for name, host in plan.hosts.items()}
    for node in nodes.values():
        node.sh("iptables -P INPUT DROP; iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT")
    for name, node in nodes.items():
        paths = Paths.under(str(tmp_path / name))
        document = bgp.document(plan, name)
        within(node.namespace, lambda paths=paths, document=document: engine.apply("bgp", document, paths=paths))
        assert not within(
            node.namespace, lambda paths=paths, document=document: engine.apply("bgp", document, paths=paths).changed
        )
        node.configure(text(plan, name, {"bfd": True, "bfd_interval": 100}))
    nodes["node-1"].until_routes({"10.244.1.0/24": ["192.0.2.2"]})
    until("BFD", lambda: nodes["node-1"].vtysh("show bfd peers").count("Status: up"), 1)


#: A rack's router as its own people would configure it.
ROUTER = """
router bgp 65001
 bgp router-id 192.0.2.254
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 no bgp network import-check
 timers bgp 1 3
 {neighbor}
 neighbor {name} ttl-security hops 1
 neighbor {name} timers connect 1
 address-family ipv4 unicast
{ipv4}
  neighbor {name} activate
 exit-address-family
 address-family ipv6 unicast
{ipv6}
  neighbor {name} activate
 exit-address-family
"""


def router(neighbor: str, *announced: str) -> str:
    networks: dict[int, list[str]] = {4: [], 6: []}
    for prefix in announced:
        networks[family(prefix)].append(f"  network {prefix}")
    return ROUTER.format(
        name=neighbor.split()[1],
        neighbor=neighbor,
        ipv4="\n".join(networks[4]),
        ipv6="\n".join(networks[6]),
    )


#: The pods of node-2, which the routers know the way to.
PODS = ("10.244.1.0/24", "fd00:10:244:1::/64")


def racked(**of_router: Any) -> Plan:
    """Two nodes, each with a rack of its own; the tests have the first one and its router."""
    return planned(speakers(2, DUAL, bgp_topology="routers", bgp_routers=[{"asn": 65001, **of_router}]))


def only(segment: Lab, plan: Plan, options: Mapping[str, Any] | None = None) -> Speaker:
    (node,) = running(segment, replace(plan, hosts={"node-1": plan.hosts["node-1"]}), options).values()
    return node


def announced(tor: Speaker) -> set[str]:
    """What the router has of the node."""
    return set(json.loads(tor.vtysh("show bgp ipv4 unicast neighbors 192.0.2.1 routes json"))["routes"])


def test_what_is_no_pod_subnet_is_not_accepted(segment):
    """Neither are a larger part of the cluster's network, a smaller one, nor what is the node's own."""
    foreign = ("0.0.0.0/0", "10.244.0.0/16", "10.244.2.0/25", "10.244.0.0/24", "10.244.0.128/25", "198.51.100.0/24")
    foreign += ("::/0", "fd00:10:244::/56", "fd00:10:244::/64", "fd00:10:244:2::/65", "2001:db8:2::/64")
    tor = segment.speaker("tor", "192.0.2.254/24", "2001:db8::fe/64")
    tor.configure(router("neighbor 192.0.2.1 remote-as 64512", *PODS, *foreign, "198.51.100.16/28"))
    node = only(segment, racked(address="192.0.2.254"), {"accepted_prefixes": ["198.51.100.0/24 ge 28 le 28"]})
    node.until_routes({"10.244.1.0/24": ["192.0.2.254"], "198.51.100.16/28": ["192.0.2.254"]})
    until("IPv6 routes", lambda: set(node.routes(6)), {"fd00:10:244:1::/64"})
    assert announced(tor) == {"10.244.0.0/24"}


def test_too_many_pods_end_a_session_and_what_is_not_accepted_does_not_count(segment):
    foreign = ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.128/25")
    tor = segment.speaker("tor", "192.0.2.254/24")
    tor.configure(router("neighbor 192.0.2.1 remote-as 64512", "10.244.1.0/24", *foreign))
    node = only(segment, racked(address="192.0.2.254"), {"maximum_prefix": 2})
    node.until_routes({"10.244.1.0/24": ["192.0.2.254"]})
    assert node.established() == {"192.0.2.254"}
    more = [f"network 10.244.{number}.0/24" for number in (2, 3)]
    tor.vtysh("configure terminal", "router bgp 65001", "address-family ipv4 unicast", *more)
    until("the session ends", node.established, set())
    node.until_routes({})
    (found,) = sessions(json.loads(node.vtysh("show bgp neighbors json")))
    assert cause(found, Seen("", False, {})) == "the peer announced more prefixes than the maximum of 2"


def test_router_is_known_by_its_interface(segment):
    tor = segment.speaker("tor")
    tor.configure(router("neighbor eth0 interface remote-as external", *PODS))
    tor.vtysh("configure terminal", "router bgp 65001", f"neighbor eth0 password {SECRET}")
    # Its link has an address that nobody beyond the router knows; not of a /31, for FRR would speak to the other one.
    node = segment.speaker("node-1", "198.51.100.1/24")
    node.sh("ip address add 192.0.2.1 dev lo; ip address add 2001:db8::1 dev lo")
    node.configure(text(racked(interface="eth0"), "node-1", {"password": True}))
    for speaker, pods in ((node, PODS), (tor, ("10.244.0.0/24", "fd00:10:244::/64"))):
        for version, subnet in ((4, pods[0]), (6, pods[1])):
            until("routes", lambda speaker=speaker, version=version: set(speaker.routes(version)), {subnet})
    assert all(hop.startswith("fe80:") for hop in node.routes()["10.244.1.0/24"])
    assert " src 192.0.2.1 " in node.sh("ip route get 10.244.1.1")
    assert " src 2001:db8::1 " in node.sh("ip route get fd00:10:244:1::1")


def test_pods_of_ipv6_alone(segment):
    """In a mesh of nodes that have no IPv4 at all, whose router IDs are computed."""
    variables = speakers(3, "fd00:10:244::/56")
    for given in variables.values():
        given["fabric_node_ip"] = given["fabric_node_ip"][1:]
    plan = planned(variables)
    nodes = {name: segment.speaker(name, f"{host.node_ip[0]}/64") for name, host in plan.hosts.items()}
    for name, node in nodes.items():
        told = text(plan, name, {"password": True, "bfd": True, "bfd_interval": 100})
        node.reloaded(told)
        assert "address-family ipv4" not in told
    for name, node in nodes.items():
        node.until_routes(wanted(plan, name, 6), 6)
        assert node.routes(4) == {}
    until("BFD", lambda: nodes["node-1"].vtysh("show bfd peers").count("Status: up"), 2)
    assert nodes["node-1"].established() == {"2001:db8::2", "2001:db8::3"}


def test_ipv6_session_carries_ipv4_too(segment):
    tor = segment.speaker("tor", "2001:db8::fe/64")
    tor.configure(router("neighbor 2001:db8::1 remote-as 64512", *PODS))
    tor.vtysh("configure terminal", "router bgp 65001", "neighbor 2001:db8::1 capability extended-nexthop")
    node = only(segment, racked(address="2001:db8::fe"))
    until("IPv4 routes", lambda: set(node.routes()), {"10.244.1.0/24"})
    until("IPv6 routes", lambda: set(node.routes(6)), {"fd00:10:244:1::/64"})
    # Without RFC 8950 the router could only say its router ID, and be found by that where it has it as an address.
    assert node.routes()["10.244.1.0/24"] == node.routes(6)["fd00:10:244:1::/64"]


def test_two_routers_share_the_traffic_and_none_of_it_is_between_them(segment):
    tors = []
    for number in (253, 254):
        tors.append(segment.speaker(f"tor{number}", f"192.0.2.{number}/24"))
        tors[-1].configure(router("neighbor 192.0.2.1 remote-as 64512", PODS[0]).replace("65001", f"65{number}"))
    routers = [{"address": f"192.0.2.{number}", "asn": f"65{number}"} for number in (253, 254)]
    plan = planned(speakers(2, "10.244.0.0/16", bgp_topology="routers", bgp_routers=routers))
    only(segment, plan).until_routes({"10.244.1.0/24": ["192.0.2.253", "192.0.2.254"]})
    for tor in tors:
        until("routes", lambda tor=tor: announced(tor), {"10.244.0.0/24"})
