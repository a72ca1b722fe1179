"""A document's normal form, and what is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise, to_document
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError
from tests.unit.state.documents import EXAMPLES, documents

BRIDGE = {"name": "cni0", "type": "bridge"}
VXLAN = {"name": "vx0", "type": "vxlan", "vni": 244}
ROUTE = {"dst": "10.244.1.0/24", "dev": "vx0"}
CHAIN = {"family": "ipv4", "table": "filter", "chain": "PODNET-A"}


@settings(max_examples=EXAMPLES, deadline=None)
@given(documents())
def test_the_normal_form_is_its_own_normal_form(document):
    state = normalise(document)

    assert normalise(to_document(state)) == state
    assert normalise(json.loads(json.dumps(to_document(state)))) == state


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)
SECTION_NAMES = ["version", "links", "addresses", "neighbors", "fdb", "routes", "sysctls", "ipsets", "iptables"]
ATTRIBUTES = ["name", "type", "dev", "dst", "address", "lladdr", "value", "entries", "rules", "anchors", "table", "vni"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    JSON
    | st.dictionaries(
        st.sampled_from(SECTION_NAMES), JSON | st.lists(st.dictionaries(st.sampled_from(ATTRIBUTES), JSON), max_size=3)
    )
)
def test_whatever_json_can_hold_is_normalised_or_refused_with_a_reason(document):
    with contextlib.suppress(DocumentError):
        normalise(document)


def test_values_get_one_spelling():
    state = normalise(
        {
            "version": 1,
            "links": [{**BRIDGE, "address": "02-00-5E-00-53-01", "mtu": "1450"}],
            "addresses": [{"dev": "cni0", "address": "FD00:0:0:0::1/64"}],
            "routes": [
                {"dst": "10.244.1.1", "dev": "cni0", "table": "main"},
                {"dst": "FD00:0::/64", "dev": "cni0", "metric": 0},
            ],
            "sysctls": [
                {"name": "net/ipv4/tcp_rmem", "value": "4096\t87380  6291456"},
                {"name": "net/ipv4/conf/eth0.5/rp_filter", "value": 1},
            ],
            "ipsets": [
                {"name": "podnet-a", "type": "hash:net", "entries": ["10.0.0.0/8", "10.1.1.1/32", "10.0.0.0/8"]}
            ],
            "iptables": [{**CHAIN, "rules": [" -j ACCEPT "], "anchors": [{"chain": "OUTPUT"}, {"chain": "INPUT"}]}],
        }
    )

    assert state == {
        "links": {("cni0",): {"type": "bridge", "address": "02:00:5e:00:53:01", "mtu": 1450}},
        "addresses": {("cni0", "fd00::1/64"): {}},
        "routes": {("10.244.1.1/32", 254, 0, 0): {"dev": "cni0"}, ("fd00::/64", 254, 1024, 0): {"dev": "cni0"}},
        "sysctls": {
            ("net.ipv4.tcp_rmem",): {"value": "4096 87380 6291456"},
            ("net/ipv4/conf/eth0.5/rp_filter",): {"value": "1"},
        },
        "ipsets": {("podnet-a",): {"type": "hash:net", "family": "inet", "entries": ["10.0.0.0/8", "10.1.1.1"]}},
        "iptables": {
            ("ipv4", "filter", "PODNET-A"): {
                "rules": ["-j ACCEPT"],
                "anchors": [{"chain": "INPUT", "position": "last"}, {"chain": "OUTPUT", "position": "last"}],
            }
        },
    }


REFUSED = [
    ({}, "version: None is not 1"),
    ({"version": 2}, "version: 2 is not 1"),
    ({"version": True}, "version: True is not 1"),
    ({"version": 1, "links": {}}, "links: {} is no list"),
    ({"version": 1, "linx": []}, "linx: [] is no section"),
    ({"links": ["cni0"]}, "links[0]: 'cni0' is no object"),
    ({"links": [{"type": "bridge"}]}, "links[0].name: None is missing"),
    ({"links": [{**BRIDGE, "vni": 5}]}, "links[0].vni: 5 is an attribute of type vxlan, geneve only"),
    ({"links": [{**BRIDGE, "mtu": True}]}, "links[0].mtu: True is no whole number from 68 to 65535"),
    ({"links": [{**BRIDGE, "mtu": 67}]}, "links[0].mtu: 67 is no whole number"),
    ({"links": [{**BRIDGE, "stp": "yes"}]}, "links[0].stp: 'yes' is neither true nor false"),
    ({"links": [{**BRIDGE, "state": "UP"}]}, "links[0].state: 'UP' is none of up, down"),
    ({"links": [{**BRIDGE, "master": "cni0"}]}, "has itself as master"),
    ({"links": [{**BRIDGE, "address": "01:00:5e:00:00:01"}]}, "is no unicast MAC address"),
    ({"links": [{**BRIDGE, "address": "02:00:5e:00:00"}]}, "is no MAC address"),
    ({"links": [{**BRIDGE, "alias": "two\nlines"}]}, "is no single line"),
    ({"links": [{"name": "vx0", "type": "vxlan"}]}, "needs its vni"),
    ({"links": [{"name": "vx0", "type": "tun"}]}, "links[0].type: 'tun' is none of bridge, veth, vxlan"),
    ({"links": [{**VXLAN, "vni": 2**24}]}, "links[0].vni"),
    ({"links": [BRIDGE, BRIDGE]}, "links[1]: ('cni0',) is there twice (name)"),
    ({"links": [{**BRIDGE, "name": "sixteen-letters-"}]}, "is no interface name: it needs 1 to 15 bytes"),
    ({"links": [{**BRIDGE, "name": "a/b"}]}, "is no interface name"),
    ({"links": [{**BRIDGE, "name": "a b"}]}, "is no interface name"),
    ({"links": [{**BRIDGE, "name": "br%d"}]}, "is no interface name"),
    ({"links": [{**BRIDGE, "name": "all"}]}, "is no interface name"),
    ({"addresses": [{"dev": "cni0", "address": "10.0.0.1"}]}, "is no address with a prefix length"),
    ({"addresses": [{"dev": "cni0", "address": "10.0.0.1/33"}]}, "has no prefix length from 0 to 32"),
    ({"addresses": [{"dev": "", "address": "10.0.0.1/24"}]}, "addresses[0].dev: '' is no interface name"),
    ({"addresses": [{"address": "10.0.0.1/24"}]}, "addresses[0].dev: None is missing"),
    ({"addresses": [{"dev": "a", "address": "10.0.0.1/24"}, {"dev": "a", "address": "10.0.0.1/24"}]}, "is there twice"),
    ({"neighbors": [{"dev": "vx0", "dst": "10.0.0.1"}]}, "neighbors[0].lladdr: None is missing"),
    ({"neighbors": [{"dev": "vx0", "dst": "10.0.0.0/8", "lladdr": "02:00:00:00:00:01"}]}, "is no IPv4 or IPv6 address"),
    ({"fdb": [{"dev": "vx0", "lladdr": "02:00:00:00:00:01", "dst": "300.0.0.1"}]}, "fdb[0].dst: '300.0.0.1' is no"),
    ({"fdb": [{"dev": "vx0", "lladdr": "02:00:00:00:00:01"}]}, "fdb[0].dst: None is missing"),
    ({"routes": [{"dst": "10.244.1.5/24", "dev": "vx0"}]}, "has host bits set; the network is 10.244.1.0/24"),
    ({"routes": [{"dst": "fd00::1/64", "dev": "vx0"}]}, "has host bits set; the network is fd00::/64"),
    ({"routes": [{"dst": "default", "dev": "vx0"}]}, "routes[0].dst: 'default' is no IPv4 or IPv6 network"),
    ({"routes": [{"dev": "vx0"}]}, "routes[0].dst: None is missing"),
    ({"routes": [{"dst": "10.0.0.0/8"}]}, "needs a gateway or a dev"),
    ({"routes": [{**ROUTE, "src": "fd00::1"}]}, "of another address family than dst"),
    ({"routes": [{**ROUTE, "onlink": True}]}, "can be onlink only with a gateway and a dev"),
    ({"routes": [{**ROUTE, "type": "blackhole"}]}, "of type blackhole has neither gateway nor dev"),
    ({"routes": [{**ROUTE, "table": "mine"}]}, "routes[0].table: 'mine' is no whole number"),
    ({"routes": [{**ROUTE, "table": []}]}, "routes[0].table: [] is no whole number"),
    ({"routes": [ROUTE, {**ROUTE, "table": 254}]}, "routes[1]: ('10.244.1.0/24', 254, 0, 0) is there twice"),
    ({"sysctls": [{"name": "../etc/passwd", "value": 1}]}, "is no sysctl name"),
    ({"sysctls": [{"name": "net..ipv4", "value": 1}]}, "is no sysctl name"),
    ({"sysctls": [{"name": "net/../../x", "value": 1}]}, "is no sysctl name"),
    ({"sysctls": [{"name": "net.ipv4.ip_forward", "value": True}]}, "is no sysctl value"),
    ({"sysctls": [{"name": "net.ipv4.ip_forward", "value": "1\n2"}]}, "is no sysctl value"),
    ({"sysctls": [{"name": "net.ipv4.ip_forward"}]}, "sysctls[0].value: None is missing"),
    ({"ipsets": [{"name": "a b", "type": "hash:ip"}]}, "is no set name"),
    ({"ipsets": [{"name": "a", "type": "hash"}]}, "is no set type"),
    ({"ipsets": [{"name": "a", "type": "hash:ip", "entries": ["10.0.0.1/8"]}]}, "has host bits set"),
    ({"iptables": [{**CHAIN, "chain": "FORWARD"}]}, "is a built-in chain"),
    ({"iptables": [{**CHAIN, "chain": "A" * 29}]}, "is no chain name"),
    ({"iptables": [{**CHAIN, "table": "broute"}]}, "iptables[0].table: 'broute' is none of filter"),
    ({"iptables": [{**CHAIN, "rules": ["-j ACCEPT\n-F"]}]}, "which is no single line"),
    ({"iptables": [{**CHAIN, "rules": ["-A INPUT -j DROP"]}]}, "leave out table, command and chain"),
    ({"iptables": [{**CHAIN, "anchors": [{"chain": "MINE"}]}]}, "chain is one of PREROUTING"),
    (
        {"iptables": [{**CHAIN, "table": "filter", "anchors": [{"chain": "PREROUTING"}]}]},
        "anchors PODNET-A in PREROUTING, which table filter does not have; it has INPUT, FORWARD, OUTPUT",
    ),
    (
        {"iptables": [{**CHAIN, "table": "raw", "anchors": [{"chain": "OUTPUT"}, {"chain": "FORWARD"}]}]},
        "in FORWARD, which table raw does not have; it has PREROUTING, OUTPUT",
    ),
    ({"iptables": [{**CHAIN, "anchors": [{"chain": "INPUT"}, {"chain": "INPUT"}]}]}, "names a built-in chain twice"),
]


@pytest.mark.parametrize(("document", "reason"), REFUSED, ids=[reason for _document, reason in REFUSED])
def test_impossible_documents_are_refused_with_place_value_and_reason(document, reason):
    with pytest.raises(DocumentError) as caught:
        normalise(document if "version" in document or not document else {"version": 1, **document})

    assert reason in str(caught.value)
    assert len(caught.value.problems) == 1


def test_all_problems_are_told_at_once():
    routes = [{"dst": "10.0.0.1/8", "dev": "a/b", "colour": "red"}, {"dst": "10.0.0.0/8"}]

    with pytest.raises(DocumentError) as caught:
        normalise({"version": 1, "links": [{"type": "bridge"}], "routes": routes})

    assert [problem.path for problem in caught.value.problems] == [
        "links[0].name",
        "routes[0].dst",
        "routes[0].dev",
        "routes[0].colour",
        "routes[1]",
    ]


def test_many_problems_are_told_in_few_lines():
    with pytest.raises(DocumentError) as caught:
        normalise({"version": 1, "routes": [{"dst": "nowhere", "dev": "vx0"}] * 1000})

    assert str(caught.value).endswith("… and 980 more")
    assert len(str(caught.value).splitlines()) == 22


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_what_is_no_object_is_refused(document):
    with pytest.raises(DocumentError, match="is no JSON object"):
        normalise(document)
