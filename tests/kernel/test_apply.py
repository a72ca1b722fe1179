"""The engine on a real kernel: apply, apply again, prune, adopt, remove."""

from __future__ import annotations

import json
import os

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, execution, ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import RefusedError
from tests.kernel.overlay import bridge, overlay

pytestmark = pytest.mark.usefixtures("namespace")


def show(run, command):
    return json.loads(run(command) or "[]")


def links(run):
    """Each link's lasting attributes: no timers, no carrier."""
    return [
        {
            **{name: link.get(name) for name in ("ifname", "mtu", "address", "ifalias", "master")},
            "up": "UP" in link["flags"],
            "kind": link.get("linkinfo", {}).get("info_kind"),
            **{
                name: link.get("linkinfo", {}).get("info_data", {}).get(name)
                for name in ("id", "local", "port", "learning", "ttl", "stp_state", "forward_delay")
            },
        }
        for link in sorted(show(run, "ip -d -j link"), key=lambda link: link["ifname"])
    ]


def snapshot(run):
    """All that the engine can change, as iproute2 sees it, without what the kernel does by itself after a while."""
    return [
        links(run),
        run("ip address | grep inet | grep -v 'scope link' | sort || true"),
        run("ip -4 route show table all | sed 's/ linkdown//' | sort"),
        run("ip -6 route show table all | grep -v 'proto kernel' | sort || true"),
        run("ip neighbor show nud permanent | sort"),
        run("bridge fdb | grep 'self permanent' | sort || true"),
    ]


def test_a_document_becomes_what_iproute2_shows(run, paths):
    outcome = engine.apply("vxlan", overlay(3), paths=paths)

    assert outcome.changed
    shown = {link["ifname"]: link for link in show(run, "ip -d -j link")}
    assert shown["cni0"]["mtu"] == 1450
    assert shown["cni0"]["address"] == "02:00:5e:00:00:01"
    assert shown["cni0"]["ifalias"] == "podnet: pods of node-0"
    assert "UP" in shown["vx0"]["flags"]
    assert shown["vx0"]["linkinfo"]["info_data"]["id"] == 244
    assert shown["vx0"]["linkinfo"]["info_data"]["local"] == "198.18.0.0"
    assert shown["vx0"]["linkinfo"]["info_data"]["port"] == 4789
    assert shown["vx0"]["linkinfo"]["info_data"]["learning"] is False
    assert "10.244.0.1/24" in run("ip -4 address show dev cni0")
    routes = {route["dst"]: route for route in show(run, "ip -j route show proto 244")}
    assert sorted(routes) == ["10.244.1.0/24", "10.244.2.0/24", "10.244.3.0/24"]
    assert routes["10.244.2.0/24"] == {
        "dst": "10.244.2.0/24",
        "gateway": "10.244.2.1",
        "dev": "vx0",
        "prefsrc": "10.244.0.1",
        "flags": ["onlink"],
    }
    assert "10.244.3.1 lladdr 02:00:5e:01:00:03 PERMANENT" in run("ip neighbor show dev vx0")
    assert "02:00:5e:01:00:03 dst 198.18.0.3 self permanent" in run("bridge fdb show dev vx0")


def test_a_second_apply_finds_nothing_to_do(run, paths):
    engine.apply("vxlan", overlay(300), paths=paths)
    before, inode = snapshot(run), os.stat(f"{paths.ledgers}/vxlan.json").st_ino

    outcome = engine.apply("vxlan", overlay(300), paths=paths)

    assert not outcome.changed
    assert outcome.commands() == outcome.before() == outcome.after() == []
    assert snapshot(run) == before
    assert os.stat(f"{paths.ledgers}/vxlan.json").st_ino == inode, "the ledger was written though nothing changed"


def test_check_mode_says_what_apply_then_does_and_does_nothing(run, paths, tmp_path):
    engine.apply("vxlan", overlay(3), paths=paths)
    wanted = overlay(5)
    wanted["links"][1]["mtu"] = 1400
    del wanted["routes"][0]
    before = snapshot(run)
    kept = sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file())

    predicted = engine.apply("vxlan", wanted, check=True, paths=paths)

    assert snapshot(run) == before
    assert sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()) == kept
    done = engine.apply("vxlan", wanted, paths=paths)
    assert predicted.changes == done.changes
    assert predicted.commands() == done.commands()
    assert not engine.apply("vxlan", wanted, check=True, paths=paths).changed


