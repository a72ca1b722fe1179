"""Routes of every kind on a real kernel: over several next hops, with metrics, types, and others' routes put back."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError, RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import routes
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.kernel.twin import twin

pytestmark = pytest.mark.usefixtures("namespace")

#: Two links with addresses of both families and the peers' next to them.
UNDERLAY = """
ip link add up0 type veth peer name far0; ip link add up1 type veth peer name far1
for each in up0 up1 far0 far1; do ip link set dev $each addrgenmode none; ip link set $each up; done
ip address add 192.0.2.1/24 dev up0; ip address add 198.51.100.1/24 dev up1
ip address add 2001:db8:1::1/64 dev up0 nodad; ip address add 2001:db8:2::1/64 dev up1 nodad
# The kernel tells IPv6 of a carrier when it comes to it.
for each in $(seq 100); do [ $(ip -6 route show | grep -c '^2001:db8:[12]::/64') = 2 ] && break; sleep 0.05; done
"""
TWO = [{"gateway": "192.0.2.2", "dev": "up0"}, {"gateway": "198.51.100.2", "dev": "up1", "weight": 3}]
TWO_IPV6 = [{"gateway": "2001:db8:1::2", "dev": "up0"}, {"gateway": "2001:db8:2::2", "dev": "up1", "weight": 2}]
THREE_IPV6 = [*TWO_IPV6, {"gateway": "fe80::7", "dev": "up0"}]

EVERY_KIND = [
    {"dst": "10.1.0.0/16", "nexthops": TWO, "src": "192.0.2.1", "mtu": 1400},
    {"dst": "10.2.0.0/16", "nexthops": [{"gateway": "10.9.9.9", "dev": "up0", "onlink": True}, {"dev": "up1"}]},
    {"dst": "10.3.0.0/16", "nexthops": [{"gateway": "192.0.2.2"}, {"gateway": "192.0.2.3", "weight": 256}]},
    {"dst": "10.4.0.0/16", "gateway": "fe80::9", "dev": "up0"},
    {"dst": "10.5.0.0/16", "nexthops": [{"gateway": "fe80::9", "dev": "up0"}, {"gateway": "192.0.2.2"}]},
    {"dst": "10.6.0.0/16", "gateway": "192.0.2.2", "tos": 16, "metric": 7},
    {"dst": "10.6.0.0/16", "gateway": "192.0.2.3", "tos": 32, "metric": 7},
    {"dst": "10.7.0.0/16", "dev": "up0", "scope": "link", "protocol": "static", "table": 1000},
    {"dst": "10.8.0.255/32", "type": "broadcast", "dev": "up0", "table": "local"},
    {"dst": "10.9.0.0/32", "type": "local", "dev": "up0"},
    {"dst": "239.0.0.0/8", "type": "multicast", "dev": "up0"},
    {"dst": "10.10.0.0/16", "type": "unreachable", "metric": 9},
    {"dst": "10.11.0.0/16", "type": "prohibit"},
    {"dst": "10.12.0.0/16", "type": "throw", "table": 1000},
    {
        "dst": "10.13.0.0/16",
        "gateway": "192.0.2.2",
        "mtu": 1400,
        "advmss": 1360,
        "hoplimit": 9,
        "window": 30000,
        "rtt": 50,
        "rttvar": 20,
        "rto_min": 40,
        "ssthresh": 12,
        "cwnd": 20,
        "initcwnd": 30,
        "initrwnd": 31,
        "reordering": 5,
        "quickack": True,
        "features": ["ecn"],
        "congctl": "reno",
        "lock": ["mtu", "cwnd"],
    },
    {"dst": "fd00:1::/64", "nexthops": TWO_IPV6, "metric": 5, "mtu": 1400},
    {"dst": "fd00:2::/64", "nexthops": [{"gateway": "fe80::9", "dev": "up0"}, {"gateway": "fe80::9", "dev": "up1"}]},
    {"dst": "fd00:3::/64", "gateway": "2001:db8:1::2", "pref": "high", "src": "2001:db8:1::1"},
    {"dst": "fd00:4::/64", "gateway": "2001:db8:9::2", "dev": "up0", "onlink": True, "hoplimit": 33},
    {"dst": "fd00:5::/64", "type": "unreachable"},
    {"dst": "fd00:6::/64", "type": "throw", "table": 1000},
    {"dst": "fd00:7::1/128", "type": "local", "dev": "lo"},
    {"dst": "ff05::/16", "type": "multicast", "dev": "up0", "table": 1000},
]


def document(*entries):
    return {"version": 1, "routes": list(entries)}


def all_routes(run):
    """What iproute2 shows, without what changes by itself; next hops on their route's line."""
    shown = run("ip -d route show table all | sed 's/ linkdown//g; s/ expires.*//'").replace("\n\t", " ")
    return sorted(shown.splitlines())


