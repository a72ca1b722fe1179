"""The lock's text keeps what it is given and differs only where its content does."""

from __future__ import annotations

import ipaddress

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import lock, paths
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.bgp_paths import Bgp
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Overlay

HOSTS = {
    "node-10": (ipaddress.ip_network("10.244.1.0/24"),),
    "node-2": (ipaddress.ip_network("10.244.0.0/24"), ipaddress.ip_network("fd00::/64")),
}
PATHS = paths.Paths(
    "hybrid", Overlay("vxlan", "podnet-vxlan", 244, 4789), 1450, 4, (ipaddress.ip_network("192.0.2.0/24"),)
)
BGP = paths.Paths("bgp", None, 1500, 4, (), Bgp("reflectors", 64512, {"0.0.0.244": ("node-2", "node-10")}))
DIRECT = paths.Paths("direct", None, 1500, 6, ())


def test_text_is_one_host_a_line_in_natural_order() -> None:
    assert lock.serialise(HOSTS, PATHS) == (
        "{\n"
        '  "version": 1,\n'
        '  "paths": {"mode": "hybrid", "overlay": {"kind": "vxlan", "name": "podnet-vxlan", "vni": 244, "port": 4789}, '
        '"mtu": 1450, "underlay_family": 4, "underlay_cidr": ["192.0.2.0/24"]},\n'
        '  "hosts": {\n'
        '    "node-2": {"pod_subnet": ["10.244.0.0/24", "fd00::/64"]},\n'
        '    "node-10": {"pod_subnet": ["10.244.1.0/24"]}\n'
        "  }\n"
        "}\n"
    )


def test_text_comes_back_as_it_was() -> None:
    assert lock.parse(lock.serialise(HOSTS, PATHS)) == (HOSTS, PATHS, None)
    assert lock.parse(lock.serialise({}, DIRECT, None)) == ({}, DIRECT, None)
    assert lock.parse(lock.serialise({}, BGP)) == ({}, BGP, None)
    assert lock.parse(lock.serialise(HOSTS, PATHS, DIRECT)) == (HOSTS, PATHS, DIRECT)


def test_no_file_is_an_empty_lock() -> None:
    assert lock.parse(None) == ({}, None, None)


def test_a_lock_of_before_paths_were_kept_has_none() -> None:
    assert lock.parse('{"version": 1, "hosts": {}}') == ({}, None, None)


def test_order_of_making_means_nothing() -> None:
    assert lock.serialise(dict(reversed(HOSTS.items())), PATHS) == lock.serialise(HOSTS, PATHS)
