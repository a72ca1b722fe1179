"""From any way to any other: at every moment each host has a way to each peer, which the peer takes and answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents, plan, transition, ways
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Plan
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.problems import PlanError
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.transition import LAY, PREFER
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.unit.fabric.inventory import hosts

UNDERLAY = "192.0.2.0/24,198.51.100.0/24,2001:db8:1::/64,2001:db8:2::/64"
RACKS = (("192.0.2.{}", "2001:db8:1::{}"), ("198.51.100.{}", "2001:db8:2::{}"))

#: What of a document belongs to whom: its layer, and all that hosts have of it.
Documents = dict[str, dict[str, Any]]


def inventory(racks: list[int], **variables: Any) -> dict[str, dict[str, Any]]:
    """Hosts of both address families; `racks` says where each is."""
    variables = {"underlay_cidr": UNDERLAY, "cluster_cidr": "10.244.0.0/16,fd00:10:244::/56", **variables}
    found = hosts(len(racks), **variables)
    for number, (rack, host) in enumerate(zip(racks, found.values(), strict=True), start=1):
        host["fabric_node_ip"] = [form.format(number) for form in RACKS[rack]]
    return found


@dataclass
class Moving:
    """One step of a migration, as `plan` gives it before the step and after."""

    had: Plan
    during: Plan
    after: Plan
    steps: int
    stages: dict[str, dict[str, Documents]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stages = {
            "before": {name: fresh(self.had, name) for name in self.had.hosts},
            LAY: {name: self.at(LAY, name) for name in self.had.hosts},
            PREFER: {name: self.at(PREFER, name) for name in self.had.hosts},
            "after": {name: fresh(self.after, name) for name in self.had.hosts},
        }

    def at(self, stage: str, name: str) -> Documents:
        found = transition.layers(self.had, self.during)
        return {layer: transition.document(self.had, self.during, name, layer, stage) for layer in found}

    def trial(self, name: str, *pods: str) -> dict[str, Any]:
        return transition.trial(self.had, self.during, name, pods)


def fresh(found: Plan, name: str) -> Documents:
    """What a host has on which only this plan was ever applied."""
    return {layer: documents.document(found, name, layer) for layer in ways.layers(found) if layer != "bgp"}


def moves(racks: list[int], old: dict[str, Any], new: dict[str, Any]) -> Iterator[Moving]:
    """The steps from one set of variables to the other."""
    text = plan.make(inventory(racks, **old), None).lock
    wanted = inventory(racks, **new)
    while True:
        before = plan.make(wanted, text, moving=plan.MOVE)
        if not before.steps:
            return
        after = plan.make(wanted, text, moving=plan.MOVED)
        assert after.steps == before.steps - 1
        text = after.lock
        yield Moving(before.had, before.plan, after.plan, before.steps)


def between(old: Documents, new: Documents) -> list[Documents]:
    """All that a host has while it goes from one to the other: what is not wanted goes first, then layer by layer."""
    found = [old, {layer: document for layer, document in old.items() if layer in new}]
    for layer, document in new.items():
        found.append({**found[-1], layer: document})
    return found


def best(found: Documents, subnet: str, bgp: bool) -> str:
    """The layer that the kernel takes. FRR lays its route only where no other has a better distance, its top byte."""
    metrics = {
        route["metric"]: layer
        for layer, document in found.items()
        for route in document["routes"]
        if route["dst"] == subnet
    }
    if bgp and all(metric >= ways.BESIDE for metric in metrics):
        metrics[ways.METRICS["bgp"]] = "bgp"
    return metrics[min(metrics)]


def takes(found: Documents, layer: str, sender: Documents, address: str) -> bool:
    """Whether a host takes what another sends by that layer."""
    if layer in ("direct", "bgp"):
        return True
    (link,), (theirs,) = found[layer]["links"], sender[layer]["links"]
    (peers,) = found[layer]["ipsets"]
    same = all(link.get(name) == theirs.get(name) for name in ("type", "vni", "dstport"))
    return same and address in peers["entries"]


SETTINGS: list[dict[str, Any]] = [
    {"mode": "vxlan"},
    {"mode": "vxlan", "vxlan_vni": 7, "vxlan_port": 4790},
    {"mode": "vxlan", "vxlan_name": "tunnel", "underlay_mtu": 1400},
    {"mode": "geneve"},
    {"mode": "geneve", "geneve_vni": 7},
    {"mode": "geneve", "geneve_port": 6082, "underlay_mtu": 9000},
    {"mode": "hybrid"},
    {"mode": "hybrid", "underlay_cidr": "192.0.2.0/24,198.51.100.0/24"},
    {"mode": "hybrid", "overlay": "geneve"},
    {"mode": "hybrid", "vxlan_port": 4790},
    {"mode": "bgp", "bgp_topology": "routers", "bgp_routers": [{"address": "192.0.2.254", "asn": 65000}]},
    {"mode": "direct"},
]


@st.composite
def cluster_moves(draw: st.DrawFn) -> tuple[list[int], dict[str, Any], dict[str, Any]]:
    racks = draw(st.lists(st.integers(0, 1), min_size=2, max_size=4))
    possible = SETTINGS if len(set(racks)) == 1 else SETTINGS[:-1]
    return racks, draw(st.sampled_from(possible)), draw(st.sampled_from(possible))


def test_settings_can_be_planned() -> None:
    for variables in SETTINGS:
        plan.make(inventory([0, 0], **variables), None)


@given(cluster_moves(), st.data())
def test_whatever_a_host_sends_its_peer_takes_at_every_moment(
    move: tuple[list[int], dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    for step in moves(*move):
        order = [LAY, "before"] if data.draw(st.booleans(), "back") else [LAY, PREFER, "after"]
        for old, new in zip(["before", *order], order, strict=False):
            bgp = bgp_is_there(step, old, new)
            now = {
                name: data.draw(st.sampled_from(between(step.stages[old][name], step.stages[new][name])), name)
                for name in step.had.hosts
            }
            connected(step.had, now, bgp)


def bgp_is_there(step: Moving, *stages: str) -> bool:
    """FRR is there from before the new ways are laid until all else is."""
    of = {"before": step.had, "after": step.after}
    return all(of[stage].cluster.mode == "bgp" for stage in stages if stage in of) and "bgp" in (
        step.had.cluster.mode,
        step.after.cluster.mode,
    )


def connected(found: Plan, now: dict[str, Documents], bgp: bool) -> None:
    for name, host in found.hosts.items():
        for peer, other in found.peers(name):
            for subnet in other.pod_subnet:
                layer = best(now[name], subnet, bgp)
                assert any(takes(now[peer], layer, now[name], address) for address in host.node_ip), (name, peer, layer)


@given(cluster_moves())
def test_no_two_documents_hold_one_route_and_all_are_valid(
    move: tuple[list[int], dict[str, Any], dict[str, Any]],
) -> None:
    for step in moves(*move):
        for stage in (LAY, PREFER):
            for found in step.stages[stage].values():
                keys = [key for document in found.values() for key in normalise(document).get("routes", ())]
                assert len(keys) == len(set(keys))


@given(cluster_moves())
def test_what_is_preferred_is_what_a_fresh_host_has(move: tuple[list[int], dict[str, Any], dict[str, Any]]) -> None:
    """So the last step only takes away, and gives the tunnel its MTU."""
    *_steps, last = [None, *moves(*move)]
    if last is None:
        return
    assert last.steps == 1
    for name, found in last.stages[PREFER].items():
        for layer, wanted in last.stages["after"][name].items():
            preferred = [route for route in found[layer]["routes"] if route["metric"] < ways.BESIDE]
            assert preferred == wanted["routes"]


@given(cluster_moves())
def test_pods_have_an_mtu_that_old_and_new_ways_carry(move: tuple[list[int], dict[str, Any], dict[str, Any]]) -> None:
    for step in moves(*move):
        assert step.during.cluster.mtu == min(step.had.cluster.mtu, step.after.cluster.mtu)


def step_of(old: dict[str, Any], new: dict[str, Any], racks: list[int] | None = None) -> Moving:
    return next(moves(racks or [0, 0], old, new))


def routes(document: dict[str, Any]) -> list[tuple[str, int]]:
    return [(route["dst"], route["metric"]) for route in document["routes"] if ":" not in route["dst"]]


def test_vxlan_to_direct() -> None:
    step = step_of({"mode": "vxlan"}, {"mode": "direct"})
    laid, preferred = (step.stages[stage]["node-1"] for stage in (LAY, PREFER))
    assert routes(laid["vxlan"]) == [("10.244.1.0/24", 14)]
    assert routes(laid["direct"]) == [("10.244.1.0/24", 4261412876)]
    assert routes(preferred["vxlan"]) == [("10.244.1.0/24", 4261412878)]
    assert routes(preferred["direct"]) == [("10.244.1.0/24", 12)]


def test_only_peers_whose_way_changes_get_another() -> None:
    step = step_of({"mode": "vxlan"}, {"mode": "hybrid"}, racks=[0, 0, 1])
    preferred = step.stages[PREFER]["node-1"]
    assert routes(preferred["vxlan"]) == [("10.244.2.0/24", 14), ("10.244.1.0/24", 4261412878)]
    assert routes(preferred["direct"]) == [("10.244.1.0/24", 12)]
    assert [route["dst"] for route in step.trial("node-1")["routes"] if ":" not in route["dst"]] == ["10.244.1.0/24"]


@pytest.mark.parametrize(
    ("kind", "variables", "detour"),
    [
        ("vxlan", {"vxlan_port": 4790}, (1, 4790)),
        ("vxlan", {"vxlan_vni": 1}, (2, 4789)),
        ("geneve", {"geneve_port": 6082}, (1, 6083)),
    ],
)
def test_a_device_that_has_to_be_made_anew_is_gone_around(
    kind: str, variables: dict[str, Any], detour: tuple[int, int]
) -> None:
    first, second = moves([0, 0], {"mode": kind}, {"mode": kind, **variables})
    assert (first.steps, second.steps) == (2, 1)
    assert first.after.cluster.overlay == second.had.cluster.overlay
    around = second.had.cluster.overlay
    assert around is not None
    assert (around.kind, around.name, around.vni, around.port) == (kind, "podnet-detour", *detour)
    assert list(first.stages["after"]["node-1"]) == ["detour"]
    chains = {chain["chain"] for chain in first.stages["after"]["node-1"]["detour"]["iptables"]}
    assert chains == {"PODNET-DETOUR"}


def test_another_vni_of_geneve_needs_no_other_device() -> None:
    (step,) = moves([0, 0], {"mode": "geneve"}, {"mode": "geneve", "geneve_vni": 7})
    assert step.stages[PREFER] == step.stages["after"]


def test_a_port_that_the_other_kind_has_is_refused() -> None:
    with pytest.raises(PlanError, match="fabric_geneve_port 4789 is taken as long as hosts have podnet-vxlan"):
        list(moves([0, 0], {"mode": "vxlan"}, {"mode": "geneve", "geneve_port": 4789}))
    with pytest.raises(PlanError, match="fabric_geneve_name podnet-vxlan is taken"):
        list(moves([0, 0], {"mode": "vxlan"}, {"mode": "geneve", "geneve_name": "podnet-vxlan"}))


def test_probe_pods_are_led_over_the_new_ways_alone() -> None:
    step = step_of({"mode": "vxlan"}, {"mode": "direct"})
    document = step.trial("node-1", "10.244.0.9", "fd00:10:244::9")
    assert document["routes"] == [
        {"dst": "10.244.1.0/24", "gateway": "192.0.2.2", "metric": 12, "table": 244},
        {"dst": "fd00:10:244:1::/64", "gateway": "2001:db8:1::2", "metric": 12, "table": 244},
    ]
    assert document["rules"] == [
        {"family": "ipv4", "priority": 244, "from": "10.244.0.9", "table": 244},
        {"family": "ipv6", "priority": 244, "from": "fd00:10:244::9", "table": 244},
    ]
    normalise(document)


def test_what_is_in_neither_plan_is_refused() -> None:
    step = step_of({"mode": "vxlan"}, {"mode": "direct"})
    with pytest.raises(ValueError, match="no layer geneve between these plans, only vxlan, direct"):
        transition.document(step.had, step.during, "node-1", "geneve", LAY)
    with pytest.raises(ValueError, match="host node-9 is not in the plan"):
        transition.document(step.had, step.during, "node-9", "direct", LAY)
