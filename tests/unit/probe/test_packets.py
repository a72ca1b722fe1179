"""An echo request is what RFC 792, RFC 4443 and RFC 1071 say."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.probe import icmp


def test_the_checksum_of_the_rfcs_example():
    assert icmp.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


@given(st.binary(max_size=1500), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_a_receiver_finds_the_checksum_right(data, identifier, sequence):
    message = icmp.request(8, identifier, sequence, data)
    assert icmp.checksum(message) == 0
    assert struct.unpack_from("!BB2xHH", message) == (8, 0, identifier, sequence)
    assert message[8:] == data


@pytest.mark.parametrize(("address", "headers"), [("192.0.2.1", 28), ("2001:db8::1", 48)])
def test_a_full_size_request_fills_the_mtu_with_its_headers(address, headers):
    assert icmp.data_size(ipaddress.ip_address(address), 1450) == 1450 - headers
