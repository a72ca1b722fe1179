"""Changes as commands and as lines of text."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings

from ansible_collections.podnet.baremetal.plugins.module_utils.state import text
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.commands import commands, script
from ansible_collections.podnet.baremetal.plugins.module_utils.state.difference import difference, with_forgotten
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.unit.state.documents import EXAMPLES, Kernel, documents

TOOLS = {"ip", "bridge", "ethtool", "sysctl", "ipset", "iptables", "ip6tables"}
BRIDGE = {"type": "bridge", "mtu": 1450, "address": "02:00:00:00:00:01", "alias": "podnet: it's", "state": "up"}
VXLAN = {"type": "vxlan", "vni": 244, "dstport": 4789, "local": "192.0.2.1", "learning": False, "ttl": 64}
ROUTE = {"gateway": "10.244.1.1", "dev": "vx0", "src": "10.244.0.1", "onlink": True}
CHAIN = {"rules": ["-j A", "-j B"], "anchors": [{"chain": "INPUT", "position": "first"}]}
SET = {"type": "hash:net", "family": "inet", "entries": ["10.0.0.0/8", "10.1.0.0/16 nomatch"]}

CASES = [
    (
        "links",
        ("cni0",),
        None,
        BRIDGE,
        [
            "ip link add name cni0 address 02:00:00:00:00:01 type bridge",
            "ip link set dev cni0 mtu 1450 alias 'podnet: it'\"'\"'s' up",
        ],
    ),
    (
        "links",
        ("cni0",),
        BRIDGE,
        {**BRIDGE, "stp": True, "mtu": 1400, "state": "down"},
        [
            "ip link set dev cni0 type bridge stp_state 1",
            "ip link set dev cni0 mtu 1400 down",
        ],
    ),
    ("links", ("cni0",), BRIDGE, None, ["ip link delete dev cni0"]),
    (
        "links",
        ("vx0",),
        None,
        {**VXLAN, "dev": "eth0"},
        [
            "ip link add name vx0 type vxlan id 244 local 192.0.2.1 dev eth0 dstport 4789 nolearning ttl 64",
        ],
    ),
    (
        "links",
        ("vx0",),
        VXLAN,
        {**VXLAN, "master": "cni0", "ttl": 0},
        [
            "ip link set dev vx0 type vxlan ttl 0",
            "ip link set dev vx0 master cni0",
        ],
    ),
    ("links", ("vx0",), {**VXLAN, "master": "cni0"}, {**VXLAN, "master": None}, ["ip link set dev vx0 nomaster"]),
    (
        "addresses",
        ("cni0", "fd00::1/64"),
        None,
        {"noprefixroute": True, "metric": 5},
        [
            "ip address add fd00::1/64 dev cni0 metric 5 noprefixroute",
        ],
    ),
    (
        "addresses",
        ("cni0", "10.0.0.1/24"),
        {"scope": "link"},
        {"scope": "global"},
        [
            "ip address delete 10.0.0.1/24 dev cni0",
            "ip address add 10.0.0.1/24 dev cni0 scope global",
        ],
    ),
    (
        "neighbors",
        ("vx0", "10.0.0.1"),
        None,
        {"lladdr": "02:00:00:00:00:01"},
        [
            "ip neighbor replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev vx0 nud permanent",
        ],
    ),
    (
        "fdb",
        ("vx0", "02:00:00:00:00:01", None, None),
        {"dst": "192.0.2.1"},
        None,
        [
            "bridge fdb delete 02:00:00:00:00:01 dev vx0 dst 192.0.2.1 self permanent",
        ],
    ),
    (
        "routes",
        ("10.244.1.0/24", 254, 0, 0),
        None,
        ROUTE,
        [
            "ip route add 10.244.1.0/24 via 10.244.1.1 dev vx0 src 10.244.0.1 proto 244 onlink",
        ],
    ),
    (
        "routes",
        ("fd00::/64", 100, 1024, 0),
        {"dev": "vx0"},
        {"dev": "vx1", "mtu": 1400},
        [
            "ip -6 route replace fd00::/64 dev vx1 mtu 1400 table 100 metric 1024 proto 244",
        ],
    ),
    (
        "routes",
        ("10.0.0.0/8", 254, 5, 0),
        None,
        {"type": "blackhole", "protocol": 4},
        [
            "ip route add blackhole 10.0.0.0/8 metric 5 proto 4",
        ],
    ),
    ("sysctls", ("net.ipv4.tcp_rmem",), {"value": "1"}, {"value": "1 2 3"}, ["sysctl -w 'net.ipv4.tcp_rmem=1 2 3'"]),
    (
        "ipsets",
        ("podnet-a",),
        None,
        SET,
        [
            "ipset create podnet-a hash:net family inet",
            "ipset add podnet-a 10.0.0.0/8",
            "ipset add podnet-a 10.1.0.0/16 nomatch",
        ],
    ),
    (
        "ipsets",
        ("podnet-a",),
        SET,
        {**SET, "entries": ["10.0.0.0/8", "10.2.0.0/16"]},
        [
            "ipset add podnet-a 10.2.0.0/16",
            "ipset del podnet-a 10.1.0.0/16",
        ],
    ),
    ("ipsets", ("podnet-a",), SET, None, ["ipset destroy podnet-a"]),
    (
        "iptables",
        ("ipv6", "filter", "PODNET-A"),
        None,
        CHAIN,
        [
            "ip6tables -w -t filter -N PODNET-A",
            "ip6tables -w -t filter -A PODNET-A -j A",
            "ip6tables -w -t filter -A PODNET-A -j B",
            "ip6tables -w -t filter -I INPUT 1 -j PODNET-A",
        ],
    ),
    (
        "iptables",
        ("ipv4", "nat", "PODNET-A"),
        CHAIN,
        {**CHAIN, "anchors": []},
        [
            "iptables -w -t nat -D INPUT -j PODNET-A",
        ],
    ),
    (
        "iptables",
        ("ipv4", "nat", "PODNET-A"),
        CHAIN,
        None,
        [
            "iptables -w -t nat -D INPUT -j PODNET-A",
            "iptables -w -t nat -F PODNET-A",
            "iptables -w -t nat -X PODNET-A",
        ],
    ),
]


@pytest.mark.parametrize(("section", "key", "before", "after", "expected"), CASES, ids=lambda value: str(value)[:30])
def test_a_change_is_worded_as_an_operator_would_type_it(section, key, before, after, expected):
    recreate = section == "addresses" and before is not None and after is not None
    assert commands(Change(section, key, before, after, recreate)) == expected


def test_a_link_that_is_made_anew_is_deleted_first():
    lines = commands(Change("links", ("vx0",), VXLAN, {**VXLAN, "vni": 5}, recreate=True))

    assert lines[0] == "ip link delete dev vx0"
    assert lines[1].startswith("ip link add name vx0 type vxlan id 5 local 192.0.2.1")


@settings(max_examples=EXAMPLES, deadline=None)
@given(documents(), documents())
def test_every_change_has_well_formed_commands_and_lines(first, second):
    old, new = normalise(first), normalise(second)
    kernel = Kernel()
    kernel.apply(difference(old, {}, {}).changes)
    changes = difference(with_forgotten(new, old), kernel.state, old, force=True).changes

    for change in changes:
        lines = commands(change)
        assert lines
        for line in lines:
            words = shlex.split(line)
            assert words[0] in TOOLS
            assert "None" not in words
            assert "\n" not in line
    assert {line for change in changes for line in commands(change)} <= set(script(changes))
    assert len(text.before(changes)) >= sum(change.before is not None for change in changes)
    assert len(text.after(changes)) >= sum(change.after is not None for change in changes)


def test_lines_show_attributes_in_order_and_items_one_by_one():
    changes = [
        Change("iptables", ("ipv4", "nat", "PODNET-A"), None, CHAIN),
        Change("routes", ("10.244.1.0/24", 100, 7, 0), {**ROUTE, "scope": "global", "protocol": 4}, ROUTE),
        Change("links", ("cni0",), {**BRIDGE, "alias": ""}, BRIDGE),
    ]

    assert text.before(changes) == [
        "link cni0: type bridge address 02:00:00:00:00:01 mtu 1450 state up alias ''",
        "route 10.244.1.0/24 table 100 metric 7: gateway 10.244.1.1 dev vx0 src 10.244.0.1 onlink on",
    ]
    assert text.after(changes) == [
        'link cni0: type bridge address 02:00:00:00:00:01 mtu 1450 state up alias "podnet: it\'s"',
        "route 10.244.1.0/24 table 100 metric 7: gateway 10.244.1.1 dev vx0 src 10.244.0.1 onlink on",
        "chain PODNET-A of table nat (ipv4)",
        "chain PODNET-A of table nat (ipv4): -j A",
        "chain PODNET-A of table nat (ipv4): -j B",
        "chain PODNET-A of table nat (ipv4): first in INPUT",
    ]