def test_check_mode_leaves_no_trace_on_a_fresh_host(run, paths, tmp_path):
    outcome = engine.apply("vxlan", overlay(2), check=True, paths=paths)

    assert len(outcome.changes) == 9
    assert list(tmp_path.iterdir()) == []
    assert "cni0" not in run("ip link")


def test_the_commands_lead_to_the_same_kernel(run, paths):
    first = engine.apply("vxlan", overlay(3), check=True, paths=paths).commands()
    run("\n".join(first))

    assert engine.apply("vxlan", overlay(3), paths=paths).commands() == []
    smaller = overlay(2)
    smaller["links"][1].update(mtu=1400, ttl=64)
    smaller["routes"][1]["mtu"] = 1300
    run("\n".join(engine.apply("vxlan", smaller, check=True, paths=paths).commands()))
    assert engine.apply("vxlan", smaller, paths=paths).commands() == []
    run("\n".join(engine.remove("vxlan", check=True, paths=paths).commands()))
    assert engine.remove("vxlan", paths=paths).commands() == []


def test_a_peer_that_left_leaves_nothing_behind(run, paths):
    engine.apply("vxlan", overlay(3), paths=paths)

    outcome = engine.apply("vxlan", overlay(2), paths=paths)

    assert len(outcome.changes) == 3
    assert "10.244.3" not in run("ip route") + run("ip neighbor")
    assert "198.18.0.3" not in run("bridge fdb")


def test_an_attribute_that_left_the_document_is_taken_back(run, paths):
    wanted = overlay(1)
    wanted["routes"][0]["mtu"] = 1300
    wanted["links"][1]["ttl"] = 64
    engine.apply("vxlan", wanted, paths=paths)

    assert len(engine.apply("vxlan", overlay(1), paths=paths).changes) == 2

    assert "mtu" not in run("ip route show 10.244.1.0/24")
    assert "ttl auto" in run("ip -d link show vx0") or "ttl" not in run("ip -d link show vx0")


def test_absent_leaves_the_host_as_it_was(run, paths, tmp_path):
    run("ip link add other type bridge; ip link set other up; ip address add 192.0.2.1/24 dev other")
    run("ip route add 10.99.0.0/16 via 192.0.2.9; ip neighbor replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev other")
    before = snapshot(run)
    engine.apply("bridge", bridge(), paths=paths)
    vxlan = {section: objects for section, objects in overlay(4).items() if section != "addresses"}
    vxlan["links"] = vxlan["links"][1:]
    engine.apply("vxlan", vxlan, paths=paths)

    assert engine.remove("vxlan", paths=paths).changed
    assert engine.remove("bridge", paths=paths).changed

    assert snapshot(run) == before
    assert ledger.names(paths.ledgers) == []
    assert not engine.remove("vxlan", paths=paths).changed


def test_what_was_there_before_is_adopted_and_put_back(run, paths):
    run("ip link add cni0 type bridge; ip link set cni0 mtu 1400 up; ip address add 10.244.0.1/24 dev cni0")
    run("ip route add 10.77.0.0/16 via 10.244.0.9 proto static metric 5")
    before = snapshot(run)
    wanted = bridge()
    del wanted["links"][0]["address"]
    wanted["routes"] = [{"dst": "10.77.0.0/16", "metric": 5, "gateway": "10.244.0.8"}]

    changed = {change.section for change in engine.apply("bridge", wanted, paths=paths).changes}
    assert changed == {"links", "routes"}
    assert "via 10.244.0.8" in run("ip route show 10.77.0.0/16")
    assert not engine.apply("bridge", wanted, paths=paths).changed
    engine.remove("bridge", paths=paths)

    assert snapshot(run) == before


def test_marked_objects_are_ours_even_without_a_ledger(run, paths):
    engine.apply("vxlan", overlay(2), paths=paths)
    ledger.delete(paths.ledgers, "vxlan")

    assert not engine.apply("vxlan", overlay(2), paths=paths).changed
    engine.remove("vxlan", paths=paths)

    assert "vx0" not in run("ip link")
    assert "cni0" not in run("ip link")


def test_what_is_on_a_link_of_ours_is_ours_even_without_a_ledger(run, paths):
    engine.apply("bridge", bridge(), paths=paths)
    ledger.delete(paths.ledgers, "bridge")
    engine.apply("bridge", bridge(), paths=paths)

    engine.apply("bridge", {**bridge(), "addresses": [{"dev": "cni0", "address": "10.244.9.1/24"}]}, paths=paths)

    assert "10.244.0.1" not in run("ip address show dev cni0")


