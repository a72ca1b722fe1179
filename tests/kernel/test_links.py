"""Links of every kind that this kernel has, attribute by attribute, and errors for those that it has not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, execution
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError, RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import links
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise

pytestmark = pytest.mark.usefixtures("namespace")

#: Attributes that this kernel was built without.
MISSING_HERE = {"vlan_filtering", "vlan_protocol", "vlan_default_pvid"}

BRIDGE = {"name": "cni0", "type": "bridge"}
VXLAN = {"name": "vx0", "type": "vxlan", "vni": 244, "dstport": 4789}
PORT = {"name": "vx0", "type": "vxlan", "vni": 244, "dstport": 4789, "master": "cni0"}

#: Each attribute with a value and another one. Those of one line are changed together.
CHANGES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (BRIDGE, {"stp": True}, {"stp": False}),
    (BRIDGE, {"priority": 4096}, {"priority": 0}),
    (BRIDGE, {"forward_delay": 400}, {"forward_delay": 0}),
    (BRIDGE, {"stp": True, "forward_delay": 200}, {"stp": False, "forward_delay": 0}),
    (BRIDGE, {"stp": False, "forward_delay": 0}, {"stp": True, "forward_delay": 200}),
    (BRIDGE, {"hello_time": 100}, {"hello_time": 1000}),
    (BRIDGE, {"max_age": 600}, {"max_age": 4000}),
    (BRIDGE, {"ageing_time": 0}, {"ageing_time": 60000}),
    (BRIDGE, {"group_fwd_mask": 0x4000}, {"group_fwd_mask": 8}),
    (BRIDGE, {"mcast_snooping": False}, {"mcast_snooping": True}),
    (BRIDGE, {"mcast_querier": True}, {"mcast_querier": False}),
    (BRIDGE, {"mcast_router": 2}, {"mcast_router": 0}),
    (BRIDGE, {"nf_call_iptables": True}, {"nf_call_iptables": False}),
    (BRIDGE, {"nf_call_ip6tables": True}, {"nf_call_ip6tables": False}),
    (BRIDGE, {"nf_call_arptables": True}, {"nf_call_arptables": False}),
    (BRIDGE, {"alias": "podnet: pods"}, {"alias": 'it\'s "quoted" & ü'}),
    (BRIDGE, {"address": "02:00:5e:00:53:01"}, {"address": "02:00:5e:00:53:02"}),
    (BRIDGE, {"mtu": 1280}, {"mtu": 9000}),
    (BRIDGE, {"txqueuelen": 5}, {"txqueuelen": 0}),
    (BRIDGE, {"gso_max_size": 8192}, {"gso_max_size": 32768}),
    (BRIDGE, {"state": "up"}, {"state": "down"}),
    (BRIDGE, {"promisc": True}, {"promisc": False}),
    (BRIDGE, {"arp": False}, {"arp": True}),
    (BRIDGE, {"promisc": True, "arp": False, "state": "up"}, {"promisc": False, "arp": True, "state": "down"}),
    (VXLAN, {"local": "192.0.2.1"}, {"local": "192.0.2.2"}),
    (VXLAN, {"local": "2001:db8::1"}, {"local": "2001:db8::2"}),
    (VXLAN, {"remote": "192.0.2.1"}, {"remote": "192.0.2.2"}),
    (VXLAN, {"remote": "2001:db8::1"}, {"remote": "2001:db8::2"}),
    (VXLAN, {"local": "2001:db8::1"}, {"local": "2001:db8::1", "remote": "2001:db8::2"}),
    (VXLAN, {"group": "239.1.1.1", "dev": "below"}, {"group": "239.1.1.2", "dev": "below"}),
    (VXLAN, {"group": "239.1.1.1", "dev": "below"}, {"remote": "192.0.2.1", "dev": "below"}),
    (VXLAN, {"dev": "below"}, {"dev": "beside"}),
    (VXLAN, {"learning": False}, {"learning": True}),
    (VXLAN, {"ageing": 1}, {"ageing": 60}),
    (VXLAN, {"ttl": 64}, {"ttl": 0}),
    (VXLAN, {"tos": 16}, {"tos": "inherit"}),
    (VXLAN, {"df": "set"}, {"df": "inherit"}),
    (VXLAN, {"local": "2001:db8::1", "flowlabel": 0x12345}, {"local": "2001:db8::1", "flowlabel": 1}),
    *[
        (PORT, {"port": {name: first}}, {"port": {name: second}})
        for name, first, second in [
            ("priority", 10, 63),
            ("cost", 1, 65535),
            ("guard", True, False),
            ("root_block", True, False),
            ("fastleave", True, False),
            ("hairpin", True, False),
            ("learning", False, True),
            ("flood", False, True),
            ("mcast_flood", False, True),
            ("bcast_flood", False, True),
            ("mcast_to_unicast", True, False),
            ("mcast_router", 2, 0),
            ("neigh_suppress", True, False),
            ("isolated", True, False),
            ("proxy_arp", True, False),
            ("proxy_arp_wifi", True, False),
            ("vlan_tunnel", True, False),
            ("group_fwd_mask", 0xFFFD, 8),
        ]
    ],
    (PORT, {"port": {"isolated": True, "hairpin": True}, "state": "up"}, {"port": {"hairpin": False}}),
    (PORT, {"features": {"tx-checksum-ip-generic": False}}, {"features": {"tx-checksum-ip-generic": True}}),
]

#: What only a link made anew can have.
FIXED = [
    ({"vni": 245}),
    ({"dstport": 4790}),
    ({"srcport": "1000-2000"}),
    ({"maxaddress": 100}),
    ({"proxy": True}),
    ({"l2miss": True}),
    ({"l3miss": True}),
    ({"udp_csum": False}),
    ({"udp6_zero_csum_tx": True}),
    ({"udp6_zero_csum_rx": True}),
    ({"gbp": True}),
    ({"ttl": "inherit"}),
    ({"local": "2001:db8::1"}),
    ({"remote": "2001:db8::1"}),
]


def document(*wanted: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "links": list(wanted)}


def around(link: dict[str, Any], **declared: Any) -> dict[str, Any]:
    """A document with ``link``, below it what it names."""
    others = [BRIDGE] if "master" in link else []
    others += [{"name": name, "type": "bridge"} for name in ("below", "beside")]
    return document(*others, {**link, **declared})


@pytest.fixture
def apply(paths):
    """Apply a document; the changes. Nothing is left to do then, as the very same reading says."""

    def apply_all(wanted):
        changes = engine.apply("links", wanted, paths=paths).changes
        assert engine.apply("links", wanted, paths=paths).changes == []
        return changes

    return apply_all


@pytest.mark.parametrize(("link", "first", "second"), CHANGES, ids=[str(case[1]) for case in CHANGES])
def test_an_attribute_is_set_changed_in_place_and_read_back(run, paths, apply, link, first, second):
    apply(around(link, **first))
    index = json.loads(run(f"ip -j link show {link['name']}"))[0]["ifindex"]

    (change,) = apply(around(link, **second))

    assert not change.recreate
    wanted = normalise(around(link, **second))["links"][link["name"],]
    present = links.read({(link["name"],): wanted})[link["name"],]
    assert {name: present.get(name) for name in wanted} == wanted
    assert json.loads(run(f"ip -j link show {link['name']}"))[0]["ifindex"] == index


BY_IP = [case for case in CHANGES if "features" not in case[1]]  # ethtool need not be installed


@pytest.mark.parametrize(("link", "first", "second"), BY_IP, ids=[str(case[1]) for case in BY_IP])
def test_the_commands_of_a_change_make_it(run, paths, link, first, second):
    for wanted in (around(link, **first), around(link, **second)):
        run("\n".join(engine.apply("links", wanted, check=True, paths=paths).commands()))
        assert engine.apply("links", wanted, paths=paths).commands() == []


@pytest.mark.parametrize("changed", FIXED, ids=str)
def test_what_cannot_be_changed_is_refused_unless_it_may_be_made_anew(run, paths, apply, changed):
    apply(around(VXLAN))
    (name,) = changed

    with pytest.raises(
        RefusedError, match=rf"link vx0: {name} is .* the kernel cannot change it. Say 'recreate: true'"
    ):
        engine.apply("links", around(VXLAN, **changed), paths=paths)

    (change,) = apply(around(VXLAN, **changed, recreate=True))
    assert change.recreate
    run("ip link delete vx0")
    run("\n".join(engine.apply("links", around(VXLAN, **changed), check=True, paths=paths).commands()))
    assert not engine.apply("links", around(VXLAN, **changed), paths=paths).changed


def test_a_port_that_moves_to_another_bridge_keeps_what_is_declared(run, apply, monkeypatch):
    monkeypatch.setattr(execution, "PASSES", 1)
    wanted = around(PORT, port={"isolated": True, "cost": 7})
    apply(wanted)
    wanted["links"][-1]["master"] = "beside"

    assert apply(wanted)
    assert re.search("master beside.*cost 7 .*isolated on", run("ip -d -o link show vx0"))


def test_an_external_tunnel_has_no_number(run, apply):
    apply(document({"name": "vx0", "type": "vxlan", "external": True, "dstport": 4790}))

    assert "external" in run("ip -d link show vx0")
    assert "vni" not in links.read_all()["vx0",]


def test_a_gpe_tunnel_is_made(run, apply):
    apply(document({"name": "vx0", "type": "vxlan", "external": True, "gpe": True, "learning": False, "dstport": 4790}))

    assert "gpe" in run("ip -d link show vx0")


def test_only_what_changes_is_sent(apply):
    """The kernel refuses a VXLAN's port even where it is the present one."""
    apply(document({**VXLAN, "ttl": 64, "srcport": "1000-2000", "l2miss": True}))

    (change,) = apply(document({**VXLAN, "ttl": 32, "srcport": "1000-2000", "l2miss": True}))

    assert not change.recreate