def count_of_ways(run, dst):
    family = 6 if ":" in dst else 4
    return run(f"ip -{family} route show {dst}").count("via")


def test_every_kind_of_route_is_applied_applied_again_and_removed(run, paths):
    run(UNDERLAY)
    before = all_routes(run)

    assert len(engine.apply("routes", document(*EVERY_KIND), paths=paths).changes) == len(EVERY_KIND)

    assert engine.apply("routes", document(*EVERY_KIND), paths=paths).commands() == []
    assert len(engine.remove("routes", paths=paths).changes) == len(EVERY_KIND)
    assert all_routes(run) == before


def test_the_commands_for_every_kind_lead_to_the_same_kernel(run, paths):
    run(UNDERLAY)
    changed = [
        {**EVERY_KIND[0], "nexthops": [*TWO, {"gateway": "192.0.2.9"}]},
        {"dst": "fd00:1::/64", "nexthops": THREE_IPV6, "metric": 5},
        {"dst": "fd00:2::/64", "dev": "up1"},
        {**EVERY_KIND[14], "lock": ["mtu"], "quickack": False, "mtu": 1300},
        {"dst": "10.4.0.0/16", "type": "blackhole"},
    ]
    with twin() as run_there:
        run_there(UNDERLAY)
        for wanted in (EVERY_KIND, changed, []):
            run_there("\n".join(engine.apply("routes", document(*wanted), paths=paths).commands()))
            assert all_routes(run_there) == all_routes(run)


def test_the_next_hops_order_and_the_default_weight_do_not_matter(run, paths):
    run(UNDERLAY)
    engine.apply("routes", document(EVERY_KIND[0], EVERY_KIND[15]), paths=paths)

    turned = [{**each, "nexthops": each["nexthops"][::-1]} for each in (EVERY_KIND[0], EVERY_KIND[15])]
    assert not engine.apply("routes", document(*turned), paths=paths).changed


@pytest.mark.parametrize(
    ("dst", "first", "second"),
    [("10.1.0.0/16", TWO, TWO[:1]), ("fd00:1::/64", THREE_IPV6, TWO_IPV6), ("fd00:1::/64", TWO_IPV6, TWO_IPV6[:1])],
)
def test_a_route_gains_and_loses_next_hops_in_place(run, paths, dst, first, second):
    run(UNDERLAY)
    for hops in (first, second, first):
        engine.apply("routes", document({"dst": dst, "nexthops": hops}), paths=paths)
        assert not engine.apply("routes", document({"dst": dst, "nexthops": hops}), paths=paths).changed
        assert count_of_ways(run, dst) == len(hops)
    engine.remove("routes", paths=paths)
    assert count_of_ways(run, dst) == 0


def test_a_route_to_a_link_becomes_one_over_several_and_back(run, paths):
    run(UNDERLAY)
    for dst, hops in (("10.1.0.0/16", TWO), ("fd00:1::/64", TWO_IPV6)):
        for way in ({"dev": "up0"}, {"nexthops": hops}, {"type": "blackhole"}, {"nexthops": hops}, {"dev": "up1"}):
            engine.apply("routes", document({"dst": dst, **way}), paths=paths)
            assert not engine.apply("routes", document({"dst": dst, **way}), paths=paths).changed


FOUND = [
    "ip route add 10.1.0.0/16 proto static mtu lock 1300 nexthop via 192.0.2.2 weight 5 nexthop via 198.51.100.2",
    "ip route add 10.1.0.0/16 via inet6 fe80::7 dev up1 proto bgp advmss 1000 initcwnd 9",
    "ip nexthop add id 7 via 192.0.2.2 dev up0; ip route add 10.1.0.0/16 nhid 7 proto zebra",
    """ip nexthop add id 7 via 192.0.2.2 dev up0; ip nexthop add id 8 via 198.51.100.2 dev up1
    ip nexthop add id 9 group 7,3/8; ip route add 10.1.0.0/16 nhid 9 proto zebra""",
    "ip route add 10.1.0.0/16 dev up0 scope 100 proto 77 rtt 10ms congctl reno features ecn",
]
FOUND_IPV6 = [
    "ip -6 route add fd00:1::/64 proto static nexthop via 2001:db8:1::2 weight 4 nexthop via fe80::7 dev up1",
    "ip nexthop add id 7 via 2001:db8:1::2 dev up0; ip -6 route add fd00:1::/64 nhid 7 proto zebra",
    "ip -6 route add fd00:1::/64 via fe80::1 dev up0 pref low hoplimit 7 proto ra",
]


