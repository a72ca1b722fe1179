"""The difference between two states is a way from one to the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ansible_collections.podnet.baremetal.plugins.module_utils.state.difference import difference, with_forgotten
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from ansible_collections.podnet.baremetal.plugins.module_utils.state.schema import properties
from tests.unit.state.documents import EXAMPLES, Kernel, documents

VXLAN = {"name": "vx0", "type": "vxlan", "vni": 244, "dstport": 4789, "local": "192.0.2.1", "mtu": 1450}


def state(**sections):
    return normalise({"version": 1, **sections})


def removable(objects):
    """Without what can only be set."""
    return {section: keys for section, keys in objects.items() if section != "sysctls"}


@settings(max_examples=EXAMPLES, deadline=None)
@given(documents(), documents())
def test_applying_the_difference_makes_the_one_of_the_other(first, second):
    old, new = normalise(first), normalise(second)
    kernel = Kernel()
    kernel.apply(difference(old, {}, {}).changes)

    wanted = with_forgotten(new, old)
    kernel.apply(difference(wanted, kernel.state, old, force=True).changes)

    for section, objects in new.items():
        for key, attributes in objects.items():
            rows = properties(section, attributes)
            has = kernel.state[section][key]
            declared = {name: value for name, value in attributes.items() if name != "recreate"}
            assert declared == {name: has.get(name, rows[name].default) for name in declared}
    for section, objects in removable(old).items():
        assert not (objects.keys() - new.get(section, {}).keys()) & kernel.state.get(section, {}).keys()
    again = difference(wanted, kernel.state, old)
    assert again.changes == []
    assert again.refusals == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(documents(), documents())
def test_the_way_back_ends_where_it_began(first, second):
    old, new = normalise(first), normalise(second)
    kernel = Kernel()
    kernel.apply(difference(old, {}, {}).changes)
    before = Kernel(kernel.state).state
    kernel.apply(difference(with_forgotten(new, old), kernel.state, old, force=True).changes)

    now = kernel.state
    kernel.apply(difference(with_forgotten(before, now), now, now, force=True).changes)

    for section, objects in removable(before).items():
        for key, attributes in objects.items():
            rows = properties(section, attributes)
            has = kernel.state[section][key]
            assert attributes == {name: has.get(name, rows[name].default) for name in attributes}
    for section, objects in removable(kernel.state).items():
        assert objects.keys() == before.get(section, {}).keys()


@settings(max_examples=EXAMPLES, deadline=None)
@given(documents(), documents())
def test_what_is_not_owned_is_never_deleted(present, wanted):
    kernel = Kernel(normalise(present))

    changes = difference(normalise(wanted), kernel.state, {}, force=True).changes

    assert all(change.after is not None for change in changes)
    assert {(change.section, change.key) for change in changes} <= {
        (section, key) for section, objects in normalise(wanted).items() for key in objects
    }


def test_only_declared_attributes_are_compared():
    present = {"links": {("vx0",): {**VXLAN, "ttl": 9, "state": "up", "learning": True}}}
    del present["links"]["vx0",]["name"]

    assert difference(state(links=[VXLAN]), present, {}).changes == []


def test_an_absent_attribute_counts_as_its_default():
    present = {"routes": {("10.0.0.0/8", 254, 0, 0): {"gateway": "192.0.2.9", "scope": "global", "protocol": 244}}}
    wanted = state(routes=[{"dst": "10.0.0.0/8", "gateway": "192.0.2.9", "onlink": False, "type": "unicast"}])

    assert difference(wanted, present, {}).changes == []


def test_a_link_keeps_what_nobody_declares_and_a_route_does_not():
    present = state(
        links=[{**VXLAN, "ttl": 9}], routes=[{"dst": "10.0.0.0/8", "dev": "vx0", "scope": "link", "mtu": 1300}]
    )
    wanted = state(links=[{**VXLAN, "mtu": 1400}], routes=[{"dst": "10.0.0.0/8", "dev": "vx0", "gateway": "192.0.2.9"}])

    link, route = difference(wanted, present, {}).changes

    assert link.after["ttl"] == 9
    assert route.after == {"dev": "vx0", "gateway": "192.0.2.9"}


@pytest.mark.parametrize(("attribute", "value"), [("vni", 245), ("dstport", 8472), ("local", "2001:db8::1")], ids=str)
def test_what_the_kernel_cannot_change_needs_leave(attribute, value):
    present = state(links=[VXLAN], neighbors=[{"dev": "vx0", "dst": "10.0.0.1", "lladdr": "02:00:00:00:00:01"}])
    wanted = state(links=[{**VXLAN, attribute: value}])

    refused = difference(wanted, present, {})
    assert refused.changes == []
    assert [(each.attribute, each.present, each.wanted) for each in refused.refusals] == [
        (attribute, VXLAN[attribute], value)
    ]
    assert str(refused.refusals[0]).startswith(f"link vx0: {attribute} is {VXLAN[attribute]!r} and {value!r} is wanted")

    (change,) = difference(state(links=[{**VXLAN, attribute: value, "recreate": True}]), present, {}).changes
    assert change.recreate


def test_a_local_address_moves_in_place_within_its_family():
    (change,) = difference(state(links=[{**VXLAN, "local": "192.0.2.2"}]), state(links=[VXLAN]), {}).changes
    assert not change.recreate


def test_an_address_is_deleted_and_added_without_being_asked():
    present = state(addresses=[{"dev": "cni0", "address": "10.0.0.1/24", "scope": "link"}])
    wanted = state(addresses=[{"dev": "cni0", "address": "10.0.0.1/24", "scope": "global"}])

    (change,) = difference(wanted, present, {}).changes
    assert change.recreate


def test_with_a_link_that_is_made_anew_goes_all_that_is_on_it():
    entries = {
        "addresses": [{"dev": "vx0", "address": "10.0.0.1/24"}],
        "neighbors": [{"dev": "vx0", "dst": "10.0.0.2", "lladdr": "02:00:00:00:00:01"}],
        "fdb": [{"dev": "vx0", "lladdr": "02:00:00:00:00:01", "dst": "192.0.2.2"}],
        "routes": [{"dst": "10.1.0.0/16", "dev": "vx0"}, {"dst": "10.2.0.0/16", "dev": "cni0"}],
        "sysctls": [{"name": "net/ipv4/conf/vx0/rp_filter", "value": 0}],
    }
    present = state(links=[VXLAN], **entries)
    wanted = state(links=[{**VXLAN, "vni": 7, "recreate": True}], **entries)

    changes = difference(wanted, present, {}).changes

    assert sorted((change.section, change.before is None) for change in changes) == [
        ("addresses", True),
        ("fdb", True),
        ("links", False),
        ("neighbors", True),
        ("routes", True),
        ("sysctls", True),
    ]


def test_with_an_address_go_the_routes_that_prefer_it():
    addresses = [{"dev": "cni0", "address": "10.0.0.1/24"}, {"dev": "cni0", "address": "fd00::1/64"}]
    routes = [
        {"dst": "10.1.0.0/16", "dev": "vx0", "src": "10.0.0.1"},
        {"dst": "10.1.0.0/16", "dev": "vx0", "src": "10.0.0.1", "table": 9},
        {"dst": "10.2.0.0/16", "dev": "vx0"},
        {"dst": "fd01::/64", "dev": "vx0", "src": "fd00::1"},
    ]
    present = state(addresses=addresses, routes=routes)
    anew = [{"dev": "cni0", "address": "10.0.0.9/24"}, {**addresses[1], "nodad": True}]
    found = difference(state(addresses=anew, routes=routes), present, state(addresses=addresses))

    assert [(change.key, change.before) for change in found.changes if change.section == "routes"] == [
        (("10.1.0.0/16", 254, 0, 0), None),
        (("fd01::/64", 254, 1024, 0), {"dev": "vx0"}),
    ]


@pytest.mark.parametrize(
    "address",
    [
        {"dev": "cni0", "address": "10.0.0.1/24", "label": "cni0:x"},
        {"dev": "cni0", "address": "10.0.0.1/16"},
        {"dev": "vx0", "address": "10.0.0.1/24"},
    ],
    ids=str,
)
def test_with_an_ipv4_address_that_comes_again_goes_no_route(address):
    addresses = state(addresses=[{"dev": "cni0", "address": "10.0.0.1/24"}])
    routes = state(routes=[{"dst": "10.1.0.0/16", "dev": "vx0", "src": "10.0.0.1"}])

    found = difference({**state(addresses=[address]), **routes}, {**addresses, **routes}, addresses)

    assert {change.section for change in found.changes} == {"addresses"}


def test_an_ipv4_address_goes_with_its_link_though_it_is_wanted_again():
    rest = state(
        addresses=[{"dev": "vx0", "address": "10.0.0.1/24"}],
        routes=[{"dst": "10.1.0.0/16", "dev": "cni0", "src": "10.0.0.1"}],
    )
    wanted = {**state(links=[{**VXLAN, "vni": 7, "recreate": True}]), **rest}

    assert {change.section for change in difference(wanted, {**state(links=[VXLAN]), **rest}, {}).changes} == {
        "links",
        "addresses",
        "routes",
    }
