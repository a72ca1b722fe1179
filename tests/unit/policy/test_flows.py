"""Which tracked connections policy forbids."""

from __future__ import annotations

import json

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.flows import Flow, Judge
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import (
    HASH_IP,
    HASH_IP_PORT,
    HASH_NET,
    AddressSet,
    Allow,
    Class,
    Table,
    from_json,
)

TCP, UDP, ICMP = 6, 17, 1
SERVER, CLIENT, OTHER, FREE, UNSEEN = (f"10.244.0.{number}" for number in (2, 3, 4, 5, 6))
CLIENTS = AddressSet("podnet-c", HASH_IP, (CLIENT,))
NAMED = AddressSet("podnet-d", HASH_IP_PORT, (f"{OTHER},tcp:8443", f"{OTHER},udp:53"))
BLOCK = AddressSet("podnet-b", HASH_NET, ("10.0.0.0/8", "10.1.0.0/16 nomatch", "10.1.2.0/24", "192.0.2.7"))


def judge(*, ingress=(), egress=(), family=4):
    sets = {each.name: each for each in (CLIENTS, NAMED, BLOCK)}
    classes = (
        (Class((SERVER,), ingress), Class((CLIENT,), None)),
        (Class((CLIENT,), egress), Class((SERVER,), None)),
    )
    return Judge(Table(family, ("10.244.0.0/24",), (FREE,), *classes, sets))


def test_only_what_both_ends_allow_is_not_forbidden():
    web = Allow("TCP", ((80, 80), (8000, 8009)), CLIENTS.name, ("default/web",))
    asked = judge(ingress=(web,), egress=(Allow("TCP", ((80, 80), (8080, 8080)), None, ()),))
    assert not asked.forbids(Flow(TCP, CLIENT, SERVER, 80))
    assert asked.forbids(Flow(TCP, CLIENT, SERVER, 8009))
    assert asked.forbids(Flow(TCP, CLIENT, SERVER, 8080))
    assert asked.forbids(Flow(UDP, CLIENT, SERVER, 80))
    assert asked.forbids(Flow(ICMP, CLIENT, SERVER, 0))
    assert asked.forbids(Flow(TCP, FREE, SERVER, 80))
    assert not asked.forbids(Flow(TCP, CLIENT, FREE, 8080))


def test_who_is_isolated_in_the_other_direction_only_is_free_in_this():
    asked = judge(ingress=(), egress=())
    assert not asked.forbids(Flow(TCP, SERVER, CLIENT, 80))


def test_a_pod_reaches_itself():
    assert not judge().forbids(Flow(TCP, SERVER, SERVER, 80))


def test_of_pods_that_policy_has_not_seen_their_peers_decide():
    asked = judge()
    assert not asked.forbids(Flow(TCP, UNSEEN, FREE, 80))
    assert asked.forbids(Flow(TCP, UNSEEN, SERVER, 80))


def test_an_allow_without_anything_allows_everything():
    asked = judge(ingress=(Allow(None, (), None, ()),))
    assert not asked.forbids(Flow(ICMP, FREE, SERVER, 0))
    assert not asked.forbids(Flow(132, FREE, SERVER, 9))


def test_named_ports_are_of_the_peer():
    asked = judge(egress=(Allow(None, (), NAMED.name, ()),))
    assert not asked.forbids(Flow(TCP, CLIENT, OTHER, 8443))
    assert not asked.forbids(Flow(UDP, CLIENT, OTHER, 53))
    assert asked.forbids(Flow(TCP, CLIENT, OTHER, 53))
    assert asked.forbids(Flow(TCP, CLIENT, FREE, 8443))


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ("10.200.0.1", True),
        ("10.1.0.1", False),
        ("10.1.2.3", True),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
    ],
)
def test_of_networks_the_longest_decides(address, held):
    asked = judge(egress=(Allow(None, (), BLOCK.name, ()),))
    assert asked.forbids(Flow(TCP, CLIENT, address, 80)) is not held


def test_ipv6_networks():
    block = AddressSet("podnet-6", HASH_NET, ("::/1", "8000::/1", "fd00::/16 nomatch", "fd00::7"))
    allow = Allow(None, (), block.name, ())
    asked = Judge(Table(6, ("fd00:1::/64",), (), (), (Class(("fd00:1::2",), (allow,)),), {block.name: block}))
    assert not asked.forbids(Flow(TCP, "fd00:1::2", "fd00::7", 80))
    assert asked.forbids(Flow(TCP, "fd00:1::2", "fd00::8", 80))
    assert not asked.forbids(Flow(TCP, "fd00:1::2", "2001:db8::1", 80))


def test_a_table_comes_through_json_as_it_was():
    table = Table(
        4,
        ("10.244.0.0/24",),
        (FREE,),
        (Class((SERVER,), (Allow("TCP", ((80, 81),), CLIENTS.name, ("default/web",)),)),),
        (Class((SERVER,), None),),
        {CLIENTS.name: CLIENTS},
    )
    assert from_json(json.loads(json.dumps(table.as_json()))) == table
