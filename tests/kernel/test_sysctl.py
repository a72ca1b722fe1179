"""Sysctls of a real network namespace."""

from __future__ import annotations

import errno

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import sysctl
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change

pytestmark = pytest.mark.usefixtures("namespace")


def write(name, value):
    return sysctl.apply([Change("sysctls", (name,), None, {"value": value})])


def value(name):
    return sysctl.read({(name,): {}}).get((name,), {}).get("value")


def test_values_are_read_and_written(run):
    for wanted in ("0", "1"):
        assert write("net.ipv4.ip_forward", wanted) == []
        assert value("net.ipv4.ip_forward") == run("cat /proc/sys/net/ipv4/ip_forward").strip() == wanted


def test_several_numbers_are_separated_by_one_space():
    assert write("net.ipv4.ip_local_port_range", "20000 30000") == []
    assert value("net.ipv4.ip_local_port_range") == "20000 30000"


def test_an_interface_with_a_dot_in_its_name_has_the_form_with_slashes(run):
    run("ip link add br.7 type bridge")
    assert write("net/ipv4/conf/br.7/rp_filter", "2") == []
    assert run("cat /proc/sys/net/ipv4/conf/br.7/rp_filter") == "2\n"
    assert value("net/ipv4/conf/br.7/rp_filter") == "2"


def test_what_does_not_exist_is_not_read_and_its_writing_says_the_way_out():
    assert value("net.ipv4.conf.no-such-device.rp_filter") is None
    (failure,) = write("net.ipv4.conf.no-such-device.rp_filter", "2")
    assert failure.errno == errno.ENOENT
    assert "make the interface" in failure.message


def test_a_refused_value_is_named_and_the_others_are_written():
    failures = sysctl.apply(
        [
            Change("sysctls", ("net.ipv4.ip_forward",), None, {"value": "many"}),
            Change("sysctls", ("net.ipv4.conf.lo.forwarding",), None, {"value": "1"}),
            Change("sysctls", ("net.ipv4.conf.lo.rp_filter",), {"value": "0"}, None),
        ]
    )
    assert [(failure.errno, failure.message) for failure in failures] == [
        (errno.EINVAL, "many: the kernel does not accept this value")
    ]
    assert value("net.ipv4.conf.lo.forwarding") == "1"
