"""Changes of addresses, neighbors, forwarding entries, routes and rules, as an operator would type them."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state import text
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.commands import commands
from ansible_collections.podnet.baremetal.plugins.module_utils.state.difference import difference
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise

MAC = "02:00:5e:00:53:01"
FLOOD = {"dev": "vx0", "lladdr": "00:00:00:00:00:00"}
ROUTE = {"dst": "10.1.0.0/16"}
HOPS = [{"gateway": "192.0.2.2", "dev": "eth0"}, {"gateway": "192.0.2.3", "dev": "eth1", "weight": 3, "onlink": True}]
RULE = {"priority": 100, "from": "10.1.0.0/16", "table": 100}
ADDRESS = {"dev": "eth0", "address": "192.0.2.1/24"}
IPV6 = {"dev": "eth0", "address": "fd00::1/64"}


def one(section, entry):
    ((key, attributes),) = normalise({"version": 1, section: [entry]})[section].items()
    return key, attributes


ADDED = [
    (
        "routes",
        {**ROUTE, "nexthops": HOPS, "src": "192.0.2.1", "table": 7},
        (
            "ip route add 10.1.0.0/16 src 192.0.2.1 table 7 proto 244 "
            "nexthop via 192.0.2.2 dev eth0 weight 1 nexthop via 192.0.2.3 dev eth1 weight 3 onlink"
        ),
    ),
    (
        "routes",
        {**ROUTE, "gateway": "fe80::1", "dev": "a"},
        "ip route add 10.1.0.0/16 via inet6 fe80::1 dev a proto 244",
    ),
    ("routes", {**ROUTE, "nhid": 7, "tos": 16}, "ip route add 10.1.0.0/16 tos 0x10 nhid 7 proto 244"),
    ("routes", {**ROUTE, "type": "local", "dev": "lo"}, "ip route add local 10.1.0.0/16 dev lo table 254 proto 244"),
    (
        "routes",
        {**ROUTE, "dev": "a", "mtu": 1400, "rto_min": 40, "quickack": True, "features": ["ecn"], "lock": ["mtu"]},
        "ip route add 10.1.0.0/16 dev a mtu lock 1400 rto_min 40ms quickack 1 features ecn proto 244",
    ),
    (
        "routes",
        {"dst": "fd00::/64", "dev": "a", "pref": "low"},
        "ip -6 route add fd00::/64 dev a metric 1024 proto 244 pref low",
    ),
    (
        "routes",
        {
            **ROUTE,
            "gateway": "10.1.0.1",
            "dev": "gn0",
            "onlink": True,
            "src": "10.2.0.1",
            "metric": 16,
            "encap": {"id": 244, "dst": "198.51.100.12"},
        },
        (
            "ip route add 10.1.0.0/16 encap ip id 244 dst 198.51.100.12 via 10.1.0.1 dev gn0 src 10.2.0.1 metric 16 "
            "proto 244 onlink"
        ),
    ),
    (
        "routes",
        {**ROUTE, "dev": "a", "encap": {"id": 0, "dst": "::2", "src": "::1", "ttl": 64, "tos": 16, "csum": True}},
        "ip route add 10.1.0.0/16 encap ip6 id 0 src ::1 dst ::2 hoplimit 64 tc 0x10 csum dev a proto 244",
    ),
    (
        "routes",
        {
            **ROUTE,
            "dev": "a",
            "encap": {"type": "ip", "id": 7, "dst": "192.0.2.9", "ttl": 64, "tos": 0, "key": True, "seq": True},
        },
        "ip route add 10.1.0.0/16 encap ip id 7 dst 192.0.2.9 ttl 64 key seq dev a proto 244",
    ),
    ("rules", RULE, "ip rule add from 10.1.0.0/16 priority 100 table 100 protocol 244"),
    (
        "rules",
        {"priority": 0, "family": "ipv6", "not": True, "fwmark": 5, "action": "prohibit", "protocol": "static"},
        "ip -6 rule add not from all fwmark 0x5 priority 0 prohibit protocol 4",
    ),
    (
        "rules",
        {
            **RULE,
            "to": "10.2.0.0/16",
            "tos": 16,
            "iif": "lo",
            "ipproto": "tcp",
            "dport": 80,
            "suppress_prefixlength": 0,
        },
        (
            "ip rule add from 10.1.0.0/16 tos 0x10 to 10.2.0.0/16 iif lo ipproto 6 dport 80 priority 100 table 100 "
            "suppress_prefixlength 0 protocol 244"
        ),
    ),
    ("rules", {"priority": 7, "family": "ipv4", "goto": 9}, "ip rule add from all priority 7 goto 9 protocol 244"),
    ("rules", {"priority": 7, "family": "ipv4", "l3mdev": True}, "ip rule add from all priority 7 l3mdev protocol 244"),
    (
        "addresses",
        {**ADDRESS, "peer": "192.0.2.9", "label": "eth0:1", "metric": 5, "noprefixroute": True},
        "ip address add 192.0.2.1 peer 192.0.2.9/24 dev eth0 label eth0:1 metric 5 noprefixroute",
    ),
    (
        "neighbors",
        {"dev": "a", "dst": "fd00::1", "lladdr": MAC, "nud": "noarp", "router": True},
        f"ip neighbor replace fd00::1 lladdr {MAC} dev a nud noarp router",
    ),
    (
        "fdb",
        {"dev": "vx0", "lladdr": MAC, "dst": "192.0.2.9", "vni": 7, "port": 8472, "via": "eth0"},
        f"bridge fdb replace {MAC} dev vx0 dst 192.0.2.9 vni 7 port 8472 via eth0 self permanent",
    ),
    (
        "fdb",
        {"dev": "p", "lladdr": MAC, "master": True, "vlan": 7, "state": "local"},
        f"bridge fdb replace {MAC} dev p vlan 7 master local",
    ),
    ("fdb", {**FLOOD, "remotes": ["::1"]}, "bridge fdb append 00:00:00:00:00:00 dev vx0 dst ::1 self permanent"),
]


@pytest.mark.parametrize(("section", "entry", "command"), ADDED, ids=[command for _section, _entry, command in ADDED])
def test_an_object_is_added_by_one_command(section, entry, command):
    key, attributes = one(section, entry)
    assert commands(Change(section, key, None, attributes)) == [command]


CHANGED = [
    (
        "rules",
        RULE,
        {"table": 7},
        ["add from 10.1.0.0/16 priority 100 table 7", "delete from 10.1.0.0/16 priority 100 table 100"],
    ),
    (
        "rules",
        RULE,
        {"protocol": 7},
        ["delete from 10.1.0.0/16 priority 100 table 100", "add from 10.1.0.0/16 priority 100 table 100"],
    ),
    ("addresses", ADDRESS, {"peer": "192.0.2.9"}, ["delete 192.0.2.1/24 dev", "add 192.0.2.1 peer 192.0.2.9/24 dev"]),
    (
        "fdb",
        {**FLOOD, "remotes": ["::1", "::2"]},
        {"remotes": ["::2", "::3"]},
        ["append 00:00:00:00:00:00 dev vx0 dst ::3", "delete 00:00:00:00:00:00 dev vx0 dst ::1"],
    ),
    ("addresses", ADDRESS, {"metric": 7}, ["change 192.0.2.1/24 dev eth0 metric 7"]),
    ("addresses", ADDRESS, {"noprefixroute": True}, ["delete 192.0.2.1/24 dev", "add 192.0.2.1/24 dev eth0 nopref"]),
    ("addresses", IPV6, {"noprefixroute": True}, ["change fd00::1/64 dev eth0 noprefixroute"]),
    ("routes", {**ROUTE, "nexthops": HOPS}, {"mtu": 1400}, ["replace 10.1.0.0/16 mtu 1400 proto 244 nexthop"]),
]


@pytest.mark.parametrize(("section", "entry", "change", "expected"), CHANGED, ids=str)
def test_a_change_is_told_in_the_order_in_which_it_is_made(section, entry, change, expected):
    key, before = one(section, entry)
    _key, after = one(section, {**entry, **change})

    (made,) = difference({section: {key: after}}, {section: {key: before}}, {}).changes
    lines = commands(made)

    assert len(lines) == len(expected)
    assert all(words in line for words, line in zip(expected, lines, strict=True))


def test_a_route_over_several_next_hops_goes_as_a_whole():
    key, route = one("routes", {**ROUTE, "nexthops": HOPS})
    assert commands(Change("routes", key, route, None)) == ["ip route delete 10.1.0.0/16 proto 244"]


def test_a_tunnel_is_shown_by_names_with_a_dot():
    key, route = one("routes", {**ROUTE, "dev": "a", "encap": {"id": 7, "dst": "192.0.2.9", "csum": True}})

    assert text.after([Change("routes", key, None, route)]) == [
        "route 10.1.0.0/16: dev a encap.id 7 encap.dst 192.0.2.9 encap.csum on",
    ]


def test_next_hops_are_shown_one_a_line():
    key, route = one("routes", {**ROUTE, "nexthops": HOPS, "mtu": 1400, "lock": ["mtu"]})

    assert text.after([Change("routes", key, None, route)]) == [
        "route 10.1.0.0/16: mtu 1400 lock mtu",
        "route 10.1.0.0/16: dev eth0 gateway 192.0.2.2 weight 1",
        "route 10.1.0.0/16: dev eth1 gateway 192.0.2.3 onlink on weight 3",
    ]
