"""Single objects without a ledger: what is named is changed, verified and taken back, and nothing else."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, resources
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError, EngineError, RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import command
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError

BRIDGE = {"name": "br0", "type": "bridge", "state": "up"}
ROUTE = {"dst": "198.51.100.0/24", "gateway": "192.0.2.1"}
MACS = ["02:00:5e:00:53:%02x" % number for number in range(4)]


@pytest.fixture(autouse=True)
def _links(run):
    run("ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up")
    run("ip address add 192.0.2.10/24 dev eth0")


@pytest.fixture
def apply(paths):
    """Call ``resources.apply`` with a predicting call before and an unchanged one behind."""

    def three_times(section, *objects, **options):
        predicted = resources.apply(section, objects, check=True, paths=paths, **options)
        done = resources.apply(section, objects, paths=paths, **options)
        again = resources.apply(section, objects, paths=paths, **options)
        assert (predicted.changes, predicted.objects_after()) == (done.changes, done.objects_after())
        assert not again.changed
        return done

    return three_times


@pytest.fixture
def remove(paths):
    """The same with ``resources.remove``."""

    def three_times(section, *objects, **options):
        predicted = resources.remove(section, objects, check=True, paths=paths, **options)
        done = resources.remove(section, objects, paths=paths, **options)
        assert predicted.changes == done.changes
        assert not resources.remove(section, objects, paths=paths, **options).changed
        return done

    return three_times


def test_route_is_added_changed_and_deleted(apply, remove, run):
    added = apply("routes", ROUTE)
    assert added.objects_before() == []
    shown = run("ip route show 198.51.100.0/24").split()
    assert " ".join(shown) == "198.51.100.0/24 via 192.0.2.1 dev eth0 proto static"
    changed = apply("routes", {**ROUTE, "gateway": "192.0.2.2"})
    assert [each["gateway"] for each in changed.objects_before()] == ["192.0.2.1"]
    assert [each["gateway"] for each in changed.objects_after()] == ["192.0.2.2"]
    assert remove("routes", {"dst": ROUTE["dst"]}).objects_after() == []
    assert run("ip route show 198.51.100.0/24") == ""


def test_routes_of_others_that_look_alike_are_not_touched(apply, remove, run):
    run(
        "ip route add 198.51.100.0/24 via 192.0.2.7 metric 5 proto bird;"
        "ip route add 198.51.100.0/24 via 192.0.2.8 table 100; ip route add 198.51.100.0/25 via 192.0.2.9"
    )
    before = run("ip route show table all; ip rule")
    apply("routes", ROUTE)
    remove("routes", ROUTE)
    assert run("ip route show table all; ip rule") == before


def test_a_changed_route_keeps_who_made_it(apply, run):
    run("ip route add 198.51.100.0/24 via 192.0.2.1 proto bird")
    apply("routes", {**ROUTE, "gateway": "192.0.2.2"})
    assert "proto bird" in run("ip route show 198.51.100.0/24")


def test_what_is_there_need_not_be_said_again(apply, run, paths):
    run("ip link add br0 type bridge; ipset create mine hash:net; ipset add mine 10.0.0.0/8")
    assert apply("links", {"name": "br0", "mtu": 1400}).changed
    assert not apply("ipsets", {"name": "mine"}).changed
    assert not apply("ipsets", {"name": "mine", "type": "hash:net"}).changed
    assert run("ipset save mine").splitlines()[1:] == ["add mine 10.0.0.0/8"]
    apply("ipsets", {"name": "mine", "entries": []})
    assert run("ipset save mine").splitlines()[1:] == []
    with pytest.raises(RefusedError, match="link br7: is not there, and without type it cannot be made"):
        resources.apply("links", [{"name": "br7", "mtu": 1400}], paths=paths)


def test_rules_that_are_not_given_are_left_alone(apply, run):
    run("iptables -w -N MINE; iptables -w -A MINE -p tcp -j ACCEPT")
    apply("iptables", {"chain": "MINE", "anchors": [{"chain": "INPUT", "position": "first"}]})
    assert "-A MINE -p tcp -j ACCEPT" in run("iptables -S MINE")
    assert "-A INPUT -j MINE" in run("iptables -S INPUT")


def test_an_empty_string_takes_an_attribute_away(apply, run):
    apply(
        "links", BRIDGE, {"name": "vx0", "type": "vxlan", "vni": 7, "dstport": 4789, "master": "br0", "alias": "mine"}
    )
    apply("links", {"name": "vx0", "type": "vxlan", "master": "", "alias": ""})
    shown = run("ip link show vx0")
    assert "master" not in shown
    assert "alias" not in shown


def test_learned_entries_are_not_touched(apply, remove, run):
    run(
        f"ip link add vx0 type vxlan id 7 dstport 4789; ip link set vx0 up;"
        f"bridge fdb add {MACS[0]} dev vx0 dst 192.0.2.20 self dynamic;"
        f"ip neighbor add 192.0.2.30 lladdr {MACS[0]} dev eth0 nud reachable;"
        f"ip neighbor add 192.0.2.31 lladdr {MACS[1]} dev eth0 nud permanent"
    )
    apply("fdb", {"dev": "vx0", "lladdr": MACS[1], "dst": "192.0.2.21"})
    remove("fdb", {"dev": "vx0", "lladdr": MACS[1]}, {"dev": "vx0", "lladdr": MACS[0]})
    remove("neighbors", {"dev": "eth0", "dst": "192.0.2.30"})
    assert MACS[0] in run("bridge fdb show dev vx0")
    assert MACS[1] not in run("bridge fdb show dev vx0")
    assert {line.split()[0] for line in run("ip neighbor show dev eth0").splitlines()} == {"192.0.2.30", "192.0.2.31"}


def test_a_failure_takes_back_the_whole_call(run, paths):
    run("ip route add 198.51.100.0/24 via 192.0.2.5 mtu 1400 proto bird")
    before = run("ip route show table all")
    objects = [ROUTE, {"dst": "10.1.0.0/16", "gateway": "192.0.2.1"}, {"dst": "10.2.0.0/16", "gateway": "172.16.0.1"}]
    with pytest.raises(ApplyError) as failed:
        resources.apply("routes", objects, paths=paths)
    assert "route 10.2.0.0/16: add: ENETUNREACH" in str(failed.value)
    assert "all that this run had changed was taken back" in str(failed.value)
    assert run("ip route show table all") == before


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_changed(run, paths):
    before = run("ip route show table all")
    with pytest.raises(DocumentError) as refused:
        resources.apply("routes", [ROUTE, {"dst": "10.0.0.1/8", "gateway": "x"}, {"gateway": "192.0.2.1"}], paths=paths)
    assert [each.path for each in refused.value.problems] == ["routes[1].dst", "routes[1].gateway", "routes[2].dst"]
    assert run("ip route show table all") == before


def test_what_the_kernel_cannot_change_is_refused_with_the_way_out(run, paths):
    run("ip link add vx0 type vxlan id 7 dstport 4789")
    wanted = {"name": "vx0", "type": "vxlan", "vni": 8}
    with pytest.raises(RefusedError, match=r"vni is 7 and 8 is wanted.*recreate: true"):
        resources.apply("links", [wanted], paths=paths)
    resources.apply("links", [{**wanted, "recreate": True}], paths=paths)
    assert "vxlan id 8" in run("ip -d link show vx0")


def test_what_a_document_holds_is_left_to_it(run, paths):
    document = {"version": 1, "links": [BRIDGE], "routes": [{**ROUTE, "mtu": 1400}]}
    engine.apply("site", document, paths=paths)
    for section, item, reason in (
        ("routes", {**ROUTE, "gateway": "192.0.2.2"}, "gateway is to be '192.0.2.2', but document site holds it with"),
        ("routes", {**ROUTE, "onlink": True, "dev": "eth0"}, "mtu is to be None, but document site holds it with 1400"),
        ("links", {"name": "br0", "state": "down"}, "state is to be 'down', but document site holds it with 'up'"),
    ):
        with pytest.raises(RefusedError, match=reason):
            resources.apply(section, [item], check=True, paths=paths)
    with pytest.raises(RefusedError, match="document site holds it and would bring it back"):
        resources.remove("links", [BRIDGE], paths=paths)
    resources.apply("links", [{"name": "br0", "mtu": 1400}], paths=paths)  # the document says nothing of it
    assert not engine.apply("site", document, paths=paths).changed


def test_objects_of_a_named_namespace(namespace, run, paths):
    run(f"ip netns add {namespace}-x")
    try:
        resources.apply("links", [BRIDGE], paths=paths, namespace=f"{namespace}-x")
        assert "br0" in run(f"ip -n {namespace}-x link")
        assert "br0" not in run("ip link")
        assert resources.remove("links", [BRIDGE], paths=paths, namespace=f"{namespace}-x").changed
    finally:
        run(f"ip netns delete {namespace}-x")
    with pytest.raises(EngineError, match=f"there is no network namespace {namespace}-x .ip netns add"):
        resources.apply("links", [BRIDGE], paths=paths, namespace=f"{namespace}-x")
    gone = resources.remove("links", [BRIDGE], paths=paths, namespace=f"{namespace}-x")
    assert not gone.changed
    assert "nothing to remove" in gone.warnings[0]
    with pytest.raises(EngineError, match="is no name of a network namespace"):
        resources.apply("links", [BRIDGE], paths=paths, namespace="../x")


def test_nothing_asked_for_is_nothing_done(apply, remove, paths):
    assert not apply("routes").changed
    assert not remove("routes").changed


def test_a_dry_run_does_without_a_tool_that_is_not_installed_yet(paths, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(command, "_SYSTEM_PATH", "/nowhere")
    wanted = {"name": "mine", "type": "hash:ip", "entries": ["10.0.0.1"]}
    predicted = resources.apply("ipsets", [wanted], check=True, paths=paths)
    assert predicted.objects_after()[0]["entries"] == ["10.0.0.1"]
    assert predicted.warnings == ["ipset is not installed, so ipsets are taken as absent"]
    with pytest.raises(EngineError, match=r"ipsets cannot be read, and nothing was changed: .*ipset"):
        resources.apply("ipsets", [wanted], paths=paths)


def test_what_hangs_on_a_link_comes_back_with_it(run, paths):
    run(
        f"ip link add br0 type bridge; ip link set br0 up; ip link add vx0 type vxlan id 7 dstport 4789;"
        f"ip link set vx0 master br0 up; bridge fdb add {MACS[1]} dev vx0 dst 192.0.2.21;"
        f"ip address add 10.0.0.1/24 dev vx0; ip address add 2001:db8:7::1/64 dev vx0 nodad;"
        f"ip neighbor add 10.0.0.2 lladdr {MACS[1]} dev vx0; ip route add 10.9.0.0/16 via 10.0.0.2 proto bird;"
        f"ip link add vx1 type vxlan id 8 dstport 4789"
    )
    look = (
        "ip -d -o link show vx0 | grep -o 'master br0\\|vxlan id 7'; bridge fdb show dev vx0 | sort;"
        "ip neighbor show dev vx0;"
        "ip -o address show dev vx0 scope global | sed 's/^[0-9]*//' | sort; ip route show table all dev vx0 | sort"
    )
    before = run(look)
    with pytest.raises(ApplyError, match="link vx0: recreate: EEXIST") as failed:  # vx1 has that number already
        resources.apply("links", [{"name": "vx0", "vni": 8, "recreate": True}], paths=paths)
    assert failed.value.left == []
    assert run(look) == before
