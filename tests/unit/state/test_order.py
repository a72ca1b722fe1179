"""Changes in an order in which they can be made."""

from __future__ import annotations

from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
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
        deleted("addresses", "w", "a"),
        deleted("neighbors", "w", "d"),
        deleted("fdb", "w", "m", None, None),
        deleted("routes", "10.0.0.0/8", 254, 1, 0),
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