@pytest.mark.parametrize(
    ("dst", "gateway", "command"),
    [("10.1.0.0/16", "192.0.2.4", command) for command in FOUND]
    + [("fd00:1::/64", "2001:db8:1::4", command) for command in FOUND_IPV6],
)
def test_anothers_route_is_replaced_and_put_back(run, paths, dst, gateway, command):
    run(UNDERLAY + command)
    before = all_routes(run)

    engine.apply("routes", document({"dst": dst, "gateway": gateway}), paths=paths)
    assert count_of_ways(run, dst) == 1
    assert [line for line in all_routes(run) if line.startswith(("unicast " + dst, dst)) and "proto 244" in line]
    engine.remove("routes", paths=paths)

    assert all_routes(run) == before


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("ip route add 10.1.0.0/16 via 192.0.2.2 realms 5/6", "with realms"),
        ("ip -6 route add fd00:1::/64 via 2001:db8:1::2 expires 600", "with expires"),
        ("ip route add 10.1.0.0/16 nexthop via 192.0.2.2 realms 5 nexthop via 192.0.2.3", "realms of a next hop"),
    ],
)
def test_a_route_with_what_there_is_no_word_for_is_refused(run, paths, command, reason):
    run(UNDERLAY + command)
    before = all_routes(run)
    wanted = document({"dst": "10.1.0.0/16", "gateway": "192.0.2.4"}, {"dst": "fd00:1::/64", "dev": "up0"})

    with pytest.raises(RefusedError, match=reason + ".*could not be put back"):
        engine.apply("routes", wanted, paths=paths)

    assert all_routes(run) == before


def test_a_failure_puts_routes_over_several_next_hops_back(run, paths):
    run(UNDERLAY)
    engine.apply("routes", document(EVERY_KIND[0], EVERY_KIND[15]), paths=paths)
    before = all_routes(run)
    wanted = document(
        {**EVERY_KIND[0], "nexthops": TWO[:1]},
        {"dst": "fd00:1::/64", "type": "blackhole", "metric": 5},
        {"dst": "10.99.0.0/16", "gateway": "10.98.0.1"},
    )

    with pytest.raises(ApplyError, match=r"route 10.99.0.0/16: add: ENETUNREACH: Nexthop has invalid gateway"):
        engine.apply("routes", wanted, paths=paths)

    assert all_routes(run) == before


def test_a_route_whose_next_hops_were_turned_round_is_ours_and_goes(run, paths):
    run(UNDERLAY)
    engine.apply("routes", document({"dst": "10.1.0.0/16", "nexthops": TWO}), paths=paths)
    turned = "nexthop via 198.51.100.2 weight 3 nexthop via 192.0.2.2"
    run(f"ip route replace 10.1.0.0/16 proto 244 {turned}")

    assert not engine.apply("routes", document({"dst": "10.1.0.0/16", "nexthops": TWO}), paths=paths).changed
    engine.remove("routes", paths=paths)

    assert count_of_ways(run, "10.1.0.0/16") == 0


@pytest.mark.parametrize("place", ["append", "prepend"])
def test_others_routes_beside_ours_stay(run, paths, place):
    run(UNDERLAY)
    engine.apply("routes", document({"dst": "10.1.0.0/16", "gateway": "192.0.2.2"}), paths=paths)
    run(f"ip route {place} 10.1.0.0/16 via 192.0.2.3 proto static; ip route add 10.1.0.0/16 via 192.0.2.3 tos 0x10")
    run("ip -6 route add fd00:1::/64 from fd00:2::/64 via 2001:db8:1::2; ip route add 10.1.0.0/17 via 192.0.2.3")
    others = [line for line in all_routes(run) if "proto 244" not in line]

    for gateway in ("192.0.2.4", "192.0.2.5"):
        wanted = document({"dst": "10.1.0.0/16", "gateway": gateway}, {"dst": "fd00:1::/64", "nexthops": TWO_IPV6})
        assert len(engine.apply("routes", wanted, paths=paths).changes) == 1 + (gateway == "192.0.2.4")
        assert not engine.apply("routes", wanted, paths=paths).changed
        assert [line for line in all_routes(run) if "proto 244" not in line] == others
    assert len(engine.remove("routes", paths=paths).changes) == 2

    assert all_routes(run) == others


