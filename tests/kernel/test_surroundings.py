"""What hangs on a link or an address that a document has made anew, or fails to, and belongs to somebody else."""

from __future__ import annotations

import errno

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, execution, resources, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import world
from tests.kernel.overlay import overlay
from tests.kernel.picture import picture

pytestmark = pytest.mark.usefixtures("namespace", "underlay")

#: What only the kernel refuses, when all else is done.
BAD = {"dst": "10.9.0.0/16", "gateway": "192.0.2.9"}
#: On the tunnel of another document: all that can hang on a link.
EXTRA = {
    "version": 1,
    "links": [{"name": "vx7", "type": "vxlan", "vni": 7, "dstport": 4790, "dev": "vx0", "state": "up"}],
    "addresses": [{"dev": "vx0", "address": "10.250.0.1/24"}, {"dev": "vx7", "address": "10.251.0.1/24"}],
    "neighbors": [{"dev": "vx0", "dst": "10.250.0.9", "lladdr": "02:00:5e:09:00:09"}],
    "fdb": [{"dev": "vx0", "lladdr": "02:00:5e:09:00:09", "dst": "198.18.9.9"}],
    "routes": [
        {"dst": "10.250.9.0/24", "gateway": "10.250.0.9", "dev": "vx0"},
        {"dst": "10.251.9.0/24", "gateway": "10.251.0.9", "dev": "vx7"},
        {"dst": "10.252.0.0/16", "dev": "cni0", "src": "10.250.0.1"},
    ],
    "sysctls": [{"name": "net/ipv4/conf/vx0/rp_filter", "value": 2}],
}


def with_vni(vni, **more):
    document = overlay(3)
    document["links"][1].update(vni=vni, recreate=True)
    return {**document, **more}


@pytest.fixture
def _tunnel(run, paths):
    run("sysctl -qw net.ipv6.conf.default.addr_gen_mode=1")
    engine.apply("vxlan", with_vni(244), paths=paths)
    engine.apply("extra", EXTRA, paths=paths)


def by_a_stranger(run):
    run("ip address add 10.253.0.1/24 dev vx0; ip route add 10.253.9.0/24 via 10.253.0.9 dev vx0")
    run("ip neighbor add 10.253.0.9 lladdr 02:00:5e:08:00:08 dev vx0 nud permanent")


@pytest.mark.usefixtures("_tunnel")
def test_what_other_documents_hold_on_a_link_that_is_made_anew_comes_again_with_it(paths):
    predicted = engine.apply("vxlan", with_vni(245), check=True, paths=paths)

    done = engine.apply("vxlan", with_vni(245), paths=paths)

    assert done.changes == predicted.changes
    assert restore.deviations(paths) == {"extra": [], "vxlan": []}
    assert not engine.apply("extra", EXTRA, paths=paths).changed
    assert not engine.apply("vxlan", with_vni(245), paths=paths).changed


@pytest.mark.usefixtures("_tunnel")
def test_what_another_document_has_lost_already_is_not_made_by_this_one(run, paths):
    run("ip route delete 10.250.9.0/24")

    engine.apply("vxlan", with_vni(245), paths=paths)

    assert restore.deviations(paths)["extra"] == ["route 10.250.9.0/24 is missing"]


@pytest.mark.usefixtures("_tunnel")
def test_a_failed_run_has_all_others_hold_on_its_link_as_it_was(run, paths):
    by_a_stranger(run)
    before = sorted(picture(run))
    wanted = with_vni(245)
    wanted["routes"].append(BAD)

    with pytest.raises(ApplyError, match="all that this run had changed was taken back") as caught:
        engine.apply("vxlan", wanted, paths=paths)

    assert caught.value.left == []
    assert sorted(picture(run)) == before
    assert restore.deviations(paths) == {"extra": [], "vxlan": []}


