"""Links without a type: somebody else makes them, a document only alters them."""

from __future__ import annotations

import json

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, ledger, restore, underlay
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError, RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import links
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise

pytestmark = pytest.mark.usefixtures("namespace")


def document(*wanted):
    return {"version": 1, "links": list(wanted)}


def test_it_is_altered_and_put_back_and_never_deleted(run, paths):
    run("ip link add name eth0 type veth peer name far; ip link set eth0 mtu 1450 up alias uplink")
    before = links.read_all()
    wanted = document(
        {"name": "eth0", "mtu": 1400, "alias": "podnet: uplink", "txqueuelen": 7}, {"name": "lo", "mtu": 4000}
    )

    assert len(engine.apply("nic", wanted, paths=paths).changes) == 2
    assert not engine.apply("nic", wanted, paths=paths).changed
    assert links.read_all()["eth0",]["mtu"] == 1400
    predicted = engine.remove("nic", check=True, paths=paths).commands()
    assert engine.remove("nic", paths=paths).commands() == predicted
    assert not any("delete" in command for command in predicted)
    assert links.read_all() == before


def test_even_one_that_bears_our_mark_is_never_deleted(run, paths):
    wanted = document({"name": "eth0", "mtu": 1400, "alias": "podnet: uplink"})
    run("ip link add name eth0 type veth peer name far")
    engine.apply("nic", wanted, paths=paths)
    ledger.delete(paths.ledgers, "nic")
    engine.apply("nic", wanted, paths=paths)

    engine.remove("nic", paths=paths)

    assert "eth0" in run("ip link")


@pytest.mark.parametrize("check", [True, False])
def test_one_that_is_not_there_is_refused(run, paths, check):
    before = run("ip -o link")

    with pytest.raises(RefusedError, match="link eth0: is not there, and without type it cannot be made"):
        engine.apply("nic", document({"name": "eth0", "mtu": 1400}, {"name": "b", "type": "bridge"}), check, paths)

    assert run("ip -o link") == before


def test_another_documents_link_goes_when_that_document_goes(run, paths):
    engine.apply("bridge", document({"name": "cni0", "type": "bridge"}), paths=paths)
    engine.apply("tuning", document({"name": "cni0", "txqueuelen": 7}), paths=paths)

    engine.remove("bridge", paths=paths)

    assert "cni0" not in run("ip link")
    engine.remove("tuning", paths=paths)


def test_two_documents_of_one_link_are_restored_together(run, paths):
    engine.apply("bridge", document({"name": "cni0", "type": "bridge", "mtu": 1400}), paths=paths)
    engine.apply("tuning", document({"name": "cni0", "txqueuelen": 7}), paths=paths)
    run("ip link delete cni0")

    outcome = restore.restore(paths)

    assert (outcome.warnings, outcome.failures) == ([], [])
    link = links.read_all()["cni0",]
    assert (link["type"], link["mtu"], link["txqueuelen"]) == ("bridge", 1400, 7)


def test_at_boot_one_that_comes_late_keeps_nothing_else_away(run, paths):
    run("ip link add name eth0 type veth peer name far")
    engine.apply("nic", document({"name": "eth0", "mtu": 1400}, {"name": "cni0", "type": "bridge"}), paths=paths)
    run("ip link delete eth0; ip link delete cni0")

    outcome = restore.restore(paths)

    assert [str(warning) for warning in outcome.warnings if "link eth0: is not there" in warning]
    assert "cni0" in run("ip link")


def test_a_boot_waits_for_the_links_that_others_make(run):
    wanted = normalise(
        document(
            {"name": "eth0", "mtu": 1400},
            {"name": "eth1.5", "type": "vlan", "link": "eth1", "id": 5},
            {"name": "v0", "type": "veth", "peer": {"name": "p0"}},
            {"name": "p0", "mtu": 1400},
        )
    )

    assert underlay.missing(wanted) == ["device eth0", "device eth1"]
    run("ip link add name eth0 type veth peer name eth1")
    assert underlay.missing(wanted) == []


def test_a_link_of_hardware_or_of_an_unknown_kind_is_not_made_anew(run, paths):
    run("ip link add name cni0 type ifb 2>/dev/null || ip link add name cni0 type macvlan link lo 2>/dev/null || true")
    name = "cni0" if "cni0" in run("ip link") else "lo"

    with pytest.raises(RefusedError, match=f"link {name}: type is .* and bridge is wanted; .*nobody can change it"):
        engine.apply("bridge", document({"name": name, "type": "bridge", "recreate": True}), paths=paths)


def test_a_fixed_feature_is_refused_before_anything_changes(run, paths):
    before = run("ip -o link")
    wanted = document(
        {"name": "cni0", "type": "bridge"}, {"name": "lo", "features": {"tx-checksum-sctp": False, "loopback": False}}
    )

    with pytest.raises(RefusedError, match=r"link lo: features.loopback is on and off is wanted; it is fixed there"):
        engine.apply("nic", wanted, paths=paths)

    assert run("ip -o link") == before