def test_what_was_there_before_goes_with_a_link_that_goes(run, paths):
    engine.apply("bridge", bridge(), paths=paths)
    run("ip route add 10.66.0.0/16 dev cni0 proto static")
    wanted = {**bridge(), "routes": [{"dst": "10.66.0.0/16", "dev": "cni0", "mtu": 1300}]}
    engine.apply("bridge", wanted, paths=paths)

    predicted = engine.remove("bridge", check=True, paths=paths)
    assert engine.remove("bridge", paths=paths).changes == predicted.changes
    assert "cni0" not in run("ip link")


def test_look_alikes_are_not_touched(run, paths):
    engine.apply("vxlan", overlay(2), paths=paths)
    run("ip route add 10.244.1.0/24 dev cni0 metric 50; ip route add 10.244.1.0/24 dev cni0 table 99")
    run("ip route add 10.244.2.0/24 dev cni0 tos 0x10; ip neighbor add 10.244.9.1 lladdr 02:00:00:00:00:09 dev vx0")
    run("bridge fdb add 02:00:00:00:00:09 dev vx0 dst 198.18.9.9 self permanent")
    others = [
        run("ip route show table all | grep -v 'proto 244'"),
        run("ip neighbor | grep 10.244.9"),
        run("bridge fdb | grep 198.18.9.9"),
    ]

    assert not engine.apply("vxlan", overlay(2), paths=paths).changed
    without_peers = {**overlay(0), "routes": [], "neighbors": [], "fdb": []}
    assert len(engine.apply("vxlan", without_peers, paths=paths).changes) == 6

    assert [
        run("ip route show table all | grep -v 'proto 244'"),
        run("ip neighbor | grep 10.244.9"),
        run("bridge fdb | grep 198.18.9.9"),
    ] == others


def test_one_pass_is_enough_for_what_takes_nothing_with_it(paths, monkeypatch):
    monkeypatch.setattr(execution, "PASSES", 1)

    engine.apply("vxlan", overlay(3), paths=paths)
    wanted = overlay(2)
    wanted["links"][1].update(vni=7, recreate=True, alias="podnet: new")
    wanted["links"][0].update(mtu=1400, state="down")
    engine.apply("vxlan", wanted, paths=paths)
    engine.remove("vxlan", paths=paths)


@pytest.mark.parametrize("lladdr", ["02:00:00:00:00:0a", "02:00:5e:01:00:01"])
def test_a_learned_neighbor_in_a_wanted_ones_place_is_replaced(run, paths, lladdr):
    engine.apply("vxlan", overlay(0), paths=paths)
    run(f"ip neighbor add 10.244.1.1 lladdr {lladdr} dev vx0 nud reachable")

    engine.apply("vxlan", overlay(1), paths=paths)

    assert "10.244.1.1 lladdr 02:00:5e:01:00:01 PERMANENT" in run("ip neighbor show dev vx0")


def test_a_bridge_keeps_its_mtu_when_ports_come(run, paths):
    for mtu in (1450, 1500):
        wanted = bridge()
        wanted["links"][0]["mtu"] = mtu
        engine.apply("bridge", wanted, paths=paths)
        run("ip link add port type veth peer name pod; ip link set port mtu 1300 master cni0")
        assert not engine.apply("bridge", wanted, paths=paths).changed
        run("ip link delete port")
        engine.remove("bridge", paths=paths)


def test_what_cannot_be_changed_is_refused_or_made_anew_as_told(run, paths):
    engine.apply("vxlan", overlay(2), paths=paths)
    wanted = overlay(2)
    wanted["links"][1]["vni"] = 245

    with pytest.raises(RefusedError, match=r"link vx0: vni is 244 and 245 is wanted.*recreate"):
        engine.apply("vxlan", wanted, paths=paths)
    assert "vxlan id 244" in run("ip -d link show vx0")

    wanted["links"][1]["recreate"] = True
    predicted = engine.apply("vxlan", wanted, check=True, paths=paths)
    assert engine.apply("vxlan", wanted, paths=paths).changes == predicted.changes
    assert len(predicted.changes) == 7, "with the link went all its entries, and the prediction knows it"
    assert "vxlan id 245" in run("ip -d link show vx0")
    assert "10.244.2.0/24" in run("ip route")
    assert not engine.apply("vxlan", wanted, paths=paths).changed


def test_ports_follow_a_bridge_that_is_made_anew(run, paths):
    wanted = overlay(0)
    wanted["links"][1]["master"] = "cni0"
    engine.apply("vxlan", wanted, paths=paths)
    run("ip link delete cni0; ip link add cni0 type vxlan id 9 dstport 4790; ip link set cni0 up")
    wanted["links"][0]["recreate"] = True

    engine.apply("vxlan", wanted, paths=paths)

    assert "master cni0" in run("ip link show vx0")
    assert not engine.apply("vxlan", wanted, paths=paths).changed


