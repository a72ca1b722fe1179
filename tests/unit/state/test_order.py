"""Changes in an order in which they can be made."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.marks import HELD
from ansible_collections.podnet.baremetal.plugins.module_utils.state.order import in_order, phases


def added(section, *key, **attributes):
    return Change(section, key, None, attributes)


def deleted(section, *key, **attributes):
    return Change(section, key, attributes, None)


def test_what_others_hang_on_comes_first_and_goes_last():
    changes = [
        added("iptables", "ipv4", "nat", "A"),
        added("routes", "10.0.0.0/8", 254, 0, 0),
        added("fdb", "v", "m", None, None),
        added("neighbors", "v", "d"),
        added("addresses", "v", "a"),
        added("sysctls", "n"),
        added("links", "v"),
        added("ipsets", "s"),
        deleted("ipsets", "t"),
        deleted("links", "w"),
        deleted("sysctls", "o"),
        deleted("addresses", "w", "b"),
        deleted("neighbors", "w", "d"),
        deleted("fdb", "w", "m", None, None),
        deleted("routes", "10.1.0.0/16", 254, 0, 0),
        deleted("iptables", "ipv4", "nat", "B"),
    ]

    order = [(phase.section, [change.after is None for change in phase.changes]) for phase in phases(changes)]

    assert order == [
        ("routes", [True]),
        ("fdb", [True]),
        ("neighbors", [True]),
        ("addresses", [True]),
        ("sysctls", [True]),
        ("links", [True]),
        ("ipsets", [False]),
        ("links", [False]),
        ("sysctls", [False]),
        ("addresses", [False]),
        ("neighbors", [False]),
        ("fdb", [False]),
        ("routes", [False]),
        ("iptables", [False, True]),
        ("ipsets", [True]),
    ]


def test_a_route_goes_when_another_to_the_same_destination_has_come():
    changes = [
        deleted("routes", "10.1.0.0/16", 254, 14, 0, dev="v"),
        deleted("routes", "10.2.0.0/16", 254, 14, 0, dev="v"),
        deleted("routes", "10.3.0.0/16", 7, 14, 0, dev="v"),
        deleted("routes", "10.1.0.0/16", 254, 24, 16, dev="v"),
        added("routes", "10.1.0.0/16", 254, 4, 0, dev="v"),
        Change("routes", ("fd00::/64", 254, 9, 0), {"dev": "v"}, {"dev": "w"}),
        deleted("routes", "fd00::/64", 254, 14, 0, dev="v"),
        added("routes", "10.3.0.0/16", 254, 4, 0, dev="v"),
        added("rules", "ipv4", 5),
        deleted("neighbors", "v", "10.1.0.1"),
    ]

    assert [(change.key[0], change.key[2:], change.after is None) for change in in_order(changes)] == [
        ("10.1.0.0/16", (24, 16), True),
        ("10.3.0.0/16", (14, 0), True),
        ("10.2.0.0/16", (14, 0), True),
        ("v", (), True),
        ("10.1.0.0/16", (4, 0), False),
        ("fd00::/64", (9, 0), False),
        ("10.3.0.0/16", (4, 0), False),
        ("ipv4", (), False),
        ("10.1.0.0/16", (14, 0), True),
        ("fd00::/64", (14, 0), True),
    ]


@pytest.mark.parametrize(
    ("route", "taken_along"),
    [
        ({"dev": "gone"}, True),
        ({"dev": "new"}, True),
        ({"dev": "anew"}, True),
        ({"nexthops": [{"dev": "v"}, {"dev": "gone"}]}, True),
        ({"dev": "v", "src": "10.0.0.1"}, True),
        ({"dev": "changed", "src": "10.0.0.2"}, False),
    ],
    ids=str,
)
def test_a_route_that_something_takes_along_goes_before_that(route, taken_along):
    changes = [
        added("routes", "10.1.0.0/16", 254, 4, 0, dev="v"),
        deleted("routes", "10.1.0.0/16", 254, 14, 0, **route),
        deleted("links", "gone", type="bridge"),
        added("links", "new", type="bridge"),
        Change("links", ("anew",), {"type": "vxlan", "vni": 1}, {"type": "vxlan", "vni": 2}, recreate=True),
        Change("links", ("changed",), {"mtu": 1400}, {"mtu": 1500}),
        deleted("addresses", "v", "10.0.0.1/24"),
        added("addresses", "v", "10.0.0.2/24"),
    ]

    first = in_order(changes)[0]
    assert (first.section == "routes") == taken_along


def test_an_ipv4_address_goes_together_with_those_that_come_to_its_link_or_are_the_same():
    changes = [
        deleted("addresses", "v", "10.0.0.1/24"),
        deleted("addresses", "w", "10.0.0.2/16"),
        deleted("addresses", "w", "10.0.0.3/24"),
        deleted("addresses", "v", "fd00::1/64"),
        deleted("addresses", "v", HELD, held=["10.0.0.9"]),
        added("links", "v"),
        added("addresses", "v", "10.0.0.2/24"),
        added("addresses", "v", "fd00::2/64"),
    ]

    assert [(phase.section, [change.key[1:] for change in phase.changes]) for phase in phases(changes)] == [
        ("addresses", [("fd00::1/64",), ("10.0.0.3/24",)]),
        ("links", [()]),
        ("addresses", [("10.0.0.1/24",), ("10.0.0.2/16",), (HELD,), ("10.0.0.2/24",), ("fd00::2/64",)]),
    ]


def test_links_come_after_those_they_name_and_go_before_them():
    names = [
        change.key[0]
        for change in in_order(
            [
                added("links", "port", master="bridge", type="vxlan", dev="lower"),
                added("links", "bridge", type="bridge"),
                added("links", "lower", type="bridge", master="bridge"),
                deleted("links", "old", type="bridge"),
                deleted("links", "old-port", type="vxlan", master="old"),
            ]
        )
    ]

    assert names == ["old-port", "old", "bridge", "lower", "port"]


def test_links_that_name_each_other_end():
    circle = [added("links", "a", master="b"), added("links", "b", master="a")]

    assert len(in_order(circle)) == 2
