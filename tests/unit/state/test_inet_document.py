"""Addresses, neighbors, forwarding entries, routes and rules: normal forms, and what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise, to_document
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError
from ansible_collections.podnet.baremetal.plugins.module_utils.state.names import describe

MAC = "02:00:5e:00:53:01"
FLOOD = {"dev": "vx0", "lladdr": "00:00:00:00:00:00"}
ROUTE = {"dst": "10.1.0.0/16"}
ROUTE6 = {"dst": "fd00:1::/64"}
HOPS = [{"gateway": "192.0.2.2", "dev": "eth1"}, {"dev": "eth0", "weight": "3"}]
ENCAP = {"id": 244, "dst": "198.51.100.12"}
TUNNEL = {**ROUTE, "dev": "gn0", "encap": ENCAP}
RULE = {"priority": 100, "from": "10.1.0.0/16", "table": 100}


def one(section, **entry):
    ((key, attributes),) = normalise({"version": 1, section: [entry]})[section].items()
    return key, attributes


NORMAL = [
    (
        "routes",
        {**ROUTE, "nexthops": HOPS[::-1]},
        {"nexthops": [{"dev": "eth0", "weight": 3}, {**HOPS[0], "weight": 1}]},
    ),
    ("routes", {**ROUTE, "nexthops": [{**HOPS[0], "onlink": True}]}, {**HOPS[0], "onlink": True}),
    ("routes", {**ROUTE, "nexthops": [{**HOPS[0], "onlink": False, "weight": 7}]}, HOPS[0]),
    ("routes", {**ROUTE, "gateway": "FE80::1", "dev": "eth0"}, {"gateway": "fe80::1", "dev": "eth0"}),
    ("routes", {**ROUTE, "nhid": "7", "protocol": "bgp"}, {"nhid": 7, "protocol": 186}),
    ("routes", {**ROUTE, "dev": "a", "mtu": 1400, "cwnd": 9, "lock": ["mtu", "cwnd"]}, {"lock": ["cwnd", "mtu"]}),
    ("routes", TUNNEL, {"dev": "gn0", "encap.id": 244, "encap.dst": "198.51.100.12"}),
    (
        "routes",
        {**ROUTE6, "dev": "gn0", "encap": {"type": "ip6", "id": "0", "dst": "2001:DB8::1", "ttl": 64, "csum": True}},
        {"encap.type": "ip6", "encap.id": 0, "encap.dst": "2001:db8::1", "encap.ttl": 64, "encap.csum": True},
    ),
    ("fdb", {**FLOOD, "remotes": ["192.0.2.9", "192.0.2.10", "192.0.2.9"]}, {"remotes": ["192.0.2.10", "192.0.2.9"]}),
    ("fdb", {**FLOOD, "dst": "2001:DB8::1"}, {"remotes": ["2001:db8::1"]}),
    ("addresses", {"dev": "eth0", "address": "FE80::1/64", "scope": "link"}, {"scope": "link"}),
    ("rules", {**RULE, "protocol": "static"}, {"table": 100, "protocol": 4}),
    ("rules", {"priority": 1, "family": "ipv4", "goto": 7}, {"goto": 7}),
]


@pytest.mark.parametrize(("section", "entry", "expected"), NORMAL, ids=str)
def test_attributes_get_one_spelling(section, entry, expected):
    _key, attributes = one(section, **entry)

    assert attributes.items() >= expected.items()
    assert "weight" not in attributes


KEYS = [
    ("routes", {**ROUTE, "dev": "a"}, ("10.1.0.0/16", 254, 0, 0), "route 10.1.0.0/16"),
    (
        "routes",
        {**ROUTE, "dev": "a", "tos": 16, "metric": 5},
        ("10.1.0.0/16", 254, 5, 16),
        "10.1.0.0/16 metric 5 tos 0x10",
    ),
    ("routes", {**ROUTE6, "dev": "a", "table": 7}, ("fd00:1::/64", 7, 1024, 0), "route fd00:1::/64 table 7"),
    ("fdb", {"dev": "p", "lladdr": MAC, "master": True}, ("p", MAC, True, None), f"fdb entry {MAC} on p (master)"),
    ("fdb", {"dev": "p", "lladdr": MAC, "master": True, "vlan": 7}, ("p", MAC, True, 7), "on p (master, vlan 7)"),
    ("fdb", {"dev": "v", "lladdr": MAC, "master": False, "dst": "::1"}, ("v", MAC, None, None), f"entry {MAC} on v"),
]


@pytest.mark.parametrize(("section", "entry", "key", "name"), KEYS, ids=str)
def test_objects_are_told_apart_by_their_keys_and_named_by_them(section, entry, key, name):
    assert one(section, **entry)[0] == key
    assert describe(section, key).endswith(name)


SELECTORS = [
    ({}, "rule 100 from 10.1.0.0/16 (ipv4)"),
    ({"from": "all", "family": "ipv6"}, "rule 100 (ipv6)"),
    ({"from": "fd00::/8"}, "rule 100 from fd00::/8 (ipv6)"),
    ({"to": "0.0.0.0/0", "not": True}, "rule 100 not from 10.1.0.0/16 (ipv4)"),
    ({"fwmark": 16}, "rule 100 from 10.1.0.0/16 fwmark 0x10 (ipv4)"),
    ({"fwmark": "0x10/0xFFFFFFFF"}, "rule 100 from 10.1.0.0/16 fwmark 0x10 (ipv4)"),
    ({"fwmark": "16/0xff"}, "rule 100 from 10.1.0.0/16 fwmark 0x10/0xff (ipv4)"),
    ({"fwmark": 0}, "rule 100 from 10.1.0.0/16 fwmark 0x0/0xffffffff (ipv4)"),
    ({"sport": 80, "dport": "90-90", "ipproto": "tcp"}, "rule 100 from 10.1.0.0/16 ipproto 6 sport 80 dport 90 (ipv4)"),
    ({"uidrange": "0-99", "iif": "lo", "oif": None}, "rule 100 from 10.1.0.0/16 iif lo uidrange 0-99 (ipv4)"),
]


@pytest.mark.parametrize(("selectors", "name"), SELECTORS, ids=str)
def test_rules_are_told_apart_by_the_packets_they_are_for(selectors, name):
    key, attributes = one("rules", **{**RULE, **selectors})

    assert describe("rules", key) == name
    document = to_document({"rules": {key: attributes}})
    assert None not in document["rules"][0].values()
    assert normalise(document) == {"rules": {key: attributes}}


REFUSED = [
    ("routes", {**ROUTE, "nexthops": []}, "is no list of {gateway, dev, weight, onlink}"),
    ("routes", {**ROUTE, "nexthops": [{"weight": 2}]}, "which needs a gateway or a dev"),
    ("routes", {**ROUTE, "nexthops": [{"via": "192.0.2.2"}]}, "which is no {gateway, dev, weight, onlink}"),
    ("routes", {**ROUTE, "nexthops": [{"gateway": "192.0.2"}]}, "whose gateway is no IPv4 or IPv6 address"),
    ("routes", {**ROUTE, "nexthops": [{"dev": "a", "weight": 257}]}, "whose weight is no whole number from 1 to 256"),
    ("routes", {**ROUTE, "nexthops": [HOPS[0], HOPS[0]]}, "has via 192.0.2.2 dev eth1 twice"),
    ("routes", {**ROUTE, "nexthops": HOPS, "dev": "a"}, "has both nexthops and dev"),
    ("routes", {**ROUTE, "nexthops": HOPS, "nhid": 1}, "has both nexthops and nhid"),
    ("routes", {**ROUTE, "nexthops": [HOPS[0], {"gateway": "fe80::1"}]}, "has a link-local gateway"),
    ("routes", {**ROUTE6, "nexthops": [{"gateway": "fe80::1", "dev": "a"}, HOPS[0]]}, "has an IPv4 gateway"),
    ("routes", {**ROUTE, "nexthops": HOPS, "type": "blackhole"}, "of type blackhole has neither gateway nor dev"),
    ("routes", {**ROUTE, "nhid": 1, "dev": "a"}, "those of the next hop object"),
    ("routes", {**ROUTE, "gateway": "0.0.0.0"}, "is no address of a host: it stands for none"),
    ("routes", {**ROUTE, "gateway": "224.0.0.1"}, "is no address of a host: it is a multicast group's"),
    ("routes", {**ROUTE, "gateway": "fe80::1"}, "which is on every link; say on which by dev"),
    ("routes", {**ROUTE, "dev": "a", "tos": 17}, "has ECN bits set"),
    ("routes", {**ROUTE, "dev": "a", "pref": "high"}, "has a pref, which is of IPv6 routes only"),
    ("routes", {**ROUTE6, "dev": "a", "tos": 16}, "has a tos, which is of IPv4 routes only"),
    ("routes", {**ROUTE6, "dev": "a", "scope": "link"}, "has a scope, which is of IPv4 routes only"),
    ("routes", {**ROUTE6, "dev": "a", "type": "broadcast"}, "is of type broadcast, and IPv6 has none"),
    ("routes", {**ROUTE, "type": "multicast"}, "of type multicast needs a dev"),
    ("routes", {**ROUTE, "dev": "a", "protocol": "mine"}, "is no whole number from 1 to 255"),
    ("routes", {**ROUTE, "dev": "a", "hoplimit": 256}, "is no whole number from 1 to 255"),
    ("routes", {**ROUTE, "dev": "a", "lock": ["quickack"]}, "is no list of metrics to lock"),
    ("routes", {**ROUTE, "dev": "a", "lock": ["mtu"]}, "locks mtu, but does not set it"),
    ("routes", {**ROUTE, "dev": "a", "features": "ecn"}, "is no list of features; known: ecn"),
    ("routes", {**ROUTE, "dev": "a", "congctl": "b b"}, "is no name of a TCP congestion control algorithm"),
    ("routes", {**TUNNEL, "encap": 244}, "routes[0].encap: 244 is no object"),
    ("routes", {**TUNNEL, "encap": {"vni": 244}}, "is an unknown attribute; known: type, id, dst, src, ttl, tos, csum"),
    (
        "routes",
        {**TUNNEL, "encap": {**ENCAP, "id": 2**24}},
        "routes[0].encap.id: 16777216 is no whole number from 0 to",
    ),
    ("routes", {**TUNNEL, "encap": {**ENCAP, "dst": "224.0.0.1"}}, "it is a multicast group's"),
    ("routes", {**TUNNEL, "encap": {**ENCAP, "type": "mpls"}}, "routes[0].encap.type: 'mpls' is none of ip, ip6"),
    ("routes", {**TUNNEL, "encap": {**ENCAP, "type": "ip6"}}, "has an encap of type ip6 to an address of type ip"),
    (
        "routes",
        {**TUNNEL, "encap": {**ENCAP, "src": "::1"}},
        "has an encap.src of another address family than encap.dst",
    ),
    ("routes", {**TUNNEL, "encap": {"ttl": 64}}, "has an encap and needs its encap.id and encap.dst"),
    ("routes", {**TUNNEL, "encap": {"dst": "192.0.2.1"}}, "has an encap and needs its encap.id"),
    (
        "routes",
        {**ROUTE, "nhid": 1, "encap": ENCAP},
        "which only a unicast route with a gateway or a dev of its own has",
    ),
    ("routes", {**ROUTE, "nexthops": HOPS, "encap": ENCAP}, "which only a unicast route with a gateway or a dev"),
    ("routes", {**TUNNEL, "type": "local"}, "which only a unicast route with a gateway or a dev of its own has"),
    ("rules", {"family": "ipv4", "table": 5}, "rules[0].priority: None is missing"),
    ("rules", {**RULE, "to": "fd00::/8"}, "has networks of another address family"),
    ("rules", {**RULE, "family": "ipv6"}, "has networks of another address family"),
    ("rules", {**RULE, "from": "10.1.0.1/16"}, "has host bits set"),
    ("rules", {"priority": 1, "family": "ipv4"}, "needs a table to look up, or l3mdev"),
    ("rules", {**RULE, "l3mdev": True}, "needs a table to look up, or l3mdev"),
    ("rules", {**RULE, "action": "prohibit"}, "of action prohibit looks up no table, and has no table"),
    ("rules", {"priority": 9, "family": "ipv4", "goto": 9}, "the kernel goes on only to later rules"),
    ("rules", {"priority": 9, "family": "ipv4", "action": "goto"}, "has the action goto and the priority to go to"),
    ("rules", {**RULE, "fwmark": "0x100/0xff"}, "has bits in the mark that the mask does not have"),
    ("rules", {**RULE, "fwmark": "ten"}, "is no mark like 0x10"),
    ("rules", {**RULE, "fwmark": "1/0"}, "and the mask at least one"),
    ("rules", {**RULE, "sport": "90-80"}, "is no range like 1000-1999, within 1-65534"),
    ("rules", {**RULE, "dport": 65535}, "is no range like 1000-1999, within 1-65534"),
    ("rules", {**RULE, "ipproto": "quic"}, "is no whole number from 1 to 255"),
    ("rules", {**RULE, "uidrange": True}, "is no range"),
    ("addresses", {"dev": "a", "address": "192.0.2.1/24", "nodad": True}, "has nodad, which is of IPv6 addresses only"),
    ("addresses", {"dev": "a", "address": "fd00::1/64", "label": "a:1"}, "has label, which is of IPv4 addresses only"),
    ("addresses", {"dev": "a", "address": "fd00::1/64", "scope": "link"}, "has another scope than global"),
    ("addresses", {"dev": "a", "address": "192.0.2.1/24", "peer": "fd00::1"}, "has a peer of another address family"),
    ("addresses", {"dev": "a", "address": "192.0.2.1/32", "peer": "192.0.2.1"}, "has itself as peer"),
    ("addresses", {"dev": "a", "address": "192.0.2.1/24", "label": "b:1"}, "begin with the dev and a colon, like a:1"),
    ("addresses", {"dev": "a", "address": "192.0.2.1/24", "label": "a:" + "1" * 14}, "is no label of an address"),
    ("neighbors", {"dev": "a", "dst": "224.0.0.1", "lladdr": MAC}, "is no address of a host"),
    ("neighbors", {"dev": "a", "dst": "192.0.2.1", "lladdr": MAC, "nud": "stale"}, "is none of permanent, noarp"),
    ("fdb", {"dev": "a", "lladdr": MAC, "remotes": ["192.0.2.1"]}, "has remotes, and a unicast lladdr"),
    ("fdb", {**FLOOD, "remotes": ["192.0.2"]}, "holds '192.0.2', which is no IPv4 or IPv6 address"),
    ("fdb", {**FLOOD, "remotes": []}, "is no list of IP addresses"),
    ("fdb", {**FLOOD, "remotes": ["192.0.2.1"], "dst": "192.0.2.1"}, "has both dst and remotes"),
    ("fdb", {**FLOOD, "dst": "192.0.2.1", "port": 8472}, "is behind several remotes, and so no port"),
    ("fdb", {**FLOOD, "master": True}, "its lladdr stands for more than one link, or none"),
    (
        "fdb",
        {"dev": "a", "lladdr": MAC, "master": True, "dst": "192.0.2.1"},
        "is an entry of a bridge (master), and has no dst",
    ),
    ("fdb", {"dev": "a", "lladdr": MAC, "vlan": 7, "dst": "192.0.2.1"}, "which entries of a bridge have"),
    ("fdb", {"dev": "a", "lladdr": MAC, "dst": "192.0.2.1", "vni": 0}, "is no whole number from 1 to 16777215"),
]


@pytest.mark.parametrize(("section", "entry", "reason"), REFUSED, ids=[reason for _section, _entry, reason in REFUSED])
def test_impossible_objects_are_refused_with_one_reason(section, entry, reason):
    with pytest.raises(DocumentError) as caught:
        normalise({"version": 1, section: [entry]})

    assert reason in str(caught.value)
    assert len(caught.value.problems) == 1