def test_two_documents_share_an_object_and_the_last_one_takes_it_away(run, paths):
    engine.apply("first", bridge(), paths=paths)
    assert not engine.apply("second", bridge(), paths=paths).changed

    assert not engine.remove("first", paths=paths).changed
    assert "cni0" in run("ip link")
    assert engine.remove("second", paths=paths).changed
    assert "cni0" not in run("ip link")


def test_two_documents_that_contradict_each_other_are_refused(paths):
    engine.apply("first", bridge(), paths=paths)
    wanted = bridge()
    wanted["links"][0]["mtu"] = 1400

    with pytest.raises(RefusedError, match=r"link cni0: mtu is to be 1400, but document first holds it with 1450"):
        engine.apply("second", wanted, paths=paths)


def test_two_documents_that_contradict_each_other_about_many_objects_are_refused(run, paths):
    """Also where none of them is there, so that all would be added at once."""
    engine.apply("first", overlay(100), paths=paths)
    run("ip route flush proto 244")
    wanted = overlay(100)
    wanted["routes"][99]["gateway"] = "10.244.0.7"

    with pytest.raises(RefusedError, match=r"gateway is to be '10.244.0.7', but document first holds it with '10.244"):
        engine.apply("second", wanted, paths=paths)


def test_a_found_link_that_was_made_anew_goes_back_that_way(run, paths):
    run("ip link add cni0 type vxlan id 9 dstport 4790; ip link set cni0 mtu 1400")
    run("ip link add vx0 type veth peer name far; ip link set vx0 mtu 1300")
    wanted = overlay(1)
    for link in wanted["links"]:
        link["recreate"] = True
    engine.apply("vxlan", wanted, paths=paths)
    assert "far" not in run("ip link")

    # Without the bridge in it, for its vxlan can be made again; nobody can make a veth's far end.
    engine.apply("vxlan", {"version": 1, "links": wanted["links"][1:]}, paths=paths)

    assert "vxlan id 9" in run("ip -d link show cni0")
    assert "mtu 1400" in run("ip link show cni0")


def test_an_attribute_that_another_document_declares_stays(run, paths):
    bare = {"name": "cni0", "type": "bridge"}
    named = {"version": 1, "links": [{**bare, "alias": "podnet: pods"}]}
    engine.apply("first", named, paths=paths)
    engine.apply("second", named, paths=paths)

    assert not engine.apply("second", {"version": 1, "links": [bare]}, paths=paths).changed
    assert "alias podnet: pods" in run("ip link show cni0")


def test_a_tunnel_between_address_families_is_made_anew(run, paths):
    def with_local(**local):
        link = {"name": "vx0", "type": "vxlan", "vni": 244, "dstport": 4789, "recreate": True, **local}
        return {"version": 1, "links": [link]}

    for local in ({"local": "2001:db8::1"}, {}, {"local": "2001:db8::2"}, {"local": "192.0.2.1"}, {}):
        engine.apply("vxlan", with_local(**local), paths=paths)
        assert not engine.apply("vxlan", with_local(**local), paths=paths).changed
    assert "local" not in run("ip -d link show vx0")


def test_routes_of_any_type_and_scope_are_put_back(run, paths):
    run("ip link add cni0 type bridge; ip link set cni0 up; ip route add 10.244.7.0/24 dev cni0 scope 100")
    run("ip route add broadcast 10.244.8.255 dev cni0 table 300; ip route add local 10.244.9.0/24 dev lo table 300")
    before = run("ip route show table all")
    destinations = [("10.244.7.0/24", 254), ("10.244.8.255/32", 300), ("10.244.9.0/24", 300)]
    routes = [{"dst": dst, "table": table, "type": "blackhole"} for dst, table in destinations]
    engine.apply("routes", {"version": 1, "routes": routes}, paths=paths)

    engine.remove("routes", paths=paths)

    assert run("ip route show table all") == before


@pytest.mark.parametrize("dst", ["10.244.9.0/24", "fd00:10:244:9::/64"])
def test_a_local_route_is_on_a_device(run, paths, dst):
    wanted = {"version": 1, "routes": [{"dst": dst, "type": "local", "dev": "lo", "table": 300}]}
    engine.apply("routes", wanted, paths=paths)

    assert not engine.apply("routes", wanted, paths=paths).changed
    assert engine.remove("routes", paths=paths).changed
