"""Routes through external tunnels: what is read is what was written, and packets come out at the far end.

An external VXLAN stands for Geneve, which this kernel may not have: routes and messages are the same.
"""

from __future__ import annotations

import ipaddress

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, information, resources
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import routes
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.netlink import attributes
from ansible_collections.podnet.baremetal.plugins.module_utils.probe import icmp
from ansible_collections.podnet.baremetal.plugins.module_utils.state import table
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from tests.kernel.twin import twin

pytestmark = pytest.mark.usefixtures("namespace")

TUNNEL = "ip link add vx0 type vxlan external dstport 4790; ip link set dev vx0 addrgenmode none; ip link set vx0 up"
PEER = {"dst": "10.244.1.0/24", "gateway": "10.244.1.1", "dev": "vx0", "onlink": True}
ENCAP = {"id": 244, "dst": "198.51.100.12"}
WHOLE = {"type": "ip", **ENCAP, "src": "198.51.100.1", "ttl": 9, "tos": 16, "csum": True, "key": True, "seq": True}
ENCAP6 = {"id": 16777215, "dst": "2001:db8::12"}
WHOLE6 = {"type": "ip6", **ENCAP6, "src": "2001:db8::1", "ttl": 255, "tos": 255, "csum": True}
PEER6 = {"dst": "fd00:1::/64", "gateway": "fe80::1", "dev": "vx0"}

ROUTES = [
    {**PEER, "encap": ENCAP},
    {**PEER, "metric": 7, "encap": WHOLE, "mtu": 1400},
    {**PEER, "metric": 8, "encap": ENCAP6},
    {**PEER, "metric": 9, "encap": WHOLE6},
    {"dst": "10.244.2.0/24", "dev": "vx0", "encap": {**ENCAP, "id": 0}},
    {**PEER6, "encap": ENCAP},
    {**PEER6, "metric": 7, "encap": WHOLE6},
]


def document(*entries):
    return {"version": 1, "routes": list(entries)}


def shown(run):
    return sorted(run("ip -d route show table all | sed 's/ linkdown//g'").splitlines())


def test_routes_through_tunnels_are_applied_applied_again_and_removed(run, paths):
    run(TUNNEL)
    before = shown(run)

    assert len(engine.apply("routes", document(*ROUTES), paths=paths).changes) == len(ROUTES)

    assert "encap ip id 244 src 0.0.0.0 dst 198.51.100.12 ttl 0 tos 0 via 10.244.1.1" in run("ip route show")
    assert engine.apply("routes", document(*ROUTES), paths=paths).commands() == []
    assert len(engine.remove("routes", paths=paths).changes) == len(ROUTES)
    assert shown(run) == before


def test_the_commands_lead_to_the_same_kernel(run, paths):
    run(TUNNEL)
    changed = [{**ROUTES[0], "encap": WHOLE6}, {**ROUTES[1], "encap": ENCAP}, PEER6, {**ROUTES[6], "encap": ENCAP}]
    with twin() as run_there:
        run_there(TUNNEL)
        for wanted in (ROUTES, changed, []):
            run_there("\n".join(engine.apply("routes", document(*wanted), paths=paths).commands()))
            assert shown(run_there) == shown(run)


@pytest.mark.parametrize("way", [PEER, PEER6], ids=["ipv4", "ipv6"])
def test_a_tunnel_comes_changes_and_goes_in_place(run, paths, way):
    run(TUNNEL)
    first = {**way, "encap": {**WHOLE, "seq": False}}
    others = [{**ENCAP, "ttl": 9}, {**ENCAP, "ttl": 0, "csum": False}, {**ENCAP, "id": 7}, ENCAP6, None, ENCAP]
    engine.apply("routes", document(first), paths=paths)
    for encap in others:
        wanted = document({**way, "encap": encap} if encap else way)
        (change,) = engine.apply("routes", wanted, paths=paths).changes
        assert None not in (change.before, change.after)
        assert not engine.apply("routes", wanted, paths=paths).changed
        assert ("encap" in run("ip route show; ip -6 route show")) == (encap is not None)


