"""What the kernel answers is what it was told, byte for byte: many objects are told without taking it apart."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import alike, fdb, fdb_more, neighbors, routes
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.netlink import attributes
from ansible_collections.podnet.baremetal.plugins.module_utils.state import table
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.kernel.overlay import overlay

pytestmark = pytest.mark.usefixtures("namespace", "columns")
in_groups = alike.in_groups
MODULES = {"neighbors": neighbors, "fdb": fdb, "routes": routes}


@pytest.fixture
def columns(monkeypatch):
    """Make columns of however few objects."""
    monkeypatch.setattr(table, "MANY", 1)


def overlay6(peers):
    """Bridge, and VXLAN with an IPv6 underlay and IPv6 pods."""
    document = overlay(0)
    document["links"][1]["local"] = "2001:db8::"
    document["addresses"].append({"dev": "cni0", "address": "fd00:10:244::1/64", "nodad": True})
    for number in range(1, peers + 1):
        mac, gateway = f"02:00:5e:02:00:{number:02x}", f"fd00:10:244:{number:x}::1"
        document["neighbors"].append({"dev": "vx0", "dst": gateway, "lladdr": mac})
        document["fdb"].append({"dev": "vx0", "lladdr": mac, "dst": f"2001:db8::{number:x}"})
        route = {"dst": f"fd00:10:244:{number:x}::/64", "gateway": gateway, "dev": "vx0", "onlink": True}
        document["routes"].append({**route, "src": "fd00:10:244::1"})
    return document


@pytest.mark.parametrize("document", [overlay(40), overlay6(40)], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("section", MODULES)
def test_no_message_of_many_is_taken_apart(paths, monkeypatch, section, document):
    engine.apply("vxlan", document, paths=paths)
    wanted, module = normalise(document)[section], MODULES[section]
    with monkeypatch.context() as patched:
        patched.setattr(module.alike, "recognised", lambda messages, *_rest, **_more: ({}, messages))
        read_one_by_one = module.read(wanted)
    taken_apart = []

    def counted(*arguments):
        taken_apart.append(arguments)
        return attributes(*arguments)

    for takes_apart in (neighbors, fdb_more, routes):
        monkeypatch.setattr(takes_apart, "attributes", counted)
    known = module.read(wanted)
    assert known is wanted
    assert {key: {name: each[name] for name in known[key]} for key, each in read_one_by_one.items()} == known
    assert read_one_by_one.keys() == wanted.keys()
    assert len(taken_apart) < 10, "only what others have there"


@pytest.mark.parametrize("section", MODULES)
def test_what_differs_is_seen(run, paths, section):
    engine.apply("vxlan", overlay(40), paths=paths)
    run("ip neighbor replace 10.244.7.1 lladdr 02:00:00:00:00:07 dev vx0 nud permanent")
    run("ip neighbor replace 10.244.8.1 lladdr 02:00:5e:01:00:08 dev vx0 nud reachable")
    run("ip route replace 10.244.7.0/24 via 10.244.7.7 dev vx0 src 10.244.0.1 proto 244 onlink")
    run("ip route delete 10.244.8.0/24")
    run("bridge fdb replace 02:00:5e:01:00:07 dev vx0 dst 198.18.7.7 self permanent")
    run("bridge fdb delete 02:00:5e:01:00:08 dev vx0 dst 198.18.0.8 self permanent")
    run("bridge fdb add 02:00:5e:01:00:08 dev vx0 dst 198.18.0.8 self dynamic")

    changes = [
        change for change in engine.apply("vxlan", overlay(40), paths=paths).changes if change.section == section
    ]

    assert [change.before is None for change in changes] == [False, True]


def test_of_several_routes_in_one_place_it_matters_which_is_the_first(run, paths):
    engine.apply("vxlan", overlay(40), paths=paths)
    run("ip route prepend 10.244.7.0/24 via 10.244.7.7 dev vx0 proto static onlink")
    run("ip route append 10.244.8.0/24 via 10.244.8.8 dev vx0 proto static onlink")
    wanted = normalise(overlay(40))["routes"]

    found = routes.read(wanted)

    assert [key[0] for key, route in found.items() if "behind" in route] == ["10.244.7.0/24"]
    assert {route["gateway"] for route in found.values()} == {route["gateway"] for route in wanted.values()}


def test_objects_that_are_not_alike_are_among_those_that_are(run, paths):
    document = overlay(5)
    document["links"].append({**document["links"][1], "name": "vx1", "vni": 245, "dstport": 4790})
    document["fdb"].append({**document["fdb"][0], "dev": "vx1"})
    document["fdb"].insert(0, {"dev": "vx0", "lladdr": "02:00:5e:02:00:01", "dst": "198.18.9.9"})
    document["neighbors"].insert(2, {"dev": "cni0", "dst": "10.244.0.9", "lladdr": "02:00:5e:02:00:01"})
    document["neighbors"].append({"dev": "vx1", "dst": "fd00::9", "lladdr": "02:00:5e:02:00:01"})

    engine.apply("vxlan", document, paths=paths)

    assert not engine.apply("vxlan", document, paths=paths).changed
    assert "02:00:5e:01:00:01 dst 198.18.0.1" in run("bridge fdb show dev vx1")
    assert "fd00::9" in run("ip -6 neighbor show dev vx1")


def test_a_missing_device_fails_only_what_is_on_it(paths):
    document = overlay(3)
    document["fdb"].insert(1, {"dev": "none0", "lladdr": "02:00:5e:02:00:01", "dst": "198.18.9.9"})

    with pytest.raises(engine.ApplyError) as caught:
        engine.apply("vxlan", document, paths=paths)

    assert [failure.change.key for failure in caught.value.failures] == [("none0", "02:00:5e:02:00:01", None, None)]


def test_many_are_made_and_known_slice_by_slice(paths, monkeypatch):
    monkeypatch.setattr(alike, "_SLICE", 7)
    wanted = overlay(40)
    bad = [6, 7, 20, 39]
    for number in bad:
        wanted["routes"][number]["src"] = "192.0.2.1"
    with pytest.raises(engine.ApplyError) as caught:
        engine.apply("vxlan", wanted, paths=paths)
    assert [failure.change.key[0] for failure in caught.value.failures] == [
        wanted["routes"][number]["dst"] for number in bad
    ]

    assert engine.apply("vxlan", overlay(40), paths=paths).changed
    assert not engine.apply("vxlan", overlay(40), paths=paths).changed


def test_messages_are_made_once_for_the_writing_and_the_reading(paths, monkeypatch):
    made = []
    monkeypatch.setattr(alike, "in_groups", lambda some, *rest: made.append(len(some)) or in_groups(some, *rest))
    engine.apply("vxlan", overlay(40), paths=paths)
    assert [size for size in made if size >= 40] == [40] * len(MODULES)


def test_messages_are_made_anew_for_a_device_that_was_made_anew(run, paths):
    engine.apply("vxlan", overlay(40), paths=paths)
    run("ip link delete vx0")
    engine.apply("vxlan", overlay(40), paths=paths)
    assert len(run("ip route show dev vx0").splitlines()) == 40
    assert len(run("bridge fdb show dev vx0").splitlines()) == 40
