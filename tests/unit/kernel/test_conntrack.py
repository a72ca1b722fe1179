"""A tracked connection, read off the kernel's message: with ports and without, of either family."""

from __future__ import annotations

import socket
import struct

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import conntrack
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.netlink import attribute

NESTED = 0x8000


def one_way(kind, family, ends, protocol, ports=None, zone=False):
    """CTA_TUPLE_ORIG (1) or CTA_TUPLE_REPLY (2)."""
    domain, first = {4: (socket.AF_INET, 1), 6: (socket.AF_INET6, 3)}[family]
    addresses = b"".join(attribute(first + place, socket.inet_pton(domain, each)) for place, each in enumerate(ends))
    inner = attribute(1, bytes([protocol]))
    for place, port in enumerate(ports or (), 2):
        inner += attribute(place, struct.pack("!H", port))
    if ports is None:  # ICMP's identity, type and code
        inner += attribute(4, b"\0\7") + attribute(5, b"\x08") + attribute(6, b"\0")
    body = attribute(1 | NESTED, addresses) + attribute(2 | NESTED, inner)
    return attribute(kind | NESTED, body + (attribute(3, b"\0\1") if zone else b""))


@pytest.mark.parametrize("zone", [False, True])
@pytest.mark.parametrize(
    ("family", "client", "service", "server"),
    [(4, "10.244.0.2", "10.96.0.10", "10.244.0.3"), (6, "fd00::2", "fd00:96::10", "fd00::3")],
)
def test_who_answers_is_the_server_behind_the_service(family, client, service, server, zone):
    message = b"\2\0\0\0" + one_way(1, family, (client, service), 6, (40000, 80), zone)
    message += one_way(2, family, (server, client), 6, (8080, 40000)) + attribute(12, b"\0\0\0\1")
    assert conntrack._connection(message, family) == (6, client, server, 8080, message)


@pytest.mark.parametrize(
    ("family", "protocol", "client", "server"), [(4, 1, "10.244.0.2", "10.244.0.3"), (6, 58, "fd00::2", "fd00::3")]
)
def test_what_has_no_ports_has_port_0(family, protocol, client, server):
    message = b"\2\0\0\0" + one_way(1, family, (client, server), protocol)
    message += one_way(2, family, (server, client), protocol)
    assert conntrack._connection(message, family) == (protocol, client, server, 0, message)