def test_what_others_put_in_our_routes_place_is_left_at_removal(run, paths):
    run(UNDERLAY)
    engine.apply("routes", document({"dst": "10.1.0.0/16", "gateway": "192.0.2.2"}), paths=paths)
    run("ip route replace 10.1.0.0/16 via 192.0.2.3 proto static")

    assert not engine.remove("routes", paths=paths).changed
    assert "192.0.2.3" in run("ip route show 10.1.0.0/16")


def test_with_one_of_its_links_goes_an_ipv4_route_and_a_hop_of_an_ipv6_route(run, paths):
    run(UNDERLAY)
    link = {"name": "br0", "type": "bridge", "state": "up", "address": "02:00:5e:00:00:01", "recreate": True}
    hops = {
        "10.1.0.0/16": [{"gateway": "192.0.2.2"}, {"dev": "br0"}],
        "fd00:1::/64": [TWO_IPV6[0], {"gateway": "fe80::7", "dev": "br0"}],
        "fd00:2::/64": [*TWO_IPV6, {"gateway": "fe80::7", "dev": "br0"}],
    }
    wanted = {"version": 1, "links": [link], "routes": [{"dst": dst, "nexthops": each} for dst, each in hops.items()]}
    engine.apply("routes", wanted, paths=paths)
    run("ip link delete br0; ip link add br0 type vxlan id 7 dstport 4790; ip link set br0 up")

    predicted = engine.apply("routes", wanted, check=True, paths=paths)
    assert engine.apply("routes", wanted, paths=paths).commands() == predicted.commands()
    assert not engine.apply("routes", wanted, paths=paths).changed
    run("ip link delete br0; ip link add br0 type vxlan id 7 dstport 4790; ip link set br0 up")
    run("ip -6 route replace fd00:1::/64 proto 244 nexthop via fe80::7 dev br0 nexthop via 2001:db8:1::2")
    engine.apply("routes", wanted, paths=paths)
    assert not engine.apply("routes", wanted, paths=paths).changed


def test_everything_is_read_in_normal_form(run):
    run(UNDERLAY)
    run("ip link add br0 type bridge; ip link set br0 up; ip -6 route append fe80::/64 dev up0 metric 256")
    run("ip -6 route append fe80::/64 dev up1 metric 256; ip route add 10.1.0.0/16 nexthop dev up0 nexthop dev up1")
    run("ip route add 10.2.0.0/16 dev up0 table 1000; ip route add blackhole 10.3.0.0/16 metric 9")

    found = routes.read_all()

    assert found["10.1.0.0/16", 254, 0, 0] == {
        "protocol": 3,
        "scope": "global",
        "nexthops": [{"dev": "up0", "weight": 1}, {"dev": "up1", "weight": 1}],
    }
    assert found["10.2.0.0/16", 1000, 0, 0]["dev"] == "up0"
    assert found["10.3.0.0/16", 254, 9, 0]["type"] == "blackhole"
    assert found["127.0.0.1/32", 255, 0, 0] == {
        "type": "local",
        "dev": "lo",
        "protocol": 2,
        "scope": "host",
        "src": "127.0.0.1",
    }
    link_local = [route["dev"] for key, route in found.items() if key[:2] == ("fe80::/64", 254)]
    assert {"up0", "up1"} <= set(link_local), "what shares a key is there all the same"
    shown = len(run("ip route show table all").splitlines())
    assert len(found) == shown - 2, "a route over several next hops has a line for each, and one for itself"


def test_a_reading_is_a_document(run, paths):
    run(UNDERLAY)
    engine.apply("routes", document(*EVERY_KIND), paths=paths)
    ours = {key: route for key, route in routes.read_all().items() if key in normalise(document(*EVERY_KIND))["routes"]}

    again = [dict(zip(("dst", "table", "metric", "tos"), key, strict=True)) | route for key, route in ours.items()]

    for entry in again:
        if entry.get("type") in ("unreachable", "prohibit", "throw", "blackhole"):
            assert "dev" not in entry
    assert not engine.apply("routes", document(*again), paths=paths).changed
