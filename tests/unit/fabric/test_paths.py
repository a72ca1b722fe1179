"""What the hosts have between them is told apart from what the inventory wants, by variable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import plan
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.problems import PlanError
from tests.unit.fabric.inventory import hosts, lock_text

HYBRID = {"mode": "hybrid", "underlay_cidr": "172.16.0.0/24"}
BGP = {"mode": "bgp"}
REFLECTED = {**BGP, "bgp_topology": "reflectors", "bgp_reflector": True}
ROUTED = {**BGP, "bgp_topology": "routers", "bgp_routers": [{"address": "192.0.2.254", "asn": 65001}]}


def refused(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, object]]:
    """The variables and values that are refused on hosts that have the old."""
    lock = plan.make(hosts(2, **old), None).lock
    with pytest.raises(PlanError) as refusal:
        plan.make(hosts(2, **new), lock)
    return [(problem.variable, problem.value) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ({}, {"mode": "direct"}, [("fabric_mode", "direct")]),
        ({}, {"mode": "geneve"}, [("fabric_mode", "geneve")]),
        ({}, {"vxlan_vni": 7, "vxlan_name": "x"}, [("fabric_vxlan_name", "x"), ("fabric_vxlan_vni", 7)]),
        ({}, {"mode": "hybrid", "vxlan_port": 1}, [("fabric_mode", "hybrid"), ("fabric_vxlan_port", 1)]),
        ({}, {"underlay_mtu": 9000}, [("fabric_underlay_mtu", 9000)]),
        ({}, {"mode": "direct", "underlay_mtu": 9000}, [("fabric_mode", "direct"), ("fabric_underlay_mtu", 9000)]),
        (HYBRID, {**HYBRID, "overlay": "geneve"}, [("fabric_overlay", "geneve")]),
        ({"mode": "geneve"}, {"mode": "geneve", "geneve_port": 1}, [("fabric_geneve_port", 1)]),
        (BGP, REFLECTED, [("fabric_bgp_topology", "reflectors")]),
        (BGP, ROUTED, [("fabric_bgp_topology", "routers")]),
        (BGP, {**BGP, "asn": 64999}, [("fabric_asn", 64999)]),
        (REFLECTED, {**REFLECTED, "asn": 64999}, [("fabric_asn", 64999)]),
        # What follows from another mode is not told beside it.
        ({}, {**REFLECTED, "asn": 64999}, [("fabric_mode", "bgp")]),
    ],
)
def test_each_variable_that_differs_is_refused(old: Any, new: Any, problems: list[tuple[str, object]]) -> None:
    assert refused(old, new) == problems
    there, back = new, old
    assert [variable for variable, _value in refused(there, back)] == [variable for variable, _value in problems]


def test_in_hybrid_the_underlays_networks_decide_over_ways() -> None:
    ((variable, value),) = refused(HYBRID, {**HYBRID, "underlay_cidr": "172.16.0.0/24,172.17.0.0/24"})
    assert variable == "fabric_underlay_cidr"
    assert [str(network) for network in value] == ["172.16.0.0/24", "172.17.0.0/24"]  # type: ignore[attr-defined]  # networks


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"underlay_cidr": "172.16.0.0/24"}),
        ({}, {"geneve_vni": 7, "overlay": "geneve", "bgp_topology": "reflectors"}),
        ({"bgp_topology": "routers"}, {"bgp_reflector": True, "asn": 64999}),
        (REFLECTED, {**REFLECTED, "bgp_routers": [{"address": "192.0.2.254", "asn": 65001}]}),
        (ROUTED, {**ROUTED, "asn": 64999}),
        ({}, {"masquerade": False}),
    ],
)
def test_what_no_path_depends_on_may_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    lock = plan.make(hosts(2, **old), None).lock
    made = plan.make(hosts(2, **new), lock)
    assert (made.lock, made.steps) == (lock, 0)


def on_their_way(old: dict[str, Any], new: dict[str, Any]) -> str:
    """The lock of hosts whose migration has begun."""
    return plan.make(hosts(2, **new), plan.make(hosts(2, **old), None).lock, moving=plan.MOVE).lock


@pytest.mark.parametrize("now", [{}, {"mode": "geneve"}, {"mode": "direct"}])
def test_hosts_on_their_way_are_refused_whatever_the_variables_say(now: dict[str, Any]) -> None:
    lock = on_their_way({}, {"mode": "geneve"})
    with pytest.raises(PlanError) as refusal:
        plan.make(hosts(2, **now), lock)
    (line,) = str(refusal.value).splitlines()[1:]
    assert line == (
        "- every host: fabric_mode is on its way from vxlan to geneve, by a run of podnet.baremetal.migrate that has "
        "not ended. Let it end; or, if it was killed, repeat it with geneve to go on, or with vxlan to go back; where "
        "no pods run, podnet.baremetal.site with -e fabric_paths=replace will do."
    )
    replaced = plan.make(hosts(2, **now), lock, moving=plan.REPLACE).lock
    assert plan.make(hosts(2, **now), replaced).lock == replaced == plan.make(hosts(2, **now), None).lock


@pytest.mark.parametrize("new", [{"mode": "geneve"}, BGP, {"vxlan_vni": 7}])
def test_hosts_on_their_way_go_to_one_end_or_the_other(new: dict[str, Any]) -> None:
    start, lock = plan.make(hosts(2), None), on_their_way({}, new)
    first = plan.make(hosts(2, **new), start.lock, moving=plan.MOVE)
    again = plan.make(hosts(2, **new), lock, moving=plan.MOVE)
    assert (again.lock, again.plan, again.begun, first.begun) == (lock, first.plan, True, False)
    assert json.loads(plan.make(hosts(2, **new), lock, moving=plan.MOVED).lock).keys() == {"version", "paths", "hosts"}
    old = plan.make(hosts(2), lock, moving=plan.MOVE)
    assert (old.lock, old.plan, old.steps, old.begun) == (lock, start.plan, 0, True)
    assert first.plan.cluster.overlay in (None, *old.tunnels), "no firewall closes before they are back"
    for variables in ({}, new):
        back = plan.make(hosts(2, **variables), lock, moving=plan.BACK)
        assert (back.lock, back.had.cluster.mode, back.plan.cluster) == (start.lock, "vxlan", first.plan.cluster)
    for moving in (plan.MOVE, plan.MOVED, plan.BACK):
        with pytest.raises(PlanError, match=" is on its way from "):
            plan.make(hosts(2, mode="direct"), lock, moving=moving)


def test_from_a_detour_there_is_no_way_back() -> None:
    other = {"vxlan_vni": 7}
    detour = plan.make(hosts(2, **other), on_their_way({}, other), moving=plan.MOVED).lock
    lock = plan.make(hosts(2, **other), detour, moving=plan.MOVE).lock
    with pytest.raises(
        PlanError, match=r"from podnet-detour to podnet-vxlan.* repeat it with podnet-vxlan to go on; wh"
    ):
        plan.make(hosts(2), lock, moving=plan.MOVE)
    done = plan.make(hosts(2, **other), lock, moving=plan.MOVED)
    assert plan.make(hosts(2, **other), done.lock).lock == done.lock


def test_who_reflects_may_change_on_the_way_to_bgp() -> None:
    lock = on_their_way({}, BGP)
    assert plan.make(hosts(2, **{**BGP, "asn": 64999}), plan.make(hosts(2), None).lock, moving=plan.MOVE).steps == 1
    with pytest.raises(PlanError, match="fabric_mode is on its way"):
        plan.make(hosts(2, **{**BGP, "asn": 64999}), lock, moving=plan.MOVE)
    wanted = reflected("node-1", "node-2")
    lock = plan.make(wanted, plan.make(hosts(5), None).lock, moving=plan.MOVE).lock
    assert plan.make(reflected("node-2", "node-3"), lock, moving=plan.MOVE).steps == 1


def reflected(*names: str, clusters: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Five nodes, of which these reflect."""
    inventory = hosts(5, mode="bgp", bgp_topology="reflectors")
    for name in names:
        inventory[name]["fabric_bgp_reflector"] = True
    for name, cluster in (clusters or {}).items():
        inventory[name]["fabric_bgp_cluster_id"] = cluster
    return inventory


