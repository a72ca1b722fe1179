"""What may be said of links, what it takes to change them, and what goes and comes with them."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.difference import difference
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise, to_document
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError
from ansible_collections.podnet.baremetal.plugins.module_utils.state.order import in_order
from tests.unit.state.links import BOND, BRIDGE, GENEVE, LACP, VETH, VLAN, VXLAN, document

REFUSED = [
    ([{**BRIDGE, "port": {"hairpin": True}}], "has attributes of a port, but no master"),
    (
        [{**BRIDGE, "master": "b", "port": {"colour": 1}}],
        "links[0].port.colour: 1 is an unknown attribute; known: priority, cost,",
    ),
    ([{**BRIDGE, "master": "b", "port": 5}], "links[0].port: 5 is no object"),
    ([{**BRIDGE, "master": "b", "port": {"cost": 0}}], "links[0].port.cost: 0 is no whole number from 1 to 65535"),
    (
        [{**BRIDGE, "features": {"gro": True}}],
        "links[0].features.gro: True is an unknown attribute; known: esp-hw-offload,",
    ),
    ([{**BRIDGE, "features": {"rx-gro": "on"}}], "links[0].features.rx-gro: 'on' is neither true nor false"),
    (
        [{**BRIDGE, "colour": "red"}],
        "known: name, type, address, mtu, state, master, alias, txqueuelen,",
    ),
    ([{**BRIDGE, "dstport": 4789}], "links[0].dstport: 4789 is an attribute of type vxlan, geneve only"),
    ([{"name": "eth0", "stp": True}], "links[0].stp: True is an attribute of type bridge only"),
    ([{"name": "eth0", "recreate": True}], "cannot be made anew without a type"),
    ([{**BRIDGE, "stp": True, "forward_delay": 199}], "with stp needs a forward_delay of at least 200, two seconds"),
    ([{**BRIDGE, "master": "b", "port": {"group_fwd_mask": 2}}], "has the bit 2 set, which stands for PAUSE frames"),
    ([{**BRIDGE, "group_fwd_mask": 4}], "has one of its three lowest bits set"),
    ([{**BRIDGE, "hello_time": 99}], "is no whole number from 100 to 1000"),
    ([{**BRIDGE, "mtu": 65536}], "is no whole number from 68 to 65535"),
    ([{**BRIDGE, "vlan_protocol": "802.1q"}], "is none of 802.1Q, 802.1ad"),
    ([{"name": "v0", "type": "veth"}], "needs its peer.name"),
    ([{"name": "v0", "type": "veth", "peer": {"name": "v0"}}], "has itself as peer"),
    (
        [{**VETH, "peer": {"name": "p0", "namespace": "../x"}}],
        "links[0].peer.namespace: '../x' is no name of a network namespace",
    ),
    (
        [VETH, {**BRIDGE, "name": "p0"}],
        "makes its peer p0 with it; say of p0 neither type nor peer",
    ),
    (
        [VETH, {**VETH, "name": "v1"}],
        "links[v1]: {'type': 'veth', 'peer.name': 'p0'} has the peer p0, which another link has already",
    ),
    ([{**VXLAN, "remote": "239.1.1.1"}], "is a multicast group's address: say 'group' for it"),
    ([{**VXLAN, "group": "192.0.2.1", "dev": "eth0"}], "is no multicast group's address"),
    ([{**VXLAN, "group": "239.1.1.1"}], "with a group needs a dev"),
    ([{**VXLAN, "group": "239.1.1.1", "remote": "192.0.2.1", "dev": "eth0"}], "has a remote and a group"),
    ([{**VXLAN, "local": "192.0.2.1", "remote": "2001:db8::1"}], "has addresses of both families"),
    ([{**VXLAN, "flowlabel": 5}], "has a flowlabel, which only IPv6 has"),
    ([{**VXLAN, "external": True}], "is external, so each packet has its own vni"),
    ([{**VXLAN, "gpe": True}], "with gpe has to be external"),
    ([{**VXLAN, "dev": "vx0"}], "has itself as dev"),
    ([{**VXLAN, "ttl": 256}], "is no whole number from 0 to 255"),
    ([{**VXLAN, "ttl": "auto"}], "links[0].ttl: 'auto' is no whole number"),
    ([{**VXLAN, "srcport": "2000-1000"}], "the first is greater than the last"),
    ([{**VXLAN, "srcport": "2000"}], "is no range of ports like 32768-60999"),
    ([{**GENEVE, "vni": 0}], "is no whole number from 1 to 16777215"),
    ([{"name": "gn0", "type": "geneve", "vni": 7}], "needs its remote"),
    ([{"name": "gn0", "type": "geneve", "external": True, "ttl": 5}], "is external, so each packet has its own ttl"),
    ([{**GENEVE, "remote": "2001:db8::1", "udp_csum": True}], "has udp_csum, which is for IPv4"),
    ([{**GENEVE, "mtu": 65506}], "is no whole number from 68 to 65505"),
    ([{"name": "vlan5", "type": "vlan", "id": 5}], "needs its link"),
    ([{"name": "vlan5", "type": "vlan", "link": "eth0"}], "needs its id"),
    ([{**VLAN, "link": "eth0.5"}], "has itself as link"),
    ([{**VLAN, "id": 4095}], "is no whole number from 1 to 4094"),
    ([{"name": "eth0", "mtu": 1500}, {**VLAN, "mtu": 1504}], "has an mtu of 1504, more than the 1500 of eth0 below it"),
    ([{"name": "red", "type": "vrf"}], "needs its table"),
    ([{"name": "red", "type": "vrf", "table": 10, "mtu": 1000}], "is no whole number from 1280 to 65575"),
    ([{**BOND, "lacp_rate": "fast"}], "has a lacp_rate, which only mode 802.3ad has"),
    ([{**LACP, "primary": "eth0"}], "has a primary, which only the modes active-backup"),
    ([{**BOND, "updelay": 100}], "needs a miimon that its updelay is a multiple of"),
    ([{**BOND, "miimon": 100, "downdelay": 150}], "needs a miimon that its downdelay is a multiple of"),
    ([VXLAN, {**GENEVE, "master": "vx0"}], "links[gn0]: "),
    (
        [VXLAN, {**GENEVE, "master": "vx0"}],
        "has vx0 as master, which is of type vxlan; a master is one of bridge, bond, vrf",
    ),
    ([BRIDGE, {**BRIDGE, "name": "cni1", "master": "cni0"}], "is a bridge and cannot be a port of the bridge cni0"),
    ([BOND, {"name": "eth0", "master": "bond0", "port": {"isolated": True}}], "but bond0 is of type bond"),
]


@pytest.mark.parametrize(("links", "reason"), REFUSED, ids=[reason for _links, reason in REFUSED])
def test_what_contradicts_itself_is_refused(links, reason):
    with pytest.raises(DocumentError) as caught:
        normalise(document(*links))

    assert reason in str(caught.value)
    assert len(caught.value.problems) == 1


ACCEPTED = [
    BRIDGE,
    VETH,
    {**VETH, "peer": {"name": "v0", "namespace": "pod-1"}},
    {"name": "vx0", "type": "vxlan", "external": True, "local": "192.0.2.1"},
    {**VXLAN, "local": "2001:db8::1", "remote": "2001:db8::2", "flowlabel": 5, "ttl": "inherit", "tos": 1},
    GENEVE,
    {"name": "gn0", "type": "geneve", "external": True},
    VLAN,
    {"name": "red", "type": "vrf", "table": 10},
    {**LACP, "lacp_rate": "fast", "miimon": 100, "updelay": 200},
    {"name": "dm0", "type": "dummy", "master": "red"},
    {"name": "lo", "mtu": 65536},
    {"name": "eth0", "port": {"isolated": True}, "features": {"rx-gro": False}},
]


@pytest.mark.parametrize("link", ACCEPTED, ids=str)
def test_what_makes_sense_is_accepted_and_survives_the_ledger(link):
    state = normalise(document(link))

    assert normalise(to_document(state)) == state


def test_an_object_within_an_object_is_nested_in_a_document_and_flat_in_a_state():
    link = {"name": "eth0", "port": {"isolated": True, "cost": 5}, "features": {"rx-gro": False}}
    state = normalise(document(link))

    assert state["links"]["eth0",] == {"port.isolated": True, "port.cost": 5, "features.rx-gro": False}
    assert to_document(state) == document(link)


def changed(before, link, **more):
    """The change and the refusals from a reading to a document with one link."""
    found = difference(normalise(document({**link, **more})), {"links": {(link["name"],): before}}, {})
    return found.changes, [str(refusal) for refusal in found.refusals]


IN_PLACE = [
    (VXLAN, {"local": "192.0.2.1"}, {"local": "192.0.2.2"}),
    (VXLAN, {}, {"local": "192.0.2.2"}),
    (VXLAN, {"local": "2001:db8::1"}, {"remote": "2001:db8::2"}),
    (VXLAN, {"ttl": 64}, {"ttl": 32}),
    (VXLAN, {"dev": "eth0"}, {"dev": "eth1"}),
    (GENEVE, {"remote": "192.0.2.1"}, {"remote": "192.0.2.2"}),
    (GENEVE, {"remote": "192.0.2.1", "ttl": 64}, {"ttl": "inherit"}),
    (BOND, {"mode": "balance-rr"}, {"xmit_hash_policy": "layer3+4"}),
]
NOT_IN_PLACE = [
    (VXLAN, {}, {"local": "2001:db8::1"}, "local"),
    (VXLAN, {"local": "2001:db8::1"}, {"remote": "192.0.2.1"}, "remote"),
    (VXLAN, {"ttl": 64}, {"ttl": "inherit"}, "ttl"),
    (VXLAN, {"ttl": "inherit"}, {"ttl": 64}, "ttl"),
    (VXLAN, {}, {"udp_csum": False}, "udp_csum"),
    (GENEVE, {"remote": "192.0.2.1"}, {"remote": "2001:db8::1"}, "remote"),
    (GENEVE, {"remote": "192.0.2.1"}, {"dstport": 1}, "dstport"),
    (VLAN, {"id": 5, "link": "eth1"}, {}, "link"),
    (VLAN, {"id": 6, "link": "eth0"}, {}, "id"),
    (BOND, {"mode": "balance-rr"}, {"mode": "802.3ad"}, "mode"),
    (VETH, {"peer.name": "p1"}, {}, "peer.name"),
    (
        VETH,
        {"peer.name": "p0", "peer.namespace": "pod-1"},
        {"peer": {"name": "p0", "namespace": "pod-2"}},
        "peer.namespace",
    ),
]


@pytest.mark.parametrize(("link", "before", "wanted"), IN_PLACE, ids=str)
def test_what_the_kernel_can_change_is_changed_in_place(link, before, wanted):
    present = {"type": link["type"], "vni": 7, **before}
    (change,), refusals = changed(present, link, **wanted)

    assert (change.recreate, refusals) == (False, [])


@pytest.mark.parametrize(("link", "before", "wanted", "attribute"), NOT_IN_PLACE, ids=str)
def test_what_it_cannot_change_is_refused_or_made_anew_as_told(link, before, wanted, attribute):
    present = {"type": link["type"], "vni": 7, **before}
    changes, (refusal,) = changed(present, link, **wanted)
    assert changes == []
    assert f"{attribute} is " in refusal

    (change,), refusals = changed(present, link, **wanted, recreate=True)
    assert (change.recreate, refusals) == (True, [])


@pytest.mark.parametrize("present", [{}, {"type": "macvlan"}], ids=str)
def test_what_could_not_be_put_back_is_never_made_anew(present):
    changes, (refusal,) = changed(present, BRIDGE, recreate=True)

    assert changes == []
    assert "bridge is wanted; it is fixed there, and nobody can change it" in refusal


def test_an_absent_link_without_a_type_is_refused_but_a_far_end_comes_with_its_veth():
    found = difference(normalise(document({"name": "p0", "mtu": 1400})), {}, {})
    assert found.changes == []
    assert str(found.refusals[0]).startswith("link p0: is not there, and without type it cannot be made")

    found = difference(normalise(document({"name": "p0", "mtu": 1400}, VETH)), {}, {})
    assert [change.key[0] for change in in_order(found.changes)] == ["v0", "p0"]
    assert found.refusals == []


def test_with_a_link_go_its_far_end_and_what_rides_on_it():
    wanted = normalise(
        {
            **document(
                {**VETH, "peer": {"name": "p1"}, "recreate": True},
                {"name": "p1", "mtu": 1400},
                {"name": "v0.5", "type": "vlan", "link": "v0", "id": 5},
                {**VXLAN, "dev": "v0.5", "mtu": 1300},
                {**BRIDGE, "mtu": 1400},
            ),
            "addresses": [{"dev": "vx0", "address": "10.244.0.1/24"}],
        }
    )
    present = {
        "links": {
            ("v0",): {"type": "veth", "peer.name": "p0"},
            ("v0.5",): {"type": "vlan", "link": "v0", "id": 5, "protocol": "802.1Q"},
            ("vx0",): {"type": "vxlan", "vni": 7, "dev": "v0.5", "mtu": 1300},
            ("cni0",): {"type": "bridge", "mtu": 1400},
        },
        "addresses": {("vx0", "10.244.0.1/24"): {}},
    }

    changes = in_order(difference(wanted, present, {}).changes)

    assert [(change.key[0], change.before is not None) for change in changes] == [
        ("v0", True),
        ("p1", False),
        ("v0.5", False),
        ("vx0", False),
        ("vx0", False),
    ]


def test_links_come_after_what_they_hang_on():
    links = [
        {"name": "eth0.5", "type": "vlan", "link": "bond0", "id": 5, "master": "cni0"},
        {"name": "eth0", "master": "bond0"},
        {**VXLAN, "dev": "eth0.5", "master": "red"},
        {"name": "red", "type": "vrf", "table": 10},
        BOND,
        BRIDGE,
    ]
    state = normalise(document(*links))
    state["links"]["eth0",]["type"] = "veth"  # as a change of a present link has it
    changes = [Change("links", key, None, link) for key, link in state["links"].items()]

    names = [change.key[0] for change in in_order(changes)]

    for above, below in [("eth0.5", "bond0"), ("eth0.5", "cni0"), ("eth0", "bond0"), ("vx0", "eth0.5"), ("vx0", "red")]:
        assert names.index(below) < names.index(above)
