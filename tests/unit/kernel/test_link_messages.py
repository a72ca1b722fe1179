"""Link messages on the byte level: what this kernel cannot try is held against bytes put together by hand.

Numbers are those of linux/if_link.h and linux/if_bonding.h.
"""

from __future__ import annotations

import errno
import socket
import struct
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import link_codec, links
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.netlink import attributes
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change, Failure
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise

HEADER_SIZE = 16
IFNAME, ADDRESS, MTU, LINK, MASTER, LINKINFO, LINK_NETNSID = 3, 1, 4, 5, 10, 18, 37
INFO_KIND, INFO_DATA, SLAVE_KIND, SLAVE_DATA = 1, 2, 4, 5
NAMES = {2: "eth0", 9: "bond0", 11: "below"}


class Devices:
    """Links by numbers of the test's own."""

    def index(self, name: str) -> int:
        return {known: number for number, known in NAMES.items()}[name]

    def name(self, index: int) -> str:
        return NAMES[index]


class NoPeers:
    def of(self, _link: link_codec.Link) -> dict[str, str]:
        return {}


def nla(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def u8(kind: int, value: int) -> bytes:
    return nla(kind, struct.pack("=B", value))


def u16(kind: int, value: int) -> bytes:
    return nla(kind, struct.pack("=H", value))


def be16(kind: int, value: int) -> bytes:
    return nla(kind, struct.pack("!H", value))


def u32(kind: int, value: int) -> bytes:
    return nla(kind, struct.pack("=I", value))


def be32(kind: int, value: int) -> bytes:
    return nla(kind, struct.pack("!I", value))


def text(kind: int, value: str) -> bytes:
    return nla(kind, value.encode() + b"\0")


def v4(kind: int, address: str) -> bytes:
    return nla(kind, socket.inet_pton(socket.AF_INET, address))


def v6(kind: int, address: str) -> bytes:
    return nla(kind, socket.inet_pton(socket.AF_INET6, address))


def wanted(**link: Any) -> dict[str, Any]:
    return normalise({"version": 1, "links": [{"name": "new0", **link}]})["links"]["new0",]


def requests(monkeypatch: pytest.MonkeyPatch, *links_changed: Change) -> list[bytes]:
    """The messages that changes are made by, without netlink headers."""
    sent: list[bytes] = []

    def submit(changes: list[Change], requests_for: Any) -> list[Failure]:
        sent.extend(request.body for change in changes for request in requests_for(change, Devices()))
        return []

    monkeypatch.setattr(links, "submit", submit)
    monkeypatch.setattr(links, "_switch_features", lambda name, new: None)
    assert links.apply(links_changed) == []
    return sent


def made(monkeypatch: pytest.MonkeyPatch, **link: Any) -> list[bytes]:
    return requests(monkeypatch, Change("links", ("new0",), None, wanted(**link)))


def body(message: bytes) -> dict[int, bytes]:
    return attributes(message, HEADER_SIZE, len(message))


def data_of(message: bytes) -> tuple[bytes, bytes]:
    """Kind and data of a message."""
    info = body(message)[LINKINFO]
    values = attributes(info, 0, len(info))
    return values[INFO_KIND].rstrip(b"\0"), values.get(INFO_DATA, b"")


#: The document's words, and what comes after the kind.
NEW: list[tuple[str, dict[str, Any], bytes]] = [
    ("dummy", {}, b""),
    ("vrf", {"table": 10}, u32(1, 10)),
    ("vlan", {"link": "eth0", "id": 5}, u16(1, 5)),
    ("vlan", {"link": "eth0", "id": 4094, "protocol": "802.1ad"}, u16(1, 4094) + be16(5, 0x88A8)),
    ("geneve", {"vni": 7, "remote": "192.0.2.1"}, u32(1, 7) + v4(2, "192.0.2.1")),
    ("geneve", {"vni": 7, "remote": "2001:db8::1", "dstport": 6081}, u32(1, 7) + v6(7, "2001:db8::1") + be16(5, 6081)),
    ("geneve", {"external": True}, nla(6, b"")),
    ("geneve", {"external": True, "dstport": 6081}, nla(6, b"") + be16(5, 6081)),
    (
        "geneve",
        {"external": True, "dstport": 6081, "udp6_zero_csum_rx": True},
        nla(6, b"") + be16(5, 6081) + u8(10, 1),
    ),
    (
        "geneve",
        {"vni": 7, "remote": "192.0.2.1", "ttl": 64, "tos": "inherit"},
        u32(1, 7) + v4(2, "192.0.2.1") + u8(3, 64) + u8(4, 1),
    ),
    ("geneve", {"vni": 7, "remote": "192.0.2.1", "ttl": "inherit"}, u32(1, 7) + v4(2, "192.0.2.1") + u8(12, 1)),
    (
        "geneve",
        {"vni": 7, "remote": "2001:db8::1", "flowlabel": 0x12345, "udp6_zero_csum_tx": True, "udp6_zero_csum_rx": True},
        u32(1, 7) + v6(7, "2001:db8::1") + be32(11, 0x12345) + u8(9, 1) + u8(10, 1),
    ),
    ("geneve", {"vni": 7, "remote": "192.0.2.1", "udp_csum": True}, u32(1, 7) + v4(2, "192.0.2.1") + u8(8, 1)),
    ("bond", {}, b""),
    (
        "bond",
        {"mode": "802.3ad", "lacp_rate": "fast", "ad_select": "count", "xmit_hash_policy": "layer3+4", "min_links": 2},
        u8(1, 4) + u8(21, 1) + u8(22, 2) + u8(14, 1) + u32(18, 2),
    ),
    (
        "bond",
        {"mode": "active-backup", "miimon": 100, "updelay": 200, "downdelay": 300, "primary": "eth0"},
        u8(1, 1) + u32(3, 100) + u32(4, 200) + u32(5, 300) + u32(11, 2),
    ),
    (
        "bond",
        {"primary_reselect": "failure", "fail_over_mac": "follow", "resend_igmp": 3, "num_peer_notif": 4},
        u8(12, 2) + u8(13, 2) + u32(15, 3) + u8(16, 4),
    ),
    ("vxlan", {"vni": 7, "ttl": "inherit"}, u32(1, 7) + nla(28, b"")),
    ("vxlan", {"vni": 7, "srcport": "1000-2000"}, u32(1, 7) + nla(10, struct.pack("!HH", 1000, 2000))),
    ("vxlan", {"vni": 7, "gbp": True, "udp_csum": False}, u32(1, 7) + nla(23, b"") + u8(18, 0)),
    ("vxlan", {"vni": 7, "gbp": False}, u32(1, 7)),
    (
        "vxlan",
        {"vni": 7, "local": "2001:db8::1", "flowlabel": 0x12345},
        u32(1, 7) + v6(17, "2001:db8::1") + be32(26, 0x12345),
    ),
    ("vxlan", {"vni": 7, "group": "ff05::1", "dev": "below"}, u32(1, 7) + v6(16, "ff05::1") + u32(3, 11)),
    ("vxlan", {"vni": 7, "remote": "192.0.2.1", "df": "inherit"}, u32(1, 7) + v4(2, "192.0.2.1") + u8(29, 2)),
    (
        "bridge",
        {"vlan_filtering": True, "vlan_protocol": "802.1ad", "vlan_default_pvid": 0},
        u8(7, 1) + be16(8, 0x88A8) + u16(39, 0),
    ),
]


@pytest.mark.parametrize(("kind", "words", "data"), NEW, ids=[f"{kind} {words}" for kind, words, _data in NEW])
def test_a_new_link_is_these_bytes(monkeypatch, kind, words, data):
    message = made(monkeypatch, type=kind, **words)[0]

    assert data_of(message) == (kind.encode(), data)
    assert body(message)[IFNAME] == b"new0\0"


def test_a_vlan_has_the_link_below_it_among_what_every_link_has(monkeypatch):
    first, *rest = made(monkeypatch, type="vlan", link="eth0", id=5)

    assert body(first)[LINK] == struct.pack("=I", 2)
    assert all(LINK not in body(message) for message in rest)


@pytest.mark.parametrize(("kind", "words", "data"), NEW, ids=[f"{kind} {words}" for kind, words, _data in NEW])
def test_a_reading_of_these_bytes_is_what_was_wanted(monkeypatch, kind, words, data):
    monkeypatch.setattr(links, "Devices", Devices)
    below = u32(LINK, 2) if kind == "vlan" else b""
    info = nla(LINKINFO, text(INFO_KIND, kind) + nla(INFO_DATA, data))
    link = link_codec.decode(link_codec.header(5) + text(IFNAME, "new0") + below + info)

    found = links._described(link, Devices(), NoPeers())

    assert {name: found.get(name) for name in wanted(type=kind, **words)} == wanted(type=kind, **words)


def test_what_the_kernel_sends_for_a_flag_is_looked_at():
    """It takes TTL_INHERIT as a flag without a value, and sends it with one, even where it is off."""
    for value in (0, 1):
        data = u32(1, 7) + u8(5, 64) + u8(28, value)
        info = nla(LINKINFO, text(INFO_KIND, "vxlan") + nla(INFO_DATA, data))
        link = link_codec.decode(link_codec.header(5) + text(IFNAME, "new0") + info)
        assert links._described(link, Devices(), NoPeers())["ttl"] == ("inherit" if value else 64)


def test_a_geneve_df_bit_begins_with_the_byte_that_the_kernel_reads(monkeypatch):
    """pyroute2 has it as two bytes; the kernel reads the first, and sends one."""
    _kind, data = data_of(made(monkeypatch, type="geneve", vni=7, remote="192.0.2.1", df="set")[0])
    assert attributes(data, 0, len(data))[13][0] == 1

    info = nla(LINKINFO, text(INFO_KIND, "geneve") + nla(INFO_DATA, u32(1, 7) + u8(13, 2)))
    link = link_codec.decode(link_codec.header(5) + text(IFNAME, "new0") + info)
    assert links._described(link, Devices(), NoPeers())["df"] == "inherit"


def test_an_external_geneve_is_read_as_the_kernel_tells_it():
    """``geneve_fill_info``: a number of 0, no far end, and what only newer kernels have."""
    data = u32(1, 0) + u8(3, 0) + u8(4, 0) + be32(11, 0) + u8(13, 0) + be16(5, 6081) + nla(6, b"") + u8(10, 0)
    newer = u8(12, 0) + nla(14, b"") + nla(15, struct.pack("!HH", 1, 65535))
    info = nla(LINKINFO, text(INFO_KIND, "geneve") + nla(INFO_DATA, data + newer))
    found = links._described(
        link_codec.decode(link_codec.header(5) + text(IFNAME, "new0") + info), Devices(), NoPeers()
    )

    assert not {"vni", "remote"} & found.keys()
    assert found.items() >= {"type": "geneve", "dstport": 6081, "external": True, "df": "unset"}.items()


def test_a_veths_far_end_is_a_link_message_within_the_message(monkeypatch):
    monkeypatch.setattr(links, "opened", lambda name: __import__("contextlib").nullcontext(77))

    first = made(monkeypatch, type="veth", peer={"name": "eth0", "namespace": "pod-1"})[0]

    assert data_of(first) == (b"veth", nla(1, bytes(HEADER_SIZE) + text(3, "eth0") + u32(28, 77)))


def test_a_port_is_set_when_it_is_one(monkeypatch):
    _made, joined, port = made(monkeypatch, type="dummy", master="bond0", port={"hairpin": True, "cost": 7}, state="up")

    assert body(joined)[MASTER] == struct.pack("=I", 9)
    assert struct.unpack_from("=II", joined, 8) == (1, 1), "up"
    assert body(port)[LINKINFO] == text(SLAVE_KIND, "bridge") + nla(SLAVE_DATA, u8(4, 1) + u32(3, 7))


def test_only_what_differs_is_sent(monkeypatch):
    before = wanted(type="vxlan", vni=7, dstport=4789, ttl=64, mtu=1400)
    (message,) = requests(monkeypatch, Change("links", ("new0",), before, {**before, "ttl": 32}))

    assert data_of(message) == (b"vxlan", u8(5, 32))
    assert set(body(message)) == {IFNAME, LINKINFO}


def test_spanning_tree_ends_before_a_short_delay_begins(monkeypatch):
    before = wanted(type="bridge", stp=True, forward_delay=1500)
    first, second = requests(
        monkeypatch, Change("links", ("new0",), before, {**before, "stp": False, "forward_delay": 0})
    )

    assert (data_of(first), data_of(second)) == ((b"bridge", u32(5, 0)), (b"bridge", u32(1, 0)))


def test_a_bond_takes_no_port_that_is_up(monkeypatch):
    monkeypatch.setattr(links, "read", lambda wanted: {("bond0",): {"type": "bond"}})
    before = {"type": "veth", "state": "up"}
    down, joined = requests(monkeypatch, Change("links", ("new0",), before, {**before, "master": "bond0"}))

    assert struct.unpack_from("=II", down, 8) == (0, 1)
    assert body(joined)[MASTER] == struct.pack("=I", 9)


@pytest.mark.parametrize("before", [None, {"type": "bond", "mode": "active-backup"}], ids=["new", "there"])
def test_a_bond_is_told_of_its_primary_port_when_that_is_there(monkeypatch, before):
    bond = {"type": "bond", "mode": "active-backup", "primary": "eth0", "mtu": 1400}
    *first, told = requests(
        monkeypatch,
        Change("links", ("bond0",), before, bond),
        Change("links", ("eth0",), None, {"type": "dummy", "master": "bond0"}),
    )

    assert all(u32(11, 2) not in message for message in first)
    assert [body(message)[IFNAME] for message in first if MASTER in body(message)] == [b"eth0\0"]
    assert body(told)[IFNAME] == b"bond0\0"
    assert data_of(told) == (b"bond", u32(11, 2))
    assert set(body(told)) == {IFNAME, LINKINFO}


def test_a_link_of_an_unknown_kind_has_what_every_link_has():
    info = nla(
        LINKINFO,
        text(INFO_KIND, "amt") + nla(INFO_DATA, u32(1, 7)) + text(SLAVE_KIND, "team") + nla(SLAVE_DATA, u32(1, 1)),
    )
    message = link_codec.header(5, 1, 0) + text(IFNAME, "amt0") + u32(MTU, 1400) + u32(LINK_NETNSID, 0) + info

    assert links._described(link_codec.decode(message), Devices(), NoPeers()) == {
        "type": "amt",
        "state": "up",
        "promisc": False,
        "arp": True,
        "mtu": 1400,
    }


@pytest.mark.parametrize(
    ("common", "kind", "data", "what"),
    [
        ({"IFLA_NONSENSE": 1}, "", {}, "IFLA_NONSENSE"),
        ({}, "vxlan", {"IFLA_VXLAN_NONSENSE": 1}, "IFLA_VXLAN_NONSENSE"),
        ({}, "nonsense", {"IFLA_NONSENSE": 1}, "links of type nonsense"),
    ],
)
def test_what_pyroute2_does_not_know_is_an_error_and_not_left_out(common, kind, data, what):
    with pytest.raises(OSError, match=f"the installed pyroute2 does not know {what}") as caught:
        link_codec.encode(common, kind, data)

    assert caught.value.errno == errno.EOPNOTSUPP


def test_a_kind_that_the_kernel_has_not_is_said_to_be_missing(monkeypatch):
    monkeypatch.setattr(
        links, "submit", lambda changes, _requests: [Failure(changes[0], errno.EOPNOTSUPP, "Unknown device type")]
    )
    (failure,) = links.apply([Change("links", ("new0",), None, wanted(type="geneve", vni=7, remote="192.0.2.1"))])

    assert (
        failure.message == "this kernel has no links of type geneve: its module geneve is missing, or cannot be loaded"
    )
