"""What FRR is told: whole for one host, and then what each choice changes in it."""

from __future__ import annotations

import difflib
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import frr
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Plan
from tests.unit.fabric.inventory import hosts, planned, speakers

IPV4, IPV6 = "10.244.0.0/16", "fd00:10:244::/56"
DUAL = f"{IPV4},{IPV6}"

#: node-1 of a mesh of two.
MESH = """\
log syslog informational
!
ip prefix-list podnet-own seq 5 permit 10.244.0.0/24
ip prefix-list podnet-pods seq 5 deny 10.244.0.0/24 le 32
ip prefix-list podnet-pods seq 10 permit 10.244.0.0/16 ge 24 le 24
!
route-map podnet-in-nodes-v4 permit 10
 match ip address prefix-list podnet-pods
exit
!
route-map podnet-out-v4 permit 10
 match ip address prefix-list podnet-own
exit
!
router bgp 64512
 bgp router-id 192.0.2.1
 bgp log-neighbor-changes
 no bgp default ipv4-unicast
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 no bgp network import-check
 timers bgp 10 30
 neighbor podnet-nodes-v4 peer-group
 neighbor podnet-nodes-v4 remote-as 64512
 neighbor podnet-nodes-v4 ttl-security hops 1
 neighbor podnet-nodes-v4 update-source 192.0.2.1
 neighbor podnet-nodes-v4 timers connect 10
 neighbor 192.0.2.2 peer-group podnet-nodes-v4
 neighbor 192.0.2.2 description node-2
 !
 address-family ipv4 unicast
  network 10.244.0.0/24
  neighbor podnet-nodes-v4 activate
  neighbor podnet-nodes-v4 maximum-prefix 64 restart 5
  neighbor podnet-nodes-v4 route-map podnet-in-nodes-v4 in
  neighbor podnet-nodes-v4 route-map podnet-out-v4 out
 exit-address-family
exit
!
"""


def mesh(count: int = 2, cidr: str = IPV4) -> Plan:
    return planned(speakers(count, cidr))


def racked(*routers: dict[str, Any], cidr: str = IPV4, **variables: Any) -> Plan:
    return planned(speakers(2, cidr, bgp_topology="routers", bgp_routers=list(routers), **variables))


def text(plan: Plan, **options: Any) -> str:
    return frr.configuration(plan, "node-1", options)