def test_undeclared_parts_of_a_tunnel_are_no_difference(run, paths):
    run(TUNNEL)
    engine.apply("routes", document({**PEER, "encap": WHOLE}), paths=paths)

    assert not engine.apply(
        "other", document({**PEER, "encap": {"dst": ENCAP["dst"], "id": "244"}}), paths=paths
    ).changed


FOUND = [
    "ip route add 10.244.1.0/24 encap ip id 4294967295 dst 192.0.2.9 tos 4 key via 10.9.9.9 dev vx0 onlink proto 4",
    "ip route add 10.244.1.0/24 encap ip6 id 5 dst 2001:db8::9 src 2001:db8::1 hoplimit 4 dev vx0 proto 77",
]


@pytest.mark.parametrize("command", FOUND)
def test_anothers_route_through_a_tunnel_is_put_back(run, paths, command):
    run(f"{TUNNEL}; {command}")
    before = shown(run)

    engine.apply("routes", document({**PEER, "encap": ENCAP}), paths=paths)
    assert "encap ip id 244 " in run("ip route show 10.244.1.0/24")
    engine.remove("routes", paths=paths)

    assert shown(run) == before


STRANGE = [
    "encap ip id 244 dst 198.51.100.12 vxlan_opts 5",
    "encap ip id 244 dst 0.0.0.0",
    "encap seg6 mode encap segs 2001:db8::7",
]


@pytest.mark.parametrize("tunnel", STRANGE)
def test_a_tunnel_that_there_is_no_word_for_is_refused(run, paths, tunnel):
    run(f"{TUNNEL}; ip -6 route add fd00:1::/64 {tunnel} via fe80::1 dev vx0")
    before = shown(run)

    with pytest.raises(RefusedError, match=r"with encap, .*could not be put back"):
        engine.apply("routes", document({**PEER6, "encap": ENCAP}), paths=paths)

    assert shown(run) == before
    (route,) = information.gather(["routes"], information.Filters(networks=["fd00:1::/64"])).objects["routes"]
    assert route["foreign"] == ["encap"]


def test_a_single_route_takes_another_tunnel_and_loses_it(run, paths):
    run(TUNNEL)
    made = resources.apply("routes", [{**PEER, "encap": WHOLE}], paths=paths)
    assert made.objects_after()[0]["encap"] == WHOLE

    to_ipv6 = resources.apply("routes", [{**PEER, "encap": {**ENCAP6, "csum": True}}], paths=paths)
    assert to_ipv6.objects_before()[0]["encap"] == WHOLE
    assert "encap ip6 id 16777215 src :: dst 2001:db8::12 hoplimit 0 tc 0 csum via" in run("ip route show")

    assert resources.apply("routes", [{**PEER, "encap": {"dst": ""}}], paths=paths).changed
    assert "encap" not in run("ip route show")
    assert not resources.apply("routes", [{**PEER, "encap": {"dst": ""}}], paths=paths).changed


def peers(count, pods, underlay, **encap):
    routes_ = []
    for number in range(1, count + 1):
        route = {"dst": pods % number, "dev": "vx0", "encap": {**encap, "dst": underlay % number}}
        routes_.append({**route, "gateway": "fe80::1"} if ":" in pods else route)
    return document(*routes_)


@pytest.mark.parametrize(
    "many",
    [
        peers(40, "10.9.%d.0/24", "198.18.0.%d", id=244, ttl=64),
        peers(40, "10.9.%d.0/24", "2001:db8::%x", id=244, ttl=64, csum=True),
        peers(40, "fd00:9:%x::/64", "198.18.0.%d", id=0, src="192.0.2.1", tos=4),
        peers(40, "fd00:9:%x::/64", "2001:db8::%x", id=2**24 - 1, type="ip6"),
    ],
    ids=["ip", "ip6", "IPv6 over ip", "IPv6 over ip6"],
)
def test_no_message_of_many_is_taken_apart(run, paths, monkeypatch, many):
    run(TUNNEL)
    monkeypatch.setattr(table, "MANY", 1)
    wanted = normalise(many)["routes"]
    engine.apply("routes", many, paths=paths)
    with monkeypatch.context() as patched:
        patched.setattr(routes.alike, "recognised", lambda messages, *_rest, **_more: ({}, messages))
        read_one_by_one = routes.read(wanted)
    taken_apart = []
    monkeypatch.setattr(routes, "attributes", lambda *each: taken_apart.append(each) or attributes(*each))

    found = routes.read(wanted)

    assert len(taken_apart) < 10, "only what others have there"
    assert found is wanted
    assert {key: {name: route[name] for name in wanted[key]} for key, route in read_one_by_one.items()} == wanted


