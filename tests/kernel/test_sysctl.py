"""Sysctls of a real network namespace."""

from __future__ import annotations

import errno

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, restore
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


BRIDGE = {"name": "br.7", "type": "bridge", "alias": "podnet: test"}


def document(*sysctls):
    return {
        "version": 1,
        "links": [BRIDGE],
        "sysctls": [{"name": f"net/ipv4/conf/br.7/{name}", "value": value} for name, value in sysctls],
    }


def test_a_sysctl_that_leaves_its_link_behind_is_as_the_link_was_born_with_it(run, paths):
    run("sysctl -qw net.ipv4.conf.default.rp_filter=2")
    engine.apply("bridge", document(("rp_filter", 1)), paths=paths)
    assert value("net/ipv4/conf/br.7/rp_filter") == "1"

    engine.apply("bridge", document(), paths=paths)

    assert value("net/ipv4/conf/br.7/rp_filter") == "2"
    assert not engine.apply("bridge", document(), paths=paths).changed


def test_a_sysctl_that_comes_later_to_a_link_of_ours_goes_back_to_what_it_was(run, paths):
    engine.apply("bridge", document(("rp_filter", 1)), paths=paths)
    run("sysctl -qw net/ipv4/conf/br.7/proxy_arp=1")
    engine.apply("bridge", document(("rp_filter", 1), ("proxy_arp", 0)), paths=paths)

    engine.apply("bridge", document(("rp_filter", 1)), paths=paths)

    assert (value("net/ipv4/conf/br.7/rp_filter"), value("net/ipv4/conf/br.7/proxy_arp")) == ("1", "1")
    engine.remove("bridge", paths=paths)
    assert "br.7" not in run("ip link")


def test_a_link_that_is_made_by_another_document_keeps_no_sysctl_of_ours(paths):
    engine.apply("bridge", document(), paths=paths)
    sysctls = {**document(("rp_filter", 1)), "links": []}
    engine.apply("sysctls", sysctls, paths=paths)

    engine.remove("sysctls", paths=paths)

    assert value("net/ipv4/conf/br.7/rp_filter") == value("net.ipv4.conf.default.rp_filter")


def test_one_that_nobody_has_set_yet_is_as_one_that_is_not_there(run, paths):
    """The kernel answers EIO, and once it is set, with what it is."""
    name, wanted = "net/ipv6/conf/br.7/stable_secret", "2001:0db8:0000:0000:0000:0000:0000:0001"
    run("ip link add br.7 type bridge")
    assert value(name) is None

    secret = {"version": 1, "sysctls": [{"name": name, "value": wanted}, {"name": "net.ipv4.ip_forward", "value": "1"}]}
    assert engine.apply("secret", secret, paths=paths).changed
    assert value(name) == wanted
    run("ip link delete br.7; ip link add br.7 type bridge; sysctl -qw net.ipv4.ip_forward=0")

    assert restore.restore(paths).failures == []

    assert (value(name), value("net.ipv4.ip_forward")) == (wanted, "1")
    engine.remove("secret", paths=paths)