def test_an_attribute_that_is_no_longer_declared_goes_back_to_its_default(run, apply):
    apply(around(PORT, ttl=64, alias="x", promisc=True, port={"hairpin": True, "learning": False}))
    apply(around(PORT))

    link = links.read_all()["vx0",]
    assert (link["ttl"], link.get("alias"), link["promisc"]) == (0, None, False)
    assert (link["port.hairpin"], link["port.learning"]) == (False, True)


def test_a_good_address_is_taken_back_with_a_bad_mtu(run, paths, apply):
    """One netlink message sets both, and the kernel has set the address when it refuses the MTU."""
    run("ip link add name below mtu 1500 type bridge; ip link set below mtu 1500")
    good = {**VXLAN, "dev": "below", "address": "02:00:5e:00:53:01", "mtu": 1400, "alias": "before"}
    apply(document(good))
    before = links.read_all()

    with pytest.raises(ApplyError, match=r"link vx0: change: EINVAL"):
        engine.apply(
            "links", document({**good, "address": "02:00:5e:00:53:02", "alias": "after", "mtu": 9000}), paths=paths
        )

    assert links.read_all() == before


@pytest.mark.parametrize(
    "link",
    [
        {"type": "dummy"},
        {"type": "geneve", "vni": 1, "remote": "192.0.2.1"},
        {"type": "vlan", "link": "below", "id": 5},
        {"type": "vrf", "table": 10},
        {"type": "bond", "mode": "active-backup"},
    ],
    ids=lambda link: link["type"],
)
def test_a_kind_that_the_kernel_has_not_is_one_clear_error_and_leaves_nothing(run, paths, link):
    before = run("ip -o link")
    wanted = document({"name": "below", "type": "bridge"}, {"name": "new0", **link})

    if makes(run, link["type"]):
        assert engine.apply("links", wanted, paths=paths).changed
        assert not engine.apply("links", wanted, paths=paths).changed
        engine.remove("links", paths=paths)
    else:
        with pytest.raises(ApplyError, match=f"new0: add: EOPNOTSUPP: this kernel has no links of type {link['type']}"):
            engine.apply("links", wanted, paths=paths)

    assert run("ip -o link") == before


