"""Tunnels of routes on the byte level, held against bytes put together by hand from linux/lwtunnel.h."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import encap
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.netlink import attributes
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise

RTA_ENCAP_TYPE, RTA_ENCAP = 21, 22


def nla(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def tunnel(number: int, dst: str, src: str, tos: int = 0, ttl: int = 0, flags: int = 0) -> bytes:
    """LWTUNNEL_IP_ID, DST, SRC, TOS, TTL and FLAGS in the order of the kernel's dump, in network byte order."""
    packed = [socket.inet_pton(socket.AF_INET6 if ":" in each else socket.AF_INET, each) for each in (dst, src)]
    parts = nla(1, struct.pack("!Q", number)) + nla(2, packed[0]) + nla(3, packed[1])
    return parts + nla(5, bytes([tos])) + nla(4, bytes([ttl])) + nla(6, struct.pack("!H", flags))


def message(kind: int, inner: bytes) -> bytes:
    return nla(RTA_ENCAP, inner) + nla(RTA_ENCAP_TYPE, struct.pack("=H", kind))


def route(**words: Any) -> dict[str, Any]:
    entry = {"dst": "10.244.1.0/24", "dev": "gn0", "encap": words}
    (found,) = normalise({"version": 1, "routes": [entry]})["routes"].values()
    return {name: value for name, value in found.items() if name != "dev"}


TUNNELS = [
    (
        {"type": "ip", "id": 244, "dst": "198.51.100.12"},
        message(2, tunnel(244, "198.51.100.12", "0.0.0.0")),
    ),
    (
        {"type": "ip", "id": 2**24 - 1, "dst": "198.51.100.12", "src": "198.51.100.1", "ttl": 64, "tos": 16},
        message(2, tunnel(2**24 - 1, "198.51.100.12", "198.51.100.1", 16, 64)),
    ),
    (
        {"type": "ip6", "id": 1, "dst": "2001:db8::c", "src": "2001:db8::1", "csum": True},
        message(4, tunnel(1, "2001:db8::c", "2001:db8::1", flags=0x1)),
    ),
    (
        {"type": "ip", "id": 0, "dst": "198.51.100.12", "key": True, "seq": True},
        message(2, tunnel(0, "198.51.100.12", "0.0.0.0", flags=0xC)),
    ),
]


@pytest.mark.parametrize(("words", "raw"), TUNNELS, ids=str)
def test_a_tunnel_is_these_bytes_on_both_ways(words, raw):
    assert encap.encoded(route(**words)) == raw
    assert encap.decoded(attributes(raw, 0, len(raw))) == route(**words)


def test_the_type_need_not_be_said():
    words, raw = TUNNELS[0]
    assert encap.encoded(route(**{name: value for name, value in words.items() if name != "type"})) == raw


def test_what_is_taken_away_is_not_sent():
    assert encap.encoded({"dev": "gn0", "encap.dst": None, "encap.id": None, "encap.ttl": 0}) == b""


def test_padding_of_numbers_is_nothing_strange():
    """Where eight bytes have to be aligned, the kernel puts LWTUNNEL_IP_PAD in front of them."""
    raw = message(2, nla(7, b"") + tunnel(244, "198.51.100.12", "0.0.0.0"))
    assert encap.decoded(attributes(raw, 0, len(raw))) == route(**TUNNELS[0][0])


STRANGE = {
    "another type": message(1, nla(1, bytes(4))),
    "options": message(2, tunnel(244, "198.51.100.12", "0.0.0.0", flags=0x1000) + nla(8, nla(2, bytes(8)))),
    "another flag": message(2, tunnel(244, "198.51.100.12", "0.0.0.0", flags=0x100)),
    "no far end": message(2, tunnel(244, "0.0.0.0", "0.0.0.0")),
}


@pytest.mark.parametrize("raw", STRANGE.values(), ids=STRANGE)
def test_for_some_tunnels_there_is_no_word(raw):
    assert encap.decoded(attributes(raw, 0, len(raw))) == {}


@pytest.mark.parametrize(("words", "raw"), TUNNELS, ids=str)
def test_many_have_the_same_bytes_as_each(words, raw):
    second = "2001:db8::d" if words["type"] == "ip6" else "198.51.100.13"
    both = [route(**words), route(**{**words, "dst": second})]
    columns = {name: [each[name] for each in both] for name in both[0]}

    assert encap.are_alike(columns)
    values = encap.of_many(columns)
    kind = nla(RTA_ENCAP_TYPE, values[RTA_ENCAP_TYPE].values)
    assert [nla(RTA_ENCAP, each) + kind for each in values[RTA_ENCAP].each()] == [encap.encoded(each) for each in both]


@pytest.mark.parametrize(
    "columns",
    [
        {"encap.id": [1, 2], "encap.dst": ["192.0.2.1", "192.0.2.2"]},
        {"encap.id": [1, 1], "encap.dst": ["192.0.2.1", "2001:db8::1"]},
        {"encap.ttl": [0, 0]},
    ],
    ids=str,
)
def test_tunnels_that_differ_in_more_than_far_ends_are_not_alike(columns):
    assert not encap.are_alike(columns)
