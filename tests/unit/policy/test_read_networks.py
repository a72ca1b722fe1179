"""Addresses and networks mean what `ipaddress` has them mean, but for what Kubernetes refuses of them."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.networks import (
    address,
    network,
    stored_address,
    stored_network,
)

ADDRESSES = st.ip_addresses()
MAPPED = ipaddress.ip_network("::ffff:0:0/96")


def mapped(one: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return one.version == 6 and one in MAPPED


@given(ADDRESSES, st.sampled_from([str, lambda one: one.exploded, lambda one: str(one).upper()]))
def test_address_has_one_form(one, spelling):
    if mapped(one):
        with pytest.raises(ValueError, match="IPv4-mapped"):
            address(spelling(one))
    else:
        family, text = address(spelling(one))
        assert (family, ipaddress.ip_address(text)) == (one.version, one)
        assert address(text) == (family, text)


@given(ADDRESSES, st.integers(0, 128), st.integers(0, 128))
def test_network_is_that_of_its_prefix(one, length, longer):
    length = min(length, one.max_prefixlen)
    text = f"{one}/{length}"
    if mapped(one):
        with pytest.raises(ValueError, match="IPv4-mapped"):
            network(text)
        return
    expected = ipaddress.ip_network(text, strict=False)
    found = network(text)
    assert ipaddress.ip_network(str(found)) == expected
    assert network(str(found)) == found


@given(ADDRESSES, ADDRESSES, st.data())
def test_part_of_a_network(one, other, data):
    lengths = [data.draw(st.integers(0, each.max_prefixlen)) for each in (one, other)]
    ours = [f"{each}/{length}" for each, length in zip((one, other), lengths, strict=True) if not mapped(each)]
    if len(ours) < 2:
        return
    whole, part = (ipaddress.ip_network(text, strict=False) for text in ours)
    expected = whole.version == part.version and part != whole and part.subnet_of(whole)
    assert network(ours[0]).strictly_holds(network(ours[1])) is expected


@given(st.text(alphabet="0123456789.:/abfx% ", max_size=20))
def test_what_is_none_is_none(text):
    for ours, theirs in (
        (address, ipaddress.ip_address),
        (network, lambda each: ipaddress.ip_network(each, strict=False)),
    ):
        try:
            ours(text)
        except ValueError:
            continue
        assert theirs(text)


@pytest.mark.parametrize("text", ["00.0.0.1", "10.0.0.01", "2001:0db8::00001", "::1.2.3.04"])
def test_leading_zeros_of_an_address(text):
    with pytest.raises(ValueError, match="must not have leading 0s"):
        address(text)


@pytest.mark.parametrize("text", ["", "1", "10.0.0.1.1", "10.0.0.1\n", "\u0661.0.0.1", "\ud800", "::g", ":::"])
def test_no_address(text):
    with pytest.raises(ValueError, match="must be a valid IP address"):
        address(text)


@given(ADDRESSES, st.integers(0, 128))
def test_what_is_sound_is_the_same_where_it_is_stored(one, length):
    length = min(length, one.max_prefixlen)
    if not mapped(one):
        assert stored_address(str(one)) == address(str(one))
        assert stored_network(f"{one}/{length}") == network(f"{one}/{length}")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("010.008.011.012", "10.8.11.12"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::FFFF:010.0.0.01", "10.0.0.1"),
        ("0::FFFF:a00:0001", "10.0.0.1"),
        ("2001:0db8::00001", "2001:db8::1"),
    ],
)
def test_a_stored_address_is_what_go_took_it_for(text, meant):
    assert stored_address(text) == address(meant)
    assert stored_network(f"{text}/{128 if ':' in text else 32}") == network(f"{meant}/{128 if ':' in meant else 32}")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("010.0.0.0/08", "10.0.0.0/8"),
        ("00.0.0.0/00", "0.0.0.0/0"),
        ("::ffff:10.1.0.0/104", "10.0.0.0/8"),
        ("::ffff:10.1.0.0/96", "0.0.0.0/0"),
        ("::ffff:10.1.0.0/90", "::ffc0:0:0/90"),
        ("::ffff:10.1.0.0/0", "::/0"),
    ],
)
def test_a_stored_network_is_what_go_took_it_for(text, meant):
    """net.ParseCIDR of Go 1.16, and what IPNet.Contains says then."""
    assert stored_network(text) == network(meant)


@pytest.mark.parametrize(
    "text", ["10.0.0/8", "10.0.0.256/8", "10.0.0.0/33", "10.0.0.0", "::ffff:10.0.0.0/129", "0x0a.0.0.0/8"]
)
def test_what_go_took_for_none_is_none(text):
    with pytest.raises(ValueError, match="must be a valid CIDR value"):
        stored_network(text)