def change(before: str, after: str) -> list[str]:
    """Lines that came, with a +, and that went, with a -."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[0] + line[2:] for line in lines if line[0] in "+-"]


def lines_with(words: str, found: str) -> list[str]:
    return [line.strip() for line in found.splitlines() if words in line]


def test_mesh() -> None:
    assert text(mesh()) == MESH


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ({"password": True}, ["+ neighbor podnet-nodes-v4 password @password@"]),
        ({"graceful_restart": False}, ["- bgp graceful-restart", "- bgp graceful-restart preserve-fw-state"]),
        ({"keepalive": 3, "hold": 9}, ["- timers bgp 10 30", "+ timers bgp 3 9"]),
        ({"keepalive": 60, "hold": 180}, ["- timers bgp 10 30"]),
        (
            {"connect_retry": 5},
            ["- neighbor podnet-nodes-v4 timers connect 10", "+ neighbor podnet-nodes-v4 timers connect 5"],
        ),
        ({"connect_retry": 120}, ["- neighbor podnet-nodes-v4 timers connect 10"]),
        ({"ttl_security": "no"}, ["- neighbor podnet-nodes-v4 ttl-security hops 1"]),
        ({"communities": ["no-export", "64512:10", "64512:9"]}, ["+ set community 64512:9 64512:10 no-export"]),
        (
            {"announced_prefixes": ["198.51.100.0/28"]},
            ["+ip prefix-list podnet-own seq 10 permit 198.51.100.0/28", "+  network 198.51.100.0/28"],
        ),
        (
            {"accepted_prefixes": ["0.0.0.0/0", "198.51.100.0/24 ge 26  le 28"]},
            [
                "+ip prefix-list podnet-pods seq 15 permit 0.0.0.0/0",
                "+ip prefix-list podnet-pods seq 20 permit 198.51.100.0/24 ge 26 le 28",
            ],
        ),
        (
            {"maximum_prefix": 1000},
            [
                "-  neighbor podnet-nodes-v4 maximum-prefix 64 restart 5",
                "+  neighbor podnet-nodes-v4 maximum-prefix 1000 restart 5",
            ],
        ),
        # These are of routers only.
        ({"allowas_in": 2, "multipath": 4}, []),
        ({"extra_config": "\nip prefix-list any seq 5 permit any\n"}, ["+ip prefix-list any seq 5 permit any", "+!"]),
    ],
)
def test_option_changes_what_it_is_for(options: dict[str, Any], changed: list[str]) -> None:
    assert change(MESH, text(mesh(), **options)) == changed


@pytest.mark.parametrize(
    ("options", "profile"),
    [
        ({}, []),
        ({"bfd_interval": 100}, ["+  transmit-interval 100", "+  receive-interval 100"]),
        ({"bfd_multiplier": 5}, ["+  detect-multiplier 5"]),
    ],
)
def test_bfd_watches_all_neighbors(options: dict[str, Any], profile: list[str]) -> None:
    neighbors = ["+ neighbor podnet-nodes-v4 bfd", "+ neighbor podnet-nodes-v4 bfd profile podnet"]
    block = ["+bfd", "+ profile podnet", *profile, "+ exit", "+ !", "+exit", "+!"]
    assert change(MESH, text(mesh(), bfd=True, **options)) == [*neighbors, *block]


def test_reflector_passes_on_what_it_accepts() -> None:
    variables = speakers(3, IPV4, bgp_topology="reflectors")
    variables["node-1"]["fabric_bgp_reflector"] = True
    variables["node-2"]["fabric_bgp_reflector"] = True
    found = text(planned(variables), communities=["64512:1"])
    assert lines_with("cluster-id", found) == ["bgp cluster-id 0.0.0.244"]
    assert lines_with("route-reflector-client", found) == ["neighbor podnet-clients-v4 route-reflector-client"]
    assert lines_with("192.0.2.2 peer-group", found) == ["neighbor 192.0.2.2 peer-group podnet-nodes-v4"]
    assert lines_with("192.0.2.3 peer-group", found) == ["neighbor 192.0.2.3 peer-group podnet-clients-v4"]
    out = found[found.index("route-map podnet-out-v4 permit 10") : found.index("router bgp")]
    assert out.splitlines() == [
        "route-map podnet-out-v4 permit 10",
        " match ip address prefix-list podnet-own",
        " set community 64512:1",
        "exit",
        "!",
        "route-map podnet-out-v4 permit 20",
        " match ip address prefix-list podnet-pods",
        "exit",
        "!",
    ]
    client = frr.configuration(planned(variables), "node-3", {})
    assert not lines_with("permit 20", client)
    assert not lines_with("cluster-id", client)


@pytest.mark.parametrize("topology", ["mesh", "routers"])
def test_reflector_of_another_topology_passes_on_nothing(topology: str) -> None:
    variables = speakers(2, IPV4, bgp_topology=topology, bgp_routers=[ROUTER])
    before = text(planned(variables))
    variables["node-1"]["fabric_bgp_reflector"] = True
    assert text(planned(variables)) == before


def test_families_have_sessions_policy_and_addresses_of_their_own() -> None:
    found = text(mesh(cidr=DUAL))
    assert lines_with("update-source", found) == [
        "neighbor podnet-nodes-v4 update-source 192.0.2.1",
        "neighbor podnet-nodes-v6 update-source 2001:db8::1",
    ]
    assert lines_with("ipv6 prefix-list", found) == [
        "ipv6 prefix-list podnet-own seq 5 permit fd00:10:244::/64",
        "ipv6 prefix-list podnet-pods seq 5 deny fd00:10:244::/64 le 128",
        "ipv6 prefix-list podnet-pods seq 10 permit fd00:10:244::/56 ge 64 le 64",
    ]
    inside = found[found.index("address-family ipv6") :]
    assert "podnet-nodes-v4" not in inside
    assert lines_with("network", inside) == ["network fd00:10:244::/64"]
    assert lines_with("next-hop", found) == ["set ipv6 next-hop prefer-global"]


ROUTER = {"address": "192.0.2.254", "asn": 65001}


def test_router_next_to_the_host() -> None:
    found = text(racked(ROUTER), allowas_in=2)
    assert lines_with("192.0.2.254", found) == [
        "neighbor 192.0.2.254 remote-as 65001",
        "neighbor 192.0.2.254 peer-group podnet-routers-v4",
        "neighbor 192.0.2.254 ttl-security hops 1",
    ]
    assert lines_with("allowas-in", found) == ["neighbor podnet-routers-v4 allowas-in 2"]
    assert lines_with("paths", found) == ["maximum-paths 8", "maximum-paths ibgp 8"]
    assert "bgp bestpath as-path multipath-relax" in lines_with("bestpath", found)
    assert not lines_with("nodes", found)


def test_own_packets_bear_the_node_ip_where_they_leave_by_routers() -> None:
    found = text(racked(ROUTER, cidr=DUAL))
    assert lines_with("set src", found) == ["set src 192.0.2.1"]
    assert lines_with("protocol bgp", found) == ["ip protocol bgp route-map podnet-src-v4"]
    assert not lines_with("podnet-src", text(racked(ROUTER, cidr=IPV6)))


@pytest.mark.parametrize(
    ("router", "settings"),
    [
        ({"address": "192.0.2.254", "asn": "external"}, ["remote-as external", "peer-group podnet-routers-v4"]),
        ({"address": "192.0.2.254", "asn": 64512}, ["remote-as 64512", "peer-group podnet-internal-routers-v4"]),
        (
            {"address": "192.0.2.254", "asn": "internal"},
            ["remote-as internal", "peer-group podnet-internal-routers-v4"],
        ),
        ({"interface": "eth1", "asn": "external"}, ["interface peer-group podnet-routers-v4", "remote-as external"]),
        (
            {"address": "2001:db8::fe", "asn": 65001},
            ["remote-as 65001", "peer-group podnet-routers-v4", "capability extended-nexthop"],
        ),
    ],
)
def test_kinds_of_routers(router: dict[str, Any], settings: list[str]) -> None:
    name = router.get("address") or router["interface"]
    found = lines_with(f"neighbor {name} ", text(racked(router), ttl_security=False))
    assert found == [f"neighbor {name} {setting}" for setting in settings]


@pytest.mark.parametrize(
    ("router", "settings"),
    [
        ({"asn": 65001}, ["ebgp-multihop 3", "update-source 192.0.2.1"]),
        ({"asn": "internal"}, ["update-source 192.0.2.1"]),
    ],
)
def test_router_afar_is_spoken_to_from_the_node_ip(router: dict[str, Any], settings: list[str]) -> None:
    found = lines_with("neighbor 192.0.2.254 ", text(racked({"address": "192.0.2.254", "multihop": 3, **router})))
    assert found[2:] == [f"neighbor 192.0.2.254 {setting}" for setting in settings]


def test_router_with_a_password_of_its_own_has_that_and_others_have_that_of_all() -> None:
    other = {"address": "192.0.2.253", "asn": 65001}
    found = text(racked(other, {**ROUTER, "password": "hunter2"}), password=True)
    assert lines_with("password", found) == [
        "neighbor podnet-routers-v4 password @password@",
        "neighbor 192.0.2.254 password @router_2_password@",
    ]
    found = text(racked({**ROUTER, "password": "hunter2"}, {**other, "password": ""}))
    assert lines_with("password", found) == ["neighbor 192.0.2.254 password @router_1_password@"]


def test_router_of_the_other_family_is_not_spoken_to_from_an_address_that_cannot_reach_it() -> None:
    variables = speakers(
        2, IPV4, bgp_topology="routers", bgp_routers=[{"address": "2001:db8:1::1", "asn": 1, "multihop": 3}]
    )
    for number, given in enumerate(variables.values(), start=1):
        given["fabric_node_ip"] = f"192.0.2.{number}"
    assert not lines_with("update-source", text(planned(variables)))


@pytest.mark.parametrize(("times", "line"), [(3, "allowas-in"), (4, "allowas-in 4")])
def test_allowas_in_is_written_as_frr_does(times: int, line: str) -> None:
    assert lines_with("allowas", text(racked(ROUTER), allowas_in=times)) == [f"neighbor podnet-routers-v4 {line}"]


def test_one_router_at_a_time() -> None:
    found = text(racked(ROUTER), multipath=1)
    assert lines_with("maximum-paths", found) == ["maximum-paths 1", "maximum-paths ibgp 1"]
    assert not lines_with("multipath-relax", found)


@pytest.mark.parametrize(
    ("subnets", "permitted"),
    [
        (["10.244.0.0/24", "10.244.4.0/22"], "permit 10.244.0.0/16 ge 22 le 24"),
        (["10.244.0.0/16", None], None),
    ],
)
def test_accepted_are_lengths_that_nodes_have(subnets: list[str | None], permitted: str | None) -> None:
    variables = speakers(2 if subnets[1] else 1, IPV4)
    for given, subnet in zip(variables.values(), subnets, strict=False):
        given["fabric_pod_subnet"] = subnet
    found = lines_with("podnet-pods seq 10", text(planned(variables)))
    assert found == ([f"ip prefix-list podnet-pods seq 10 {permitted}"] if permitted else [])


@pytest.mark.parametrize(
    ("accepted", "limit"),
    [
        (["198.51.100.0/24"], 64),
        (["198.51.100.0/24 ge 26 le 28"], 64),  # 4, 8 and 16
        (["198.51.100.0/24 le 28"], 128),  # 1 and 2 more
        (["198.51.100.0/24 ge 32"], 1024),
        (["198.51.100.0/24 ge 26 le 28", "10.0.0.0/8 ge 12 le 14"], 512),  # 16, 32 and 64 more
        (["0.0.0.0/0 le 31"], 2**32 - 1),
    ],
)
def test_limit_is_never_exceeded_by_what_is_accepted(accepted: list[str], limit: int) -> None:
    (line,) = lines_with("maximum-prefix", text(mesh(), accepted_prefixes=accepted))
    assert line == f"neighbor podnet-nodes-v4 maximum-prefix {limit} restart 5"


@pytest.mark.parametrize("router", [{"address": "192.0.2.254", "asn": 65001}, {"interface": "eth1", "asn": "internal"}])
def test_bfd_towards_routers_that_ttl_security_makes_far_is_refused(router: dict[str, Any]) -> None:
    with pytest.raises(
        ValueError,
        match=r"^bgp_ttl_security true cannot be together with bgp_bfd towards (192.0.2.254|eth1): .* false\.$",
    ):
        text(racked(router), bfd=True)
    assert text(racked(router), bfd=True, ttl_security=False)
    assert text(racked({**ROUTER, "multihop": 2}), bfd=True)


@pytest.mark.parametrize(
    ("nodes", "announced", "limit"), [(2, [], 64), (32, [], 64), (33, [], 128), (16, ["198.51.100.0/28"], 64)]
)
def test_limit_has_headroom_and_changes_seldom(nodes: int, announced: list[str], limit: int) -> None:
    (line,) = lines_with("maximum-prefix", text(mesh(nodes), announced_prefixes=announced))
    assert line == f"neighbor podnet-nodes-v4 maximum-prefix {limit} restart 5"


def test_new_node_is_no_news_to_other_clients() -> None:
    clusters = [speakers(count, IPV4, bgp_topology="reflectors") for count in (20, 21)]
    for variables in clusters:
        variables["node-2"]["fabric_bgp_reflector"] = True
    before, after = (text(planned(variables)) for variables in clusters)
    assert before == after


def test_host_that_speaks_no_bgp_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^host node-1 speaks no BGP: it is not in the plan, or fabric_mode is not bgp$"
    ):
        text(planned(hosts(1)))