def test_no_migration_changes_what_is_told_by_bgp_while_the_mode_stays() -> None:
    lock = plan.make(hosts(2, **BGP), None).lock
    words = r"which is mesh, and sessions would go down.*migrate to fabric_mode direct or vxlan, and then to bgp"
    for moving in (plan.REFUSE, plan.MOVE, plan.MOVED):
        with pytest.raises(PlanError, match=words):
            plan.make(hosts(2, **REFLECTED), lock, moving=moving)
    between = plan.make(hosts(2, **{**REFLECTED, "mode": "direct"}), lock, moving=plan.MOVE)
    assert (between.had.cluster.bgp_topology, between.steps) == ("mesh", 1)
    there = plan.make(hosts(2, **{**REFLECTED, "mode": "direct"}), between.lock, moving=plan.MOVED).lock
    assert plan.make(hosts(2, **REFLECTED), there, moving=plan.MOVE).plan.cluster.bgp_topology == "reflectors"
    replaced = plan.make(hosts(2, **REFLECTED), lock, moving=plan.REPLACE)
    assert plan.make(hosts(2, **REFLECTED), replaced.lock).lock == replaced.lock


def test_reflectors_change_as_long_as_one_stays() -> None:
    lock = plan.make(reflected("node-1", "node-2"), None).lock
    with pytest.raises(PlanError) as refusal:
        plan.make(reflected("node-3", "node-4"), lock)
    (problem,) = refusal.value.problems
    assert (problem.variable, problem.value) == ("fabric_bgp_reflector", "node-3, node-4")
    assert "which are node-1, node-2" in problem.reason
    first = plan.make(reflected("node-2", "node-3"), lock)
    assert (first.steps, first.lock == lock) == (0, False)
    second = plan.make(reflected("node-3", "node-4"), first.lock)
    assert plan.make(reflected("node-3", "node-4"), second.lock).lock == second.lock


