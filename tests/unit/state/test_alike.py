"""The way by columns says the same as the way object by object, or nothing at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.state import alike, columns, values
from ansible_collections.podnet.baremetal.plugins.module_utils.state import document as documents_by_name
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError, Problem
from ansible_collections.podnet.baremetal.plugins.module_utils.state.schema import SECTIONS
from tests.kernel.overlay import overlay
from tests.unit.state.documents import EXAMPLES, documents


def one_by_one(name, items):
    problems: list[Problem] = []
    return documents_by_name._one_by_one(name, items, problems), problems


@settings(max_examples=EXAMPLES, deadline=None)
@given(documents())
def test_a_good_section_gets_the_same_form_either_way(document):
    for name, items in document.items():
        if name != "version":
            objects = alike.objects(SECTIONS[name], items)
            assert objects is None or list(objects.items()) == list(one_by_one(name, items)[0].items())


ODD: list[Any] = [
    "",
    "x",
    None,
    True,
    1,
    1.0,
    0,
    "1",
    [],
    {},
    "10.1",
    "010.0.0.1",
    "10.0.0.01",
    " 10.0.0.1",
    "0x0a.0.0.1",
    "10.0.0.1/8/9",
    "8/10.0.0.1/8",
    "10.0.0.256",
    "\n",
    "10.0.0.1\n",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
]
GOOD = {
    values.ip: ["10.0.0.1", "FD00::0:1", "0.0.0.0", "::", "224.0.0.1"],
    values.host: ["10.0.0.1", "FD00::0:1", "192.0.2.1", "0.0.0.0", "::", "224.0.0.1", "239.9.9.9", "ff02::1"],
    values.network: [
        "10.0.0.0/8",
        "10.0.0.0/24",
        "10.0.0.1/32",
        "FD00::/64",
        "10.0.0.1",
        "10.0.0.1/8",
        "0.0.0.0/0",
        "10.0.0.0/08",
    ],
    values.mac: ["02:00:5E:00:00:01", "02-00-5e-00-00-01", "ff:ff:ff:ff:ff:ff", "02:00:5e:00:00:01\n02:00:5e:00:00:02"],
    values.unicast_mac: [
        "02:00:5E:00:00:01",
        "02-00-5e-00-00-01",
        "00:00:00:00:00:00",
        "01:00:5e:00:00:01",
        "00:00:00:00:00:01",
    ],
    values.device: ["cni0", "vx0", "a/b", "all"],
    values.boolean: [True, False],
    values.integer(0, 5): [0, 1, "2", True, 6],
}


@pytest.mark.parametrize("normalise", GOOD, ids=lambda each: getattr(each, "__name__", type(each).__name__))
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_column_is_normalised_as_its_values_are_or_refused(normalise, data):
    column = data.draw(st.lists(st.sampled_from(GOOD[normalise] + ODD), min_size=1, max_size=6))
    try:
        found = columns.normal(normalise, column)
    except columns.UNUSUAL:
        return
    assert [(type(value), value) for value in found] == [(type(value), value) for value in map(normalise, column)]


@pytest.mark.parametrize(
    "column",
    [
        ["10.0.0.0", "8/10.1.0.0/16"],
        ["10.0.0.0/8/10.1.0.0", "16"],
        ["10.0.0.0/8", "10.1.0.0/8"],
        ["10.0.0.0/8\n", "10.0.0.0"],
    ],
    ids=str,
)
def test_networks_do_not_lend_one_another_their_parts(column):
    with pytest.raises(columns.UNUSUAL):
        columns.normal(values.network, column)


def test_large_documents_go_by_columns():
    for name, items in overlay(300).items():
        if name in ("addresses", "neighbors", "fdb", "routes"):
            assert alike.objects(SECTIONS[name], items) is not None, name


def test_objects_of_several_shapes_keep_their_order():
    items = [
        {"dst": f"10.244.{number}.0/24", "dev": "cni0", **({"mtu": 1400} if number % 3 else {})} for number in range(9)
    ]

    objects = alike.objects(SECTIONS["routes"], items)

    assert list(objects or {}) == list(one_by_one("routes", items)[0])


def test_each_bad_entry_among_good_ones_is_named():
    document = overlay(2000)
    bad = {3: ("gateway", "10.1"), 999: ("src", "fd00::1"), 1999: ("dst", "10.244.1.1/24")}
    for position, (name, value) in bad.items():
        document["routes"][position][name] = value
    document["fdb"][7]["lladdr"] = "02:00:5e:00:00"
    document["neighbors"].append(dict(document["neighbors"][0]))

    with pytest.raises(DocumentError) as caught:
        normalise(document)

    assert [problem.path for problem in caught.value.problems] == [
        "neighbors[2000]",
        "fdb[7].lladdr",
        "routes[3].gateway",
        "routes[999]",
        "routes[1999].dst",
    ]


ROUTES = {
    "dst": ["10.244.1.0/24", "fd00::/64"],
    "gateway": ["10.244.0.1", "fd00::1", "fe80::1"],
    "dev": ["cni0"],
    "src": ["10.244.0.1", "fd00::2"],
    "onlink": [True, False],
    "metric": [0, 5],
    "tos": [0, 4],
    "type": ["unicast", "blackhole", "local", "broadcast"],
    "scope": ["global", "link"],
    "pref": ["low"],
    "nhid": [7],
    "mtu": [1400],
    "lock": [["mtu"]],
}


@settings(max_examples=1000, deadline=None)
@given(data=st.data())
def test_one_route_stands_for_another_only_where_it_can(data):
    """Many alike, whose completion depends on all that they are not alike in."""
    shape = data.draw(st.sets(st.sampled_from(sorted(set(ROUTES) - {"dst"})), min_size=1, max_size=3))
    fields = {name: st.sampled_from(ROUTES[name]) for name in ("dst", *sorted(shape))}
    items = data.draw(st.lists(st.fixed_dictionaries(fields), min_size=1, max_size=4, unique_by=repr))

    objects = alike.objects(SECTIONS["routes"], items)

    found, problems = one_by_one("routes", items)
    assert objects is None or (not problems and list(objects.items()) == list(found.items()))


@pytest.mark.parametrize("place", range(4))
def test_attributes_stay_in_the_order_they_were_given_in(place):
    """People read them in that order: in the log of what was repaired, in `podnet show`."""
    names = ["dev", "src", "onlink"]
    names.insert(place, "gateway")
    route = {"dev": "vx0", "src": "10.0.0.1", "onlink": True}
    items = [
        {name: {**route, "dst": f"10.0.{each}.0/24", "gateway": f"10.0.{each}.1"}[name] for name in ("dst", *names)}
        for each in range(1, 5)
    ]
    found = normalise({"version": 1, "routes": items})["routes"]
    assert {tuple(attributes) for attributes in found.values()} == {tuple(names)}