@pytest.mark.usefixtures("_tunnel")
def test_several_routes_in_one_place_of_which_no_document_could_speak_stop_no_taking_back(run, paths):
    run("ip route add 10.77.0.0/16 dev vx0; ip route append 10.77.0.0/16 dev vx0 scope host")
    wanted = with_vni(245)
    wanted["routes"].append(BAD)

    with pytest.raises(ApplyError) as caught:
        engine.apply("vxlan", wanted, paths=paths)

    assert caught.value.left == []
    assert "10.77.0.0/16 dev vx0" in run("ip route")


def test_what_a_bridge_and_its_ports_have_by_themselves_is_nothing_to_put_back(run, paths):
    run("sysctl -qw net.ipv6.conf.default.addr_gen_mode=1")
    run("ip link add port type veth peer name far; ip link set port up; ip link set far up")
    wanted = {"version": 1, "links": [{"name": "br0", "type": "bridge", "address": "02:00:5e:00:00:07", "state": "up"}]}
    engine.apply("bridge", wanted, paths=paths)
    run("ip link set port master br0; bridge fdb add 02:00:5e:00:00:08 dev port master static")
    run("bridge fdb add 02:00:5e:00:00:09 dev port master local; ip address add 192.0.2.1/24 dev br0")
    before = sorted(picture(run))

    with pytest.raises(ApplyError) as caught:
        engine.apply("bridge", {"version": 1, "routes": [BAD]}, paths=paths)

    assert caught.value.left == []
    assert sorted(picture(run)) == before


@pytest.mark.parametrize("of_a_document", [True, False])
def test_a_failed_run_has_others_routes_back_that_went_with_an_address(run, paths, monkeypatch, of_a_document):
    entries = [{"dev": "br0", "address": "192.0.2.1/24"}, {"dev": "br0", "address": "2001:db8::1/64", "nodad": True}]
    run("ip link add br0 type bridge; ip link set br0 addrgenmode none; ip link set br0 up")
    if of_a_document:
        engine.apply("kept", {"version": 1, "addresses": entries}, paths=paths)
    else:
        run("ip address add 192.0.2.1/24 dev br0; ip address add 2001:db8::1/64 dev br0 nodad")
    run("ip route add default via 192.0.2.254 src 192.0.2.1; ip route add default via 192.0.2.253 metric 9 table 7")
    run("ip -6 route add 2001:db8:1::/48 dev br0 src 2001:db8::1")
    before = sorted(picture(run))
    real = world.apply

    def refusing(section, changes):
        failures = real(section, changes)
        if section == "addresses" and all(change.after is None for change in changes):
            assert "default" not in run("ip route")
            return [execution.Failure(changes[0], 0, "no more of that")]
        return failures

    monkeypatch.setattr(world, "apply", refusing)
    with pytest.raises(ApplyError, match="no more of that") as caught:
        if of_a_document:
            engine.remove("kept", paths=paths)
        else:
            resources.remove("addresses", entries, paths=paths)

    assert caught.value.left == []
    assert sorted(picture(run)) == before


@pytest.mark.usefixtures("_tunnel")
def test_where_the_host_cannot_be_read_to_take_it_back_the_kernels_reasons_are_told_still(paths, monkeypatch):
    def unreadable(_touched):
        raise OSError(errno.EINTR, "the table kept changing while it was read")

    def failing(target, doomed, changes, stop):
        monkeypatch.setattr(world, "read", unreadable)
        return real(target, doomed, changes, stop)

    real = execution.carry_out
    monkeypatch.setattr(execution, "carry_out", failing)
    for act in (
        lambda: engine.apply("other", {"version": 1, "routes": [BAD]}, paths=paths),
        lambda: resources.apply("routes", [BAD], paths=paths),
    ):
        with pytest.raises(ApplyError, match=r"route 10\.9\.0\.0/16: add: ENETUNREACH") as caught:
            act()
        assert "left half-way, for the host's state cannot be read" in str(caught.value)
        assert "the table kept changing" in str(caught.value)
        assert "taken back" not in str(caught.value)
        monkeypatch.undo()
        monkeypatch.setattr(execution, "carry_out", failing)
