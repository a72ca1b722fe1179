"""What the boot unit, the drift timer and the operator run on a host, as they run it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import RefusedError
from tests.kernel.overlay import bridge, overlay
from tests.kernel.podnet_command import Podnet
from tests.kernel.test_apply import snapshot
from tests.kernel.test_faults import killed_at

pytestmark = pytest.mark.usefixtures("namespace")

#: Seconds after which what restore waits for comes: longer than Python takes to start on a busy machine.
LATE = 3.0
LACKING = (
    "the host lacks address 198.18.0.0, which is not made here: give it back, or plan and apply anew with what there is"
)


@pytest.fixture
def podnet(tmp_path):
    """The command as it is installed on a host."""
    return Podnet(tmp_path)


@pytest.mark.usefixtures("underlay")
def test_restore_brings_all_documents_back_after_a_reboot(run, paths, podnet):
    vxlan = {section: objects for section, objects in overlay(5).items() if section != "addresses"}
    vxlan["links"] = vxlan["links"][1:]
    engine.apply("bridge", bridge(), paths=paths)
    engine.apply("a-vxlan", vxlan, paths=paths)  # its routes need the other's address, and its name comes first
    before = snapshot(run)
    run("ip link delete vx0; ip link delete cni0")

    assert podnet("restore") == (0, "2 document(s) restored, 18 change(s)\n", "")

    assert snapshot(run) == before
    assert podnet("restore") == (0, "2 document(s) restored, 0 change(s)\n", "")


def test_restore_waits_for_an_underlay_that_comes_late(run, paths, podnet):
    engine.apply("vxlan", overlay(1), paths=paths)
    run("ip link delete vx0; ip link add uplink type bridge; ip link set uplink up")
    timer = threading.Timer(LATE, run, ["ip address add 198.18.0.0/15 dev uplink"])
    timer.start()

    status, said, _errors = podnet("restore", "--wait", "30")

    timer.join()
    assert (status, said.splitlines()[0]) == (0, "waiting for address 198.18.0.0")
    assert "10.244.1.0/24" in run("ip route")


def test_restore_waits_for_a_device_that_comes_late(run, paths, podnet):
    run("ip link add uplink type bridge; ip link set uplink up; ip address add 198.18.0.0/15 dev uplink")
    wanted = overlay(1)
    wanted["links"][1]["dev"] = "uplink"
    engine.apply("vxlan", wanted, paths=paths)
    run("ip link delete vx0; ip link delete uplink")
    late = "ip link add uplink type bridge; ip link set uplink up; ip address add 198.18.0.0/15 dev uplink"
    timer = threading.Timer(LATE, run, [late])
    timer.start()

    status, said, errors = podnet("restore", "--wait", "30")

    timer.join()
    assert (status, errors) == (0, "")
    assert said.startswith("waiting for address 198.18.0.0, device uplink\n")
    assert "10.244.1.0/24" in run("ip route")


def test_restore_waits_for_the_subnet_that_a_gateway_is_on(run, paths, podnet):
    run("ip link add eth0 up type veth peer name switch; ip link set switch up; ip address add 192.0.2.1/24 dev eth0")
    direct = {"version": 1, "routes": [{"dst": "10.244.1.0/24", "gateway": "192.0.2.2", "metric": 12}]}
    engine.apply("direct", direct, paths=paths)
    run("ip address del 192.0.2.1/24 dev eth0")
    late = threading.Timer(LATE, run, ["ip address add 192.0.2.1/24 dev eth0"])
    late.start()

    status, said, _errors = podnet("restore", "--wait", "30")

    late.join()
    assert (status, said.splitlines()[0]) == (0, "waiting for a way to gateway 192.0.2.2")
    assert run("ip route show proto 244") == "10.244.1.0/24 via 192.0.2.2 dev eth0 metric 12 \n"


def test_restore_goes_on_without_an_underlay_that_does_not_come(run, paths, podnet):
    engine.apply("vxlan", overlay(1), paths=paths)
    run("ip link delete vx0")

    status, _said, errors = podnet("restore", "--wait", "0.2")

    assert (status, errors) == (1, f"podnet: {LACKING}\n")
    assert "10.244.1.0/24" in run("ip route")


@pytest.mark.usefixtures("underlay")
def test_status_and_drift_name_an_address_that_the_tunnel_has_lost(run, paths, podnet):
    engine.apply("vxlan", overlay(1), paths=paths)
    assert podnet("status") == (0, "vxlan: in sync\n", "")
    run("ip address delete 198.18.0.0/32 dev lo")

    assert podnet("status") == (1, f"vxlan: 1 deviation(s)\n  {LACKING}\n", "")
    assert podnet("drift") == (1, "", f"podnet: {LACKING}\n")


def test_restore_makes_what_can_be_made_and_reports_the_rest(run, paths, podnet):
    run("ip link add uplink type bridge; ip link set uplink up; ip address add 192.0.2.1/24 dev uplink")
    engine.apply("vxlan", overlay(2), paths=paths)
    engine.apply("uplink", {"version": 1, "routes": [{"dst": "10.50.0.0/16", "gateway": "192.0.2.9"}]}, paths=paths)
    run("ip link delete vx0; ip link delete uplink")

    status, _said, errors = podnet("restore")

    assert status == 1
    assert "podnet: route 10.50.0.0/16: add: ENETUNREACH: Nexthop has invalid gateway\n" in errors
    assert "10.244.2.0/24" in run("ip route")


@pytest.mark.usefixtures("underlay")
def test_restore_ends_what_a_crash_had_begun(run, paths, podnet, monkeypatch):
    engine.apply("vxlan", overlay(3), paths=paths)
    wanted = overlay(2)
    wanted["links"][1]["mtu"] = 1400
    killed_at("links", wanted, paths, monkeypatch)

    assert podnet("restore")[0] == 0

    assert "10.244.3" not in run("ip route") + run("ip neighbor")
    assert ledger.load(paths.ledgers, "vxlan").leaving == {}


def test_a_damaged_ledger_does_not_keep_the_other_documents_away(run, paths, podnet):
    engine.apply("vxlan", overlay(1), paths=paths)
    Path(paths.ledgers, "broken.json").write_text("{", encoding="utf-8")
    run("ip link delete vx0")

    status, _said, errors = podnet("restore")

    assert status == 1
    assert "broken.json cannot be trusted" in errors
    assert "10.244.1.0/24" in run("ip route")


@pytest.mark.usefixtures("underlay")
def test_drift_repairs_what_was_deleted_or_altered_and_says_why(run, paths, podnet):
    engine.apply("vxlan", overlay(3), paths=paths)
    before = snapshot(run)
    run("ip route delete 10.244.1.0/24; ip route replace 10.244.2.0/24 dev cni0 proto static; ip link set vx0 mtu 1300")
    run("bridge fdb delete 02:00:5e:01:00:03 dev vx0; ip link set vx0 alias other")

    status, said, errors = podnet("drift")

    assert (status, errors) == (0, "")
    assert sorted(said.splitlines()) == [
        "repaired: fdb entry 02:00:5e:01:00:03 on vx0 is missing",
        "repaired: link vx0: mtu is 1300 instead of 1450, alias is other instead of 'podnet: tunnel of node-0'",
        "repaired: route 10.244.1.0/24 is missing",
        (
            "repaired: route 10.244.2.0/24: gateway is not set instead of 10.244.2.1, dev is cni0 instead of vx0, "
            "onlink is not set instead of on, src is not set instead of 10.244.0.1"
        ),
    ]
    assert snapshot(run) == before
    assert podnet("drift") == (0, "", "")


def test_status_names_what_deviates_and_touches_nothing(run, paths, podnet):
    assert podnet("status") == (0, "no document is kept here\n", "")
    engine.apply("bridge", bridge(), paths=paths)
    assert podnet("status") == (0, "bridge: in sync\n", "")
    run("ip address delete 10.244.0.1/24 dev cni0")
    before = snapshot(run)

    assert podnet("status") == (1, "bridge: 1 deviation(s)\n  address 10.244.0.1/24 on cni0 is missing\n", "")
    assert snapshot(run) == before


def test_status_lists_the_other_documents_beside_a_damaged_ledger(run, paths, podnet):
    engine.apply("bridge", bridge(), paths=paths)
    engine.apply("vxlan", {"version": 1, "links": [{"name": "vx0", "type": "vxlan", "vni": 9}]}, paths=paths)
    Path(paths.ledgers, "a-broken.json").write_text("{", encoding="utf-8")
    run("ip link delete vx0")

    status, said, errors = podnet("status")

    assert (status, errors) == (1, "")
    lines = said.splitlines()
    assert lines[:3] == ["bridge: in sync", "vxlan: 1 deviation(s)", "  link vx0 is missing"]
    assert lines[3] == "a-broken: 1 deviation(s)"
    assert lines[4].startswith(f"  the ledger {paths.ledgers}/a-broken.json cannot be trusted")


@pytest.mark.parametrize(("state", "status"), [("active", 0), ("reloading", 0), ("inactive", 1), ("failed", 1)])
def test_status_says_that_frr_is_down_where_it_makes_the_routes(paths, podnet, tmp_path, monkeypatch, state, status):
    engine.apply("bgp", {"version": 1, "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}]}, paths=paths)
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\n[ "$3" = frr.service ] && echo ActiveState={state}\n', encoding="utf-8")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{systemctl.parent}:{os.environ['PATH']}")

    found, said, errors = podnet("status")

    assert (found, errors) == (status, "")
    assert said.startswith(f"bgp: 1 deviation(s)\n  frr.service is {state}, so " if status else "bgp: in sync\n")


def test_status_and_drift_name_what_cannot_be_repaired(run, paths, podnet):
    engine.apply("vxlan", overlay(0), paths=paths)
    run("ip link delete vx0; ip link add vx0 type vxlan id 9 dstport 4789")

    status, said, _errors = podnet("status")
    assert (status, "link vx0: vni is 9 and 244 is wanted" in said) == (1, True)
    status, _said, errors = podnet("drift")
    assert (status, "link vx0: vni is 9 and 244 is wanted" in errors) == (1, True)
    with pytest.raises(RefusedError):
        engine.apply("vxlan", overlay(0), paths=paths)


def test_show_prints_a_document(paths, podnet):
    engine.apply("bridge", bridge(), paths=paths)

    status, said, _errors = podnet("show", "bridge")

    assert status == 0
    assert "address 10.244.0.1/24 on cni0" in said.splitlines()
    status, _said, errors = podnet("show", "other")
    assert (status, errors) == (1, "podnet: no document 'other' is kept here; there are: bridge\n")


def test_restore_knows_a_link_local_address_of_an_underlay(run, paths, podnet):
    run("ip link add uplink type bridge; ip link set uplink up; ip address add fe80::1/64 dev uplink nodad")
    link = {"name": "vx0", "type": "vxlan", "vni": 244, "dstport": 4789, "local": "fe80::1", "dev": "uplink"}
    engine.apply("vxlan", {"version": 1, "links": [link]}, paths=paths)
    run("ip link delete vx0")

    assert podnet("restore", "--wait", "0") == (0, "1 document(s) restored, 1 change(s)\n", "")


def test_what_failed_for_want_of_another_documents_object_is_made_in_the_same_run(run, paths, podnet):
    """Routes are made in the order of their keys, so the one that needs the other comes first."""
    run("ip link add uplink type bridge; ip link set uplink up")
    way = {"dst": "203.0.113.9/32", "dev": "uplink", "scope": "link"}
    beyond = {"dst": "10.50.0.0/16", "gateway": "203.0.113.9"}
    engine.apply("z-way", {"version": 1, "routes": [way]}, paths=paths)
    engine.apply("a-beyond", {"version": 1, "routes": [beyond]}, paths=paths)
    run("ip link add other type bridge; ip link set other up")
    engine.apply("never", {"version": 1, "routes": [{"dst": "10.60.0.0/16", "dev": "other"}]}, paths=paths)
    run("ip route flush proto 244; ip link delete other")

    status, _said, errors = podnet("restore")

    assert status == 1
    assert errors.splitlines() == ["podnet: route 10.60.0.0/16: add: ENODEV: there is no device other"]
    assert "10.50.0.0/16 via 203.0.113.9" in run("ip route")
