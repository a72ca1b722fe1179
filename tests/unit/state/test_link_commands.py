"""How iproute2 says what is done to links."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.commands import commands, script
from ansible_collections.podnet.baremetal.plugins.module_utils.state.difference import difference
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.unit.state.links import BOND, BRIDGE, GENEVE, LACP, VETH, VLAN, VXLAN, document


@pytest.mark.parametrize(
    "port",
    [{"name": "v0", "type": "dummy", "master": "bond0"}, {**VETH, "name": "p0", "peer": {"name": "v0"}}],
    ids=["itself", "a far end"],
)
def test_a_bond_is_told_of_a_primary_port_that_is_yet_to_be_made_when_it_is(port):
    bond = {**BOND, "mode": "active-backup", "primary": "v0"}
    wanted = normalise(document(bond, port))

    first, *_ports, last = script(difference(wanted, {"links": {}}, {}).changes)

    assert first == "ip link add name bond0 type bond mode active-backup"
    assert last == "ip link set dev bond0 type bond primary v0"
    (alone,) = script(difference(normalise(document(bond)), {"links": {("v0",): {"type": "dummy"}}}, {}).changes)
    assert alone == "ip link add name bond0 type bond mode active-backup primary v0"


COMMANDS = [
    (VLAN, ["ip link add link eth0 name eth0.5 type vlan id 5"]),
    ({**VLAN, "protocol": "802.1ad"}, ["ip link add link eth0 name eth0.5 type vlan protocol 802.1ad id 5"]),
    (
        {"name": "red", "type": "vrf", "table": 10, "state": "up"},
        ["ip link add name red type vrf table 10", "ip link set dev red up"],
    ),
    (
        {"name": "dm0", "type": "dummy", "address": "02:00:00:00:00:01"},
        ["ip link add name dm0 address 02:00:00:00:00:01 type dummy"],
    ),
    (
        {**GENEVE, "dstport": 6081, "ttl": 64, "tos": 16, "df": "set", "udp6_zero_csum_rx": False},
        ["ip link add name gn0 type geneve id 7 remote 192.0.2.1 dstport 6081 ttl 64 df set tos 0x10 noudp6zerocsumrx"],
    ),
    ({"name": "gn0", "type": "geneve", "external": True}, ["ip link add name gn0 type geneve external"]),
    (
        {
            **LACP,
            "lacp_rate": "fast",
            "miimon": 100,
            "num_peer_notif": 3,
            "txqueuelen": 0,
            "promisc": True,
            "arp": False,
        },
        [
            "ip link add name bond0 type bond mode 802.3ad miimon 100 lacp_rate fast num_grat_arp 3",
            "ip link set dev bond0 txqueuelen 0 promisc on arp off",
        ],
    ),
    (
        {
            **VETH,
            "peer": {"name": "eth0", "namespace": "pod-1"},
            "master": "cni0",
            "port": {"hairpin": True, "cost": 5},
        },
        [
            "ip link add name v0 type veth peer name eth0 netns pod-1",
            "ip link set dev v0 master cni0",
            "ip link set dev v0 type bridge_slave hairpin on cost 5",
        ],
    ),
    (
        {**BRIDGE, "stp": False, "vlan_filtering": True, "features": {"rx-gro": False, "tx-nocache-copy": True}},
        [
            "ip link add name cni0 type bridge stp_state 0 vlan_filtering 1",
            "ethtool -K cni0 rx-gro off tx-nocache-copy on",
        ],
    ),
    (
        {**VXLAN, "gbp": True, "l2miss": False, "srcport": "1000-2000", "udp_csum": False, "learning": False},
        ["ip link add name vx0 type vxlan id 7 srcport 1000 2000 nolearning noudpcsum nol2miss gbp"],
    ),
]


@pytest.mark.parametrize(("link", "lines"), COMMANDS, ids=[lines[0] for _link, lines in COMMANDS])
def test_a_new_link_is_these_commands(link, lines):
    ((key, attributes),) = normalise(document(link))["links"].items()

    assert commands(Change("links", key, None, attributes)) == lines


CHANGES = [
    (
        "bridge",
        {"stp": True},
        {"stp": False, "forward_delay": 0},
        ["type bridge stp_state 0", "type bridge forward_delay 0"],
    ),
    (
        "vxlan",
        {"remote": "192.0.2.1", "dev": "eth0"},
        {"group": "239.1.1.1", "remote": None},
        ["type vxlan group 239.1.1.1 dev eth0"],
    ),
    (
        "vxlan",
        {"group": "239.1.1.1", "dev": "eth0"},
        {"remote": "192.0.2.1", "group": None},
        ["type vxlan remote 192.0.2.1"],
    ),
    ("vxlan", {"local": "192.0.2.1"}, {"local": None}, ["type vxlan local 0.0.0.0"]),
    ("veth", {"master": "cni0"}, {"master": None, "state": "up"}, ["nomaster up"]),
    ("", {"mtu": 1500}, {"mtu": 9000, "alias": ""}, ["mtu 9000 alias ''"]),
]


@pytest.mark.parametrize(("kind", "before", "new", "lines"), CHANGES, ids=[lines[0] for *_change, lines in CHANGES])
def test_a_changed_link_is_these_commands(kind, before, new, lines):
    present = {**before, **({"type": kind} if kind else {})}

    assert commands(Change("links", ("x",), present, {**present, **new})) == [
        f"ip link set dev x {line}" for line in lines
    ]


def test_a_veth_and_its_far_end_are_made_by_one_command_and_altered_by_the_next():
    found = difference(normalise(document({"name": "p0", "state": "up"}, {**VETH, "state": "up"})), {}, {})

    assert script(found.changes) == [
        "ip link add name v0 type veth peer name p0",
        "ip link set dev v0 up",
        "ip link set dev p0 up",
    ]


def test_a_port_that_moves_to_another_bridge_is_told_all_it_was():
    before = {"type": "veth", "master": "cni0", "port.hairpin": True, "port.cost": 5}

    assert commands(Change("links", ("x",), before, {**before, "master": "cni1"})) == [
        "ip link set dev x master cni1",
        "ip link set dev x type bridge_slave hairpin on cost 5",
    ]
    assert commands(Change("links", ("x",), before, {"type": "veth", "master": None})) == ["ip link set dev x nomaster"]