def test_tunnels_that_are_not_alike_are_among_those_that_are(run, paths):
    run(TUNNEL)
    many = peers(20, "10.9.%d.0/24", "198.18.0.%d", id=244)
    for number, other in enumerate(
        [{"id": 7}, {"dst": "2001:db8::1"}, {"ttl": 9}, {"src": "192.0.2.1"}, {"csum": True}]
    ):
        many["routes"][3 * number]["encap"].update(other)
    engine.apply("routes", many, paths=paths)
    assert not engine.apply("routes", many, paths=paths).changed

    run("ip route replace 10.9.5.0/24 encap ip id 244 dst 198.18.9.9 dev vx0 scope link proto 244")
    run("ip route replace 10.9.6.0/24 dev vx0 scope link proto 244")
    assert [change.key[0] for change in engine.apply("routes", many, paths=paths).changes] == [
        "10.9.5.0/24",
        "10.9.6.0/24",
    ]
    assert not engine.apply("routes", many, paths=paths).changed


#: Two hosts, this namespace and another, by the last part of their addresses: underlays of both families, pods behind.
UNDERLAY = """
ip link set under address 02:00:5e:00:01:0{here}; ip link set dev under addrgenmode none; ip link set under up
ip address add 198.51.100.{here}/24 dev under; ip address add 2001:db8::{here}/64 dev under nodad
ip address add 10.244.{here}.1/24 dev lo; ip address add fd00:{here}::1/64 dev lo nodad
"""


def through_a_tunnel(here, there, **encap):
    """One peer as an overlay layer has it: permanent neighbors, and routes of both families that say the far end."""
    gateways = {f"10.244.{there}.0/24": f"10.244.{there}.1", f"fd00:{there}::/64": f"fe80::5eff:fe00:20{there}"}
    sources = {False: f"10.244.{here}.1", True: f"fd00:{here}::1"}
    link = {"name": "gn0", "type": "vxlan", "external": True, "learning": False, "dstport": 6081, "state": "up"}
    way = {"dev": "gn0", "onlink": True, "metric": 16, "encap": encap}
    return {
        "version": 1,
        "links": [{**link, "address": f"02:00:5e:00:02:0{here}", "mtu": 1430}],
        "neighbors": [
            {"dev": "gn0", "dst": gateway, "lladdr": f"02:00:5e:00:02:0{there}"} for gateway in gateways.values()
        ],
        "routes": [
            {"dst": dst, "gateway": gateway, "src": sources[":" in dst], **way} for dst, gateway in gateways.items()
        ],
    }


def test_packets_come_out_at_the_far_end(run, paths):
    with twin() as run_there:
        other = run_there("ip netns identify").strip()
        run(f"ip link add under type veth peer name under netns {other}")
        run(UNDERLAY.format(here=1))
        run_there(UNDERLAY.format(here=2))
        for number, underlay in enumerate(({"dst": "198.51.100.%d"}, {"dst": "2001:db8::%d", "csum": True, "ttl": 64})):
            for here, there, place in ((1, 2, ""), (2, 1, other)):
                encap = {**underlay, "id": 244 + number, "dst": underlay["dst"] % there}
                engine.apply(f"tunnel-{here}", through_a_tunnel(here, there, **encap), paths=paths, namespace=place)
            for address in ("10.244.2.1", "fd00:2::1"):
                assert icmp.echo(ipaddress.ip_address(address), 100, timeout=5) < 5
        for here, there, place in ((1, 2, ""), (2, 1, other)):
            encap = {"id": 245, "dst": f"2001:db8::{there}"}
            engine.apply(f"tunnel-{here}", through_a_tunnel(here, there, **encap), paths=paths, namespace=place)
        with pytest.raises(TimeoutError):  # without checksums over IPv6
            icmp.echo(ipaddress.ip_address("10.244.2.1"), 100, timeout=0.5)
