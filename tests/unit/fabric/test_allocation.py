"""A host never changes its subnet because others come or go, and no two ever overlap."""

from __future__ import annotations

import ipaddress
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import allocation, plan
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.values import Network
from tests.unit.fabric.inventory import hosts, lock_text, planned, subnets

NAMES = st.lists(st.sampled_from([f"node-{number}" for number in range(1, 41)]), unique=True, min_size=1)
CIDRS = st.sampled_from(["10.244.0.0/16", "10.244.0.0/16,fd00:10:244::/56", "fd00:10:244::/56"])


def inventory(names: list[str], cidr: str, **variables: object) -> dict[str, dict[str, object]]:
    everyone = hosts(40, cluster_cidr=cidr, **variables)
    return {name: everyone[name] for name in names}


def assert_disjoint(found: list[Network]) -> None:
    bounds = sorted((subnet.version, int(subnet[0]), int(subnet[-1])) for subnet in found)
    assert all(one[0] < other[0] or one[2] < other[1] for one, other in pairwise(bounds))


@given(st.lists(NAMES, min_size=1, max_size=5), CIDRS, st.randoms(use_true_random=False))
def test_no_host_moves_while_others_come_and_go_in_any_order(
    generations: list[list[str]], cidr: str, chance: random.Random
) -> None:
    lock: str | None = None
    known: dict[str, tuple[str, ...]] = {}
    for names in generations:
        chance.shuffle(names)
        made = plan.make(inventory(names, cidr), lock)
        lock = made.lock
        found = subnets(made.plan)
        assert found == {**found, **{name: known[name] for name in names if name in known}}
        known.update(found)
        assert_disjoint([ipaddress.ip_network(subnet) for held in known.values() for subnet in held])


@given(NAMES, CIDRS, st.randoms(use_true_random=False))
def test_once_locked_the_order_of_the_inventory_means_nothing(
    names: list[str], cidr: str, chance: random.Random
) -> None:
    first = plan.make(inventory(names, cidr), None)
    chance.shuffle(names)
    second = plan.make(inventory(names, cidr), first.lock)
    assert second == first
    assert list(second.plan.hosts) == list(first.plan.hosts)


HELD = st.lists(st.tuples(st.integers(0, 255), st.integers(20, 28)), max_size=30)


@given(HELD, st.integers(18, 28))
def test_what_is_free_is_lowest_complete_and_overlaps_nothing(held: list[tuple[int, int]], mask_size: int) -> None:
    cidr = ipaddress.ip_network("10.0.0.0/18")
    taken = [ipaddress.ip_network(f"10.0.{third // 4}.{third % 4 * 64}/{mask}", strict=False) for third, mask in held]
    free = list(allocation.free_subnets(taken, cidr, mask_size))
    assert free == [subnet for subnet in cidr.subnets(new_prefix=mask_size) if not any(map(subnet.overlaps, taken))]


def test_what_others_hold_outside_the_network_does_not_matter() -> None:
    cidr = ipaddress.ip_network("10.0.0.0/23")
    outside = [ipaddress.ip_network("9.0.0.0/8"), ipaddress.ip_network("10.0.2.0/24")]
    assert list(allocation.free_subnets(outside, cidr, 24)) == list(cidr.subnets(new_prefix=24))
    assert list(allocation.free_subnets([ipaddress.ip_network("10.0.0.0/8")], cidr, 24)) == []


def test_first_run_gives_the_lowest_in_the_order_of_the_inventory() -> None:
    names = ["node-2", "node-10", "node-1"]
    found = subnets(planned(inventory(names, "10.244.0.0/16,fd00:10:244::/56")))
    assert found == {
        "node-1": ("10.244.2.0/24", "fd00:10:244:2::/64"),
        "node-2": ("10.244.0.0/24", "fd00:10:244::/64"),
        "node-10": ("10.244.1.0/24", "fd00:10:244:1::/64"),
    }


def test_explicit_subnet_wins_over_the_lock_and_is_locked() -> None:
    variables = hosts(2)
    variables["node-1"]["fabric_pod_subnet"] = "10.244.8.0/22"
    made = plan.make(variables, lock_text({"node-1": ["10.244.0.0/24"], "node-2": ["10.244.1.0/24"]}))
    assert subnets(made.plan) == {"node-1": ("10.244.8.0/22",), "node-2": ("10.244.1.0/24",)}
    del variables["node-1"]["fabric_pod_subnet"]
    assert plan.make(variables, made.lock) == made


def test_explicit_subnets_are_not_given_to_hosts_before_them() -> None:
    variables = hosts(3)
    variables["node-3"]["fabric_pod_subnet"] = "10.244.0.0/24"
    assert subnets(planned(variables))["node-1"] == ("10.244.1.0/24",)


def test_a_second_family_is_added_without_moving_the_first() -> None:
    before = plan.make(hosts(2), None)
    after = planned(hosts(2, cluster_cidr="10.244.0.0/16,fd00:10:244::/56"), before.lock)
    assert subnets(after) == {
        "node-1": ("10.244.0.0/24", "fd00:10:244::/64"),
        "node-2": ("10.244.1.0/24", "fd00:10:244:1::/64"),
    }


@pytest.mark.parametrize(("reclaim", "subnet"), [(False, "10.244.2.0/24"), (True, "10.244.0.0/24")])
def test_subnets_of_hosts_that_left_are_given_out_only_when_told(reclaim: bool, subnet: str) -> None:
    lock = lock_text({"node-1": ["10.244.0.0/24"], "node-2": ["10.244.1.0/24"]})
    variables = {name: given for name, given in hosts(3, reclaim=reclaim).items() if name != "node-1"}
    made = plan.make(variables, lock)
    assert subnets(made.plan)["node-3"] == (subnet,)
    assert ("node-1" in made.lock) is not reclaim
