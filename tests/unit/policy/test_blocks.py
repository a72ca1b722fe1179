"""A set of networks holds what the blocks of a rule allow, and has only entries that the kernel takes."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.blocks import entries
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Block

EVERYTHING_4 = ("0.0.0.0/1", "128.0.0.0/1")


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([], ()),
        ([Block("::/0")], ()),
        ([Block("192.0.2.0/24")], ("192.0.2.0/24",)),
        ([Block("192.0.2.1/32")], ("192.0.2.1",)),
        ([Block("192.0.2.0/24", ("192.0.2.1/32",))], ("192.0.2.0/24", "192.0.2.1 nomatch")),
        ([Block("0.0.0.0/0")], EVERYTHING_4),
        ([Block("0.0.0.0/0", ("0.0.0.0/1",))], ("128.0.0.0/1",)),
        ([Block("0.0.0.0/0", EVERYTHING_4)], ()),
        ([Block("0.0.0.0/0", ("10.0.0.0/8",)), Block("10.0.0.0/8")], EVERYTHING_4),
        (
            [Block("0.0.0.0/0", ("10.0.0.0/8",)), Block("10.1.0.0/16", ("10.1.1.0/24",))],
            ("0.0.0.0/1", "10.0.0.0/8 nomatch", "10.1.0.0/16", "10.1.1.0/24 nomatch", "128.0.0.0/1"),
        ),
        ([Block("10.0.0.0/8"), Block("10.0.0.0/8", ("10.1.0.0/16",))], ("10.0.0.0/8",)),
        ([Block("10.0.0.0/8"), Block("10.1.0.0/16")], ("10.0.0.0/8",)),
        ([Block("10.0.0.0/8", ("10.1.0.0/16", "10.1.1.0/24"))], ("10.0.0.0/8", "10.1.0.0/16 nomatch")),
    ],
)
def test_entries_of_ipv4(blocks: list[Block], expected: tuple[str, ...]) -> None:
    assert entries(blocks, 4) == expected


def test_entries_of_ipv6():
    blocks = [Block("::/0", ("fd00::/8", "2001:db8::1/128")), Block("10.0.0.0/8")]
    assert entries(blocks, 6) == ("2001:db8::1 nomatch", "8000::/1", "::/1", "fd00::/8 nomatch")


def test_the_same_entry_has_not_two_spellings_by_the_order_of_blocks():
    blocks = [Block("10.0.0.0/8", ("10.1.0.0/16",)), Block("10.1.2.0/24"), Block("192.0.2.0/24")]
    assert entries(blocks, 4) == entries(blocks[::-1], 4)


@st.composite
def network(draw: st.DrawFn, least: int = 0) -> str:
    """One of few addresses, so that networks overlap."""
    length = draw(st.integers(least, 32))
    number = draw(st.sampled_from([0, 1, 2, 3, 0x0A000000, 0x0A000001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
    return str(ip_network((number >> (32 - length) << (32 - length), length)))


@st.composite
def block(draw: st.DrawFn) -> Block:
    cidr = draw(network())
    excepted = draw(st.lists(network(least=1), max_size=3))
    return Block(
        cidr, tuple(each for each in excepted if each != cidr and IPv4Network(each).subnet_of(IPv4Network(cidr)))
    )


@given(st.lists(block(), max_size=5))
def test_a_set_holds_what_any_block_allows(blocks: list[Block]) -> None:
    found = entries(blocks, 4)
    for address in _edges(blocks):
        assert held(found, address) == any(
            within(address, each.cidr) and not any(within(address, excepted) for excepted in each.excepted)
            for each in blocks
        )
    assert all(not entry.endswith("/0") and not entry.endswith("/0 nomatch") for entry in found)


def _edges(blocks: list[Block]) -> set[int]:
    """The addresses where anything can change: both ends of each network, and their neighbors."""
    networks = [ip_network(cidr) for each in blocks for cidr in (each.cidr, *each.excepted)]
    ends = {int(end) for each in networks for end in (each.network_address, each.broadcast_address)}
    return {near for end in ends for near in (end - 1, end, end + 1) if 0 <= near < 1 << 32}


def within(address: int, cidr: str) -> bool:
    return ip_address(address) in ip_network(cidr)


def held(found: tuple[str, ...], address: int) -> bool:
    """As the kernel looks it up: the longest prefix decides."""
    holding = [entry.split(" ") for entry in found if within(address, entry.split(" ")[0])]
    return bool(holding) and len(max(holding, key=lambda words: ip_network(words[0]).prefixlen)) == 1