def test_each_cluster_of_reflectors_keeps_one() -> None:
    apart = {"node-2": "0.0.0.9", "node-5": "0.0.0.9"}
    lock = plan.make(reflected("node-1", "node-2", clusters=apart), None).lock
    with pytest.raises(PlanError, match=r"fabric_bgp_reflector node-5 .*which are node-2 \(cluster ID 0\.0\.0\.9\)"):
        plan.make(reflected("node-1", "node-5", clusters=apart), lock)


def test_a_lock_that_does_not_say_who_tells_whom_takes_what_is_wanted() -> None:
    lock = plan.make(hosts(2, **BGP), None).lock
    content = json.loads(lock)
    assert content["paths"].pop("bgp") == {"topology": "mesh", "asn": 64512, "reflectors": {}}
    made = plan.make(hosts(2, **REFLECTED), json.dumps(content))
    assert made.steps == 0
    assert made.lock == plan.make(hosts(2, **REFLECTED), None).lock


@pytest.mark.parametrize(
    ("bgp", "words"),
    [
        ({"topology": "mesh"}, "bgp of paths does not hold exactly topology, asn, reflectors"),
        ({"topology": "star", "asn": 1, "reflectors": {}}, "bgp of paths is"),
        ({"topology": "mesh", "asn": 0, "reflectors": {}}, "bgp of paths is"),
        ({"topology": "mesh", "asn": 1, "reflectors": ["node-1"]}, "has reflectors that are no lists of names"),
    ],
)
def test_a_lock_that_says_it_wrongly_is_damaged(bgp: object, words: str) -> None:
    content = json.loads(plan.make(hosts(2, **BGP), None).lock)
    content["paths"]["bgp"] = bgp
    with pytest.raises(PlanError, match=words):
        plan.make(hosts(2, **BGP), json.dumps(content))


@pytest.fixture
def unsaid() -> str:
    """A lock of before paths were kept, when hosts had VXLAN."""
    return lock_text({"node-1": ["10.244.0.0/24"], "node-2": ["10.244.1.0/24"]})


def test_hosts_of_a_lock_without_paths_have_vxlan(unsaid: str) -> None:
    with pytest.raises(PlanError, match=r"every host: fabric_mode direct is not what the hosts have, which is vxlan"):
        plan.make(hosts(2, mode="direct"), unsaid)
    moved = plan.make(hosts(2, mode="direct"), unsaid, moving=plan.MOVE)
    assert (moved.steps, moved.had.cluster.mode) == (1, "vxlan")
    assert plan.make(hosts(2), unsaid).lock == plan.make(hosts(2), None).lock
    assert plan.make(hosts(2, mode="direct"), unsaid, moving=plan.REPLACE).plan.cluster.mode == "direct"


def test_without_hosts_in_the_lock_any_mode_may_be_the_first() -> None:
    assert plan.make(hosts(2, mode="direct"), lock_text({})).had.cluster.mode == "direct"


def test_tunnels_of_the_other_address_family_are_other_tunnels() -> None:
    inventory = hosts(2)
    for number, host in enumerate(inventory.values(), start=1):
        host["fabric_node_ip"] = [f"192.0.2.{number}", f"2001:db8::{number}"]
    lock = plan.make(inventory, None).lock
    for number, host in enumerate(inventory.values(), start=1):
        host["fabric_node_ip"] = [f"2001:db8::{number}"]
    with pytest.raises(PlanError) as refusal:
        plan.make(inventory, lock)
    (problem,) = refusal.value.problems
    assert (problem.variable, problem.value) == ("fabric_node_ip", "IPv6")
    with pytest.raises(
        PlanError, match=r"node-1: fabric_node_ip 2001:db8::1 has no IPv4 address, by which the hosts reach it"
    ):
        plan.make(inventory, lock, moving=plan.MOVE)


def test_direct_routes_need_a_node_ip_of_each_family_until_they_are_gone() -> None:
    old = hosts(2, mode="direct", cluster_cidr="fd00:10::/48")
    for number, host in enumerate(old.values(), start=1):
        host["fabric_node_ip"] = f"2001:db8::{number}"
    lock = plan.make(old, None).lock
    with pytest.raises(PlanError, match=r"node-1, node-2: .* has no IPv6 address|node-1: .* has no IPv6 address"):
        plan.make(hosts(2, cluster_cidr="fd00:10::/48"), lock, moving=plan.MOVE)
