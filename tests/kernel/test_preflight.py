"""A host as preflight sees it, on real links, addresses, routes and sockets."""

from __future__ import annotations

import os
import socket
import struct

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import ipv6, modules
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight import machine

pytestmark = pytest.mark.usefixtures("namespace")


def test_links_routes_and_ports_are_seen(run):
    run(
        "ip link add cni0 mtu 1450 type bridge; ip link set cni0 alias 'podnet: x' up;"
        "ip address add 10.244.0.1/24 dev cni0;"
        "ip link add vx0 type vxlan id 244 dstport 4789 local 127.0.0.1; ip link set vx0 up;"
        "ip route add 10.244.7.0/24 dev cni0 proto 244; ip -6 route add fd00:10:0:1::/64 dev cni0 proto static;"
        "ip route add 10.0.0.0/8 dev cni0; ip route add 192.0.2.0/24 dev cni0"
    )
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as listener:
        listener.bind(("::", 8472))
        found = machine.read(["10.244.0.0/16", "fd00:10::/48"], ["bridge", "no_such_module"])
    bridge, vxlan = found.links["cni0"], found.links["vx0"]
    assert (bridge["mtu"], bridge["ifalias"], bridge["linkinfo"]["info_kind"]) == (1450, "podnet: x", "bridge")
    assert bridge["addr_info"][0]["local"] == "10.244.0.1"
    assert (vxlan["linkinfo"]["info_data"]["id"], vxlan["linkinfo"]["info_data"]["port"]) == (244, 4789)
    routes = {route["dst"]: route.get("protocol") for route in found.routes}
    assert routes == {"10.244.0.0/24": "kernel", "10.244.7.0/24": "244", "fd00:10:0:1::/64": "static"}
    assert {4789, 8472} <= found.udp_ports
    assert found.modules == {"bridge": "present", "no_such_module": "missing"}
    assert found.systemd == os.path.isdir("/run/systemd/system")


def test_an_empty_namespace_is_read_too():
    found = machine.read(["10.244.0.0/16"], [])
    assert set(found.links) == {"lo"}
    assert found.routes == []
    assert found.udp_ports == set()
    assert {usage.rules for usage in found.backends.values()} == {0}


def test_what_keeps_ipv6_from_new_links_is_named(run, monkeypatch, tmp_path):
    assert machine.read([], []).without_ipv6 == ""
    run("sysctl -q -w net.ipv6.conf.all.disable_ipv6=1; ip link add cni0 type bridge")
    run("! ip address add fd00::1/64 dev cni0")
    assert machine.read([], []).without_ipv6 == "net.ipv6.conf.default.disable_ipv6=1"
    monkeypatch.setattr(ipv6, "_SETTINGS", str(tmp_path / "none"))
    assert machine.read([], []).without_ipv6 == "ipv6.disable=1"


def test_modules_are_found_built_in_by_their_files_names(monkeypatch, tmp_path):
    listing = tmp_path / "modules.builtin"
    listing.write_text("kernel/net/some-thing.ko\nkernel/net/other_thing.ko\n")
    monkeypatch.setattr(modules, "_BUILT_IN", str(listing).replace(os.uname().release, "%s") + "%.0s")
    assert modules.availability("some_thing") == modules.PRESENT
    assert modules.availability("other_thing") == modules.PRESENT
    assert modules.availability("thing") == modules.MISSING


def test_links_whose_default_route_the_kernel_learns_are_named(run, router):
    families = ["10.244.0.0/16", "fd00:10::/48"]
    assert list(machine.read(families, []).advertised_links) == ["eth0"]
    assert list(machine.read(["10.244.0.0/16"], []).advertised_links) == []
    run("sysctl -q -w net.ipv6.conf.eth0.accept_ra=2; ip -6 route del default dev eth0")
    assert list(machine.read(families, []).advertised_links) == ["eth0"]
    run("sysctl -q -w net.ipv6.conf.eth0.accept_ra=0")
    router()
    assert list(machine.read(families, []).advertised_links) == []


@pytest.mark.parametrize(("sysctls", "kept"), [([("net/ipv6/conf/eth0/accept_ra", "2")], True), ([], False)])
def test_a_host_that_begins_to_forward_keeps_the_default_route_only_if_told_so_first(run, paths, router, sysctls, kept):
    assert "via fe80::1 dev eth0" in run("ip -6 route show default")
    both = [*sysctls, ("net.ipv6.conf.all.forwarding", "1")]
    document = {"version": 1, "sysctls": [{"name": name, "value": value} for name, value in both]}
    engine.apply("host", document, paths=paths)
    assert ("via fe80::1 dev eth0" in run("ip -6 route show default")) is kept


@pytest.fixture
def router(run):
    """eth0, on whose link a router is that has advertised itself (RFC 4861, 4.2); call it, and it does so again."""
    run("ip link add eth0 up type veth peer name router; ip link set router addrgenmode none; ip link set router up")
    run("ip address add fe80::1/64 dev router nodad; sysctl -q -w net.ipv6.conf.eth0.accept_ra_from_local=1")

    def advertise():
        with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sender:
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("router"))
            sender.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0))
        run("for i in $(seq 20); do ip -6 route show default | grep -q fe80::1 && break; sleep 0.05; done")

    run("for i in $(seq 100); do ip -6 address show dev eth0 | grep -q 'fe80.*tentative' || break; sleep 0.05; done")
    advertise()
    return advertise