def test_a_feature_that_the_link_has_not_is_refused(run, paths):
    with pytest.raises(RefusedError, match=r"link lo: features.fcoe-mtu is not set and on is wanted"):
        engine.apply("nic", document({"name": "lo", "features": {"fcoe-mtu": True}}), paths=paths)


def test_a_feature_of_a_new_link_that_is_fixed_takes_all_back(run, paths):
    before = run("ip -o link")

    with pytest.raises(ApplyError, match=r"link cni0: add: EOPNOTSUPP: its feature .* is fixed to (on|off)"):
        engine.apply(
            "nic",
            document(
                {
                    "name": "cni0",
                    "type": "bridge",
                    "features": {"vlan-challenged": True},
                }
            ),
            paths=paths,
        )

    assert run("ip -o link") == before


def test_features_are_switched_and_put_back(run, paths):
    run("ip link add name eth0 type veth peer name far")
    features = {"tx-checksum-ip-generic": False, "tx-udp_tnl-segmentation": False, "rx-gro": False}
    wanted = document({"name": "eth0", "features": features})

    assert engine.apply("nic", wanted, paths=paths).commands() == [
        "ethtool -K eth0 tx-checksum-ip-generic off tx-udp_tnl-segmentation off"
    ]
    assert not engine.apply("nic", wanted, paths=paths).changed
    engine.remove("nic", paths=paths)

    key = ("eth0",)
    declared = {f"features.{name}": None for name in features}
    assert links.read({key: declared})[key]["features.tx-checksum-ip-generic"] is True


def test_a_feature_that_another_holds_back_is_no_silent_success(run, paths):
    run("ip link add name eth0 type veth peer name far")
    wanted = {"tx-scatter-gather": False, "tx-generic-segmentation": True, "tx-tcp-segmentation": True}

    with pytest.raises(
        ApplyError, match=r"link eth0: change: EOPNOTSUPP: its feature tx-\S+ stays off because of another"
    ):
        engine.apply("nic", document({"name": "eth0", "features": wanted}), paths=paths)

    key = ("eth0",)
    assert links.read({key: {"features.tx-scatter-gather": None}})[key]["features.tx-scatter-gather"] is True


def test_the_far_end_is_altered_with_its_veth(run, paths):
    wanted = document(
        {"name": "p0", "mtu": 1400, "alias": "far", "state": "up", "master": "cni0", "port": {"isolated": True}},
        {"name": "v0", "type": "veth", "peer": {"name": "p0"}, "state": "up"},
        {"name": "cni0", "type": "bridge"},
    )
    predicted = engine.apply("veth", wanted, check=True, paths=paths)
    done = engine.apply("veth", wanted, paths=paths)

    assert predicted.commands() == done.commands()
    assert not engine.apply("veth", wanted, paths=paths).changed
    shown = {link["ifname"]: link for link in json.loads(run("ip -d -j link"))}
    assert (shown["p0"]["mtu"], shown["p0"]["ifalias"], shown["p0"]["master"]) == (1400, "far", "cni0")

    engine.remove("veth", paths=paths)
    assert [link["ifname"] for link in json.loads(run("ip -j link"))] == ["lo"]


def test_the_far_end_is_altered_again_when_the_veth_is_made_anew(run, paths):
    def pair(**declared):
        return document(
            {"name": "v0", "type": "veth", "peer": {"name": "p0"}, **declared},
            {"name": "p0", "mtu": 1400},
            {"name": "p1", "mtu": 1300} if declared else {"name": "lo"},
        )

    engine.apply("veth", pair(), paths=paths)
    wanted = document(
        {"name": "v0", "type": "veth", "peer": {"name": "p1"}, "recreate": True}, {"name": "p1", "mtu": 1300}
    )

    predicted = engine.apply("veth", wanted, check=True, paths=paths)
    assert engine.apply("veth", wanted, paths=paths).changes == predicted.changes

    assert not engine.apply("veth", wanted, paths=paths).changed
    assert {name for (name,) in links.read_all()} == {"lo", "v0", "p1"}


def test_the_commands_of_a_veth_and_its_far_end_make_them(run, paths):
    wanted = document(
        {"name": "v0", "type": "veth", "peer": {"name": "p0"}}, {"name": "p0", "mtu": 1400, "state": "up"}
    )

    run("\n".join(engine.apply("veth", wanted, check=True, paths=paths).commands()))

    assert engine.apply("veth", wanted, paths=paths).commands() == []
    run("\n".join(engine.remove("veth", check=True, paths=paths).commands()))
    assert engine.remove("veth", paths=paths).commands() == []
