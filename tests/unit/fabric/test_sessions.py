"""Who speaks BGP to whom, in each topology."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Plan
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.sessions import Session, sessions
from tests.unit.fabric.inventory import planned, speakers

IPV4, IPV6 = "10.244.0.0/16", "fd00:10:244::/56"
DUAL = f"{IPV4},{IPV6}"


def reflected(clusters: list[list[bool]], cidr: str = IPV4) -> Plan:
    """A list a cluster ID, of whether each of its nodes is a reflector."""
    variables = speakers(sum(map(len, clusters)), cidr, bgp_topology="reflectors")
    roles = [(number, role) for number, members in enumerate(clusters, start=1) for role in members]
    for given_, (number, role) in zip(variables.values(), roles, strict=True):
        given_.update(fabric_bgp_cluster_id=f"0.0.0.{number}", fabric_bgp_reflector=role)
    return planned(variables)


def peers(plan: Plan, name: str) -> dict[str, bool]:
    return {session.peer: session.reflector_client for session in sessions(plan, name)}


def test_mesh_has_a_session_with_every_other_node_for_each_family() -> None:
    assert sessions(planned(speakers(3, DUAL)), "node-2") == (
        Session("node-1", "192.0.2.1", "", "64512", False, (4,), 0),
        Session("node-1", "2001:db8::1", "", "64512", False, (6,), 0),
        Session("node-3", "192.0.2.3", "", "64512", False, (4,), 0),
        Session("node-3", "2001:db8::3", "", "64512", False, (6,), 0),
    )


def test_mesh_speaks_of_a_family_by_addresses_of_that_family() -> None:
    (session,) = sessions(planned(speakers(2, IPV6)), "node-1")
    assert (session.address, session.families) == ("2001:db8::2", (6,))


def test_clients_know_the_reflectors_of_their_cluster_and_these_know_each_other() -> None:
    plan = reflected([[True, True, False, False], [True, False]])
    assert peers(plan, "node-1") == {"node-2": False, "node-3": True, "node-4": True, "node-5": False}
    assert peers(plan, "node-3") == {"node-1": False, "node-2": False}
    assert peers(plan, "node-5") == {"node-1": False, "node-2": False, "node-6": True}
    assert peers(plan, "node-6") == {"node-5": False}


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=4).filter(any), min_size=1, max_size=3))
def test_either_end_of_a_session_has_it_and_routes_get_everywhere(clusters: list[list[bool]]) -> None:
    plan = reflected(clusters)
    found = {name: peers(plan, name) for name in plan.hosts}
    for name, others in found.items():
        for other, client in others.items():
            assert name in found[other]
            assert not (client and found[other][name])
        # What a reflector passes on: anything to clients, and what its clients say to anybody (RFC 4456).
        reached = {name} | set(others)
        for first in others:
            passed_on = set(found[first]) if found[first][name] else {n for n, client in found[first].items() if client}
            reached |= passed_on
            for second in passed_on:
                reached |= {n for n, client in found[second].items() if client}
        assert reached == set(plan.hosts)


def test_client_of_a_large_cluster_has_few_sessions() -> None:
    variables = {
        f"node-{number}": {
            "fabric_mode": "bgp",
            "fabric_cluster_cidr": "10.0.0.0/8",
            "fabric_service_cidr": "172.30.0.0/16",
            "fabric_underlay_cidr": "198.18.0.0/16",
            "fabric_node_ip": f"198.18.{number // 250}.{number % 250 + 1}",
            "fabric_bgp_topology": "reflectors",
            "fabric_bgp_reflector": number <= 2,
        }
        for number in range(1, 5001)
    }
    plan = planned(variables)
    assert [session.peer for session in sessions(plan, "node-5000")] == ["node-1", "node-2"]
    assert len(sessions(plan, "node-1")) == 4999


ROUTER = {"address": "192.0.2.254", "asn": 65001}


def test_nodes_with_routers_need_no_sessions_between_them() -> None:
    plan = planned(speakers(3, IPV4, bgp_topology="routers", bgp_routers=[ROUTER]))
    assert sessions(plan, "node-1") == (Session("", "192.0.2.254", "", "65001", False, (4,), 0),)


@pytest.mark.parametrize("topology", ["mesh", "reflectors"])
def test_router_comes_in_addition_in_other_topologies(topology: str) -> None:
    variables = speakers(2, IPV4, bgp_topology=topology)
    variables["node-1"].update(fabric_bgp_reflector=True, fabric_bgp_routers=[{**ROUTER, "multihop": 2}])
    plan = planned(variables)
    assert sessions(plan, "node-1")[1:] == (Session("", "192.0.2.254", "", "65001", False, (4,), 2),)
    assert [session.peer for session in sessions(plan, "node-2")] == ["node-1"]


@pytest.mark.parametrize(
    ("cidr", "routers", "families"),
    [
        (IPV4, ["192.0.2.254"], [(4,)]),
        (DUAL, ["192.0.2.254"], [(4, 6)]),
        (DUAL, ["2001:db8::fe"], [(4, 6)]),
        (DUAL, ["192.0.2.254", "2001:db8::fe"], [(4,), (6,)]),
        (DUAL, ["192.0.2.254", "eth1"], [(4, 6), (4, 6)]),
        (IPV4, ["2001:db8::fe"], [(4,)]),
        (IPV4, ["192.0.2.254", "2001:db8::fe"], [(4,), (4,)]),
        (IPV6, ["eth1"], [(6,)]),
    ],
)
def test_router_carries_its_own_family_and_those_that_nobody_else_does(
    cidr: str, routers: list[str], families: list[tuple[int, ...]]
) -> None:
    given_ = [{"interface" if name == "eth1" else "address": name, "asn": "external"} for name in routers]
    plan = planned(speakers(1, cidr, bgp_topology="routers", bgp_routers=given_))
    assert [session.families for session in sessions(plan, "node-1")] == families
