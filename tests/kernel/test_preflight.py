"""A host as preflight sees it, on real links, addresses, routes and sockets."""

from __future__ import annotations

import os
import socket

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import modules
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
    assert (found.root, found.systemd) == (os.geteuid() == 0, os.path.isdir("/run/systemd/system"))


def test_an_empty_namespace_is_read_too():
    found = machine.read(["10.244.0.0/16"], [])
    assert set(found.links) == {"lo"}
    assert found.routes == []
    assert found.udp_ports == set()
    assert {usage.rules for usage in found.backends.values()} == {0}


def test_modules_are_found_built_in_by_their_files_names(monkeypatch, tmp_path):
    listing = tmp_path / "modules.builtin"
    listing.write_text("kernel/net/some-thing.ko\nkernel/net/other_thing.ko\n")
    monkeypatch.setattr(modules, "_BUILT_IN", str(listing).replace(os.uname().release, "%s") + "%.0s")
    assert modules.availability("some_thing") == modules.PRESENT
    assert modules.availability("other_thing") == modules.PRESENT
    assert modules.availability("thing") == modules.MISSING