def makes(run: Callable[[str], str], kind: str) -> bool:
    words = {"geneve": "id 1 remote 192.0.2.1", "vrf": "table 10", "vlan": "id 5"}.get(kind, "")
    below = "link lo" if kind == "vlan" else ""
    made = run(f"ip link add {below} name try0 type {kind} {words} 2>/dev/null && echo yes || true")
    run("ip link delete try0 2>/dev/null || true")
    return "yes" in made


@pytest.mark.parametrize("attribute", sorted(MISSING_HERE))
def test_what_the_kernel_was_built_without_is_no_silent_success(run, paths, attribute):
    wanted = {"vlan_filtering": True, "vlan_protocol": "802.1ad", "vlan_default_pvid": 5}[attribute]
    if "vlan_protocol" in run("ip link add name try0 type bridge; ip -d link show try0"):
        assert engine.apply("links", document({**BRIDGE, attribute: wanted}), paths=paths).changed
        return
    with pytest.raises(ApplyError, match=f"link cni0: (add: E[A-Z]+|.*but {attribute} is )"):
        engine.apply("links", document({**BRIDGE, attribute: wanted}), paths=paths)
    assert "cni0" not in run("ip link")


def test_all_links_are_read_and_unknown_kinds_with_what_every_link_has(run):
    for link in ("cni0 type bridge", "if0 type ifb", "mv0 link cni0 type macvlan", "tun7 type ipip local 192.0.2.1"):
        run(f"ip link add name {link} 2>/dev/null || true")

    found = links.read_all()

    shown = {link["ifname"]: link for link in json.loads(run("ip -d -j link"))}
    assert {name for (name,) in found} == set(shown)
    for (name,), link in found.items():
        assert link.get("type") == shown[name].get("linkinfo", {}).get("info_kind")
        assert link["mtu"] == shown[name]["mtu"]
        assert link["state"] == ("up" if "UP" in shown[name]["flags"] else "down")
