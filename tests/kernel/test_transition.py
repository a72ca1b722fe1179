"""A host's way from one mode to another on a real kernel, stage by stage, with a way to its peers at every moment."""

from __future__ import annotations

import json

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents, plan, transition, ways
from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from tests.unit.fabric.inventory import hosts

pytestmark = pytest.mark.usefixtures("namespace")

VXLAN = {"mode": "vxlan"}
OTHER_VXLAN = {"mode": "vxlan", "vxlan_vni": 7, "vxlan_port": 4790}
RENAMED_VXLAN = {"mode": "vxlan", "vxlan_name": "tunnel"}
DIRECT = {"mode": "direct"}
HYBRID = {"mode": "hybrid", "underlay_cidr": "192.0.2.0/29,192.0.2.8/29,2001:db8::/125,2001:db8::8/125"}


def inventory(variables):
    found = hosts(4, cluster_cidr="10.244.0.0/16,fd00:10:244::/56", **variables)
    for number, host in enumerate(found.values(), start=1):
        host["fabric_node_ip"] = f"192.0.2.{2 * number},2001:db8::{2 * number}"
    return found


@pytest.fixture
def host(run, paths):
    """A node with its bridge, and what it has applied."""
    run("ip link add eth0 up type veth peer name switch; ip link set switch up")
    run("ip address add 192.0.2.2/24 dev eth0; ip address add 2001:db8::2/64 dev eth0 nodad")
    # The kernel tells IPv6 of a carrier when it comes to it.
    run("for i in $(seq 100); do ip -6 route show dev eth0 | grep -q ^2001 && break; sleep 0.05; done")
    engine.apply("bridge", documents.document(plan.make(inventory(VXLAN), None).plan, "node-1", "bridge"), paths=paths)


def lay(paths, found):
    for layer in ways.layers(found):
        engine.apply(layer, documents.document(found, "node-1", layer), paths=paths)


def shown(run, *arguments):
    """Routes of both families by destination: metric and device, best first."""
    by_destination = {}
    for family in (4, 6):
        for route in json.loads(run(f"ip -json -{family} route show proto 244 {' '.join(arguments)}")):
            by_destination.setdefault(route["dst"], []).append((route["metric"], route["dev"]))
    return {destination: sorted(routes) for destination, routes in by_destination.items()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (VXLAN, DIRECT),
        (DIRECT, VXLAN),
        (DIRECT, HYBRID),
        (HYBRID, VXLAN),
        (VXLAN, HYBRID),
        (VXLAN, OTHER_VXLAN),
        (VXLAN, RENAMED_VXLAN),
    ],
)
def test_from_plan_to_plan(host, run, paths, old, new):
    first = plan.make(inventory(old), None)
    lay(paths, first.plan)
    text, steps = first.lock, 1
    while steps:
        made = plan.make(inventory(new), text, moving=plan.MOVE)
        after = plan.make(inventory(new), text, moving=plan.MOVED)
        step(run, paths, made, after.plan)
        text, steps = after.lock, after.steps
    for layer in ("vxlan", "direct", "detour"):
        if layer not in ways.layers(after.plan):
            engine.remove(layer, paths=paths)
    lay(paths, after.plan)
    moved = shown(run)
    for layer in ("vxlan", "direct"):
        engine.remove(layer, paths=paths)
    assert shown(run) == {}
    lay(paths, plan.make(inventory(new), None).plan)
    assert shown(run) == moved


def step(run, paths, made, after):
    """One transition: at no moment is a peer without a route, and each stage prefers what it should."""
    before = best(shown(run))
    stage(run, paths, made, transition.LAY)
    assert best(shown(run)) == before
    engine.apply(
        "trial", transition.trial(made.had, made.plan, "node-1", ["10.244.0.9", "fd00:10:244::9"]), paths=paths
    )
    tried = best(shown(run, "table", "244"))
    assert run("ip rule show; ip -6 rule show").count("lookup 244") == 2
    engine.remove("trial", paths=paths)
    assert "244" not in run("ip rule show; ip -6 rule show; ip route show table 244")
    stage(run, paths, made, transition.PREFER)
    preferred = best(shown(run))
    # The way back, also where a run was killed.
    stage(run, paths, made, transition.LAY)
    assert best(shown(run)) == before
    stage(run, paths, made, transition.PREFER)
    assert best(shown(run)) == preferred
    assert {**before, **tried} == preferred
    assert len(preferred) == 6
    assert len(tried) == 6 or "hybrid" in (made.had.cluster.mode, after.cluster.mode)


def stage(run, paths, made, name):
    for layer in transition.layers(made.had, made.plan):
        engine.apply(layer, transition.document(made.had, made.plan, "node-1", layer, name), paths=paths)
        assert len(shown(run)) == 6


def best(routes):
    return {destination: found[0][1] for destination, found in routes.items()}
