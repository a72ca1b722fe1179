"""A chain calls its plugins with what the specification says, in its order, and tells their errors in full."""

from __future__ import annotations

import json
import stat

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import chain, config
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.plugin import Call

#: Notes how it was called, then answers as the configuration says: with ``answer`` on its output and ``status``.
PLUGIN = """#!/bin/sh
configuration=$(cat)
printf '%s %s %s %s %s\\n' "$CNI_COMMAND" "$CNI_CONTAINERID" "$CNI_NETNS" "$CNI_IFNAME" "$configuration" >> {log}
case $CNI_COMMAND in {fails}) cat {answer}; exit 1;; ADD) cat {answer};; esac
"""


class Bench:
    """A directory of plugins made of shell."""

    def __init__(self, directory):
        self.directory = directory
        self.log = directory / "log"
        self.call = Call("pod", "/var/run/netns/pod", "eth0", (str(directory),))

    def plugin(self, name, answer, fails="never"):
        told = self.directory / f"{name}.answer"
        told.write_text(answer if isinstance(answer, str) else json.dumps(answer))
        binary = self.directory / name
        binary.write_text(PLUGIN.format(log=self.log, answer=told, fails=fails))
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR)

    def network(self, *plugins, version="1.0.0"):
        return config.parse({"cniVersion": version, "name": "net", "plugins": list(plugins)}, "/etc/net.conflist")

    def calls(self):
        """Of each call: command, plugin, and its whole configuration."""
        lines = [line.split(" ", 4) for line in self.log.read_text().splitlines()]
        assert {tuple(line[1:4]) for line in lines} == {("pod", "/var/run/netns/pod", "eth0")}
        return [(line[0], json.loads(line[4])["type"], json.loads(line[4])) for line in lines]


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    bench.plugin("first", {"n": 1})
    bench.plugin("second", {"n": 2})
    return bench


def test_add_hands_each_result_on_in_order(bench):
    network = bench.network({"type": "first", "mtu": 1450, "capabilities": {"portMappings": True}}, {"type": "second"})
    assert chain.add(network, bench.call) == {"n": 2}
    (*_first, first), (*_second, second) = bench.calls()
    assert first == {"type": "first", "mtu": 1450, "cniVersion": "1.0.0", "name": "net"}
    assert second["prevResult"] == {"n": 1}


def test_delete_goes_backwards_with_the_last_result(bench):
    chain.delete(bench.network({"type": "first"}, {"type": "second"}), bench.call, {"n": 2})
    assert [(command, kind) for command, kind, _config in bench.calls()] == [("DEL", "second"), ("DEL", "first")]
    assert all(configuration["prevResult"] == {"n": 2} for _command, _kind, configuration in bench.calls())


def test_delete_without_a_known_result_gives_none(bench):
    chain.delete(bench.network({"type": "first"}), bench.call, None)
    assert "prevResult" not in bench.calls()[0][2]


def test_a_failed_add_is_taken_back(bench):
    bench.plugin("second", {"code": 7, "msg": "bad mtu", "details": "-1"}, fails="ADD")
    network = bench.network({"type": "first"}, {"type": "second"})
    with pytest.raises(CniError) as raised:
        chain.add(network, bench.call)
    assert str(raised.value) == (
        "CNI plugin 'second' of /etc/net.conflist failed at ADD (CNI error 7, invalid network configuration): "
        "bad mtu: -1"
    )
    assert (raised.value.plugin, raised.value.file, raised.value.code) == ("second", "/etc/net.conflist", 7)
    told = [(command, kind) for command, kind, _config in bench.calls()]
    assert told == [("ADD", "first"), ("ADD", "second"), ("DEL", "second"), ("DEL", "first")]


def test_an_error_while_taking_back_does_not_hide_the_first(bench):
    bench.plugin("second", {"code": 5, "msg": "broken pipe"}, fails="ADD|DEL")
    with pytest.raises(CniError, match="failed at ADD"):
        chain.add(bench.network({"type": "first"}, {"type": "second"}), bench.call)


def test_check_goes_forwards_and_returns_what_is_wrong(bench):
    network = bench.network({"type": "first"}, {"type": "second"})
    assert chain.check(network, bench.call, {"n": 2}) is None
    assert [(command, kind) for command, kind, _config in bench.calls()] == [("CHECK", "first"), ("CHECK", "second")]
    bench.plugin("first", {"code": 100, "msg": "no such port"}, fails="CHECK")
    assert "no such port" in str(chain.check(network, bench.call, {"n": 2}))


def test_a_crash_at_check_is_no_verdict(bench):
    bench.plugin("first", "panic: runtime error", fails="CHECK")
    assert chain.check(bench.network({"type": "first"}), bench.call, {"n": 1}) is None


def test_versions_without_check_are_not_asked(bench):
    network = bench.network({"type": "first"}, version="0.3.1")
    assert chain.check(network, bench.call, {"n": 1}) is None
    assert not bench.log.exists()


@pytest.mark.parametrize(
    ("message", "way_out"),
    [
        ("failed to allocate: no IP addresses available in range set: 10.244.0.1-10.244.0.254", "larger pod subnet"),
        ("10.244.0.2 has been allocated to x, duplicate allocation is not allowed", "detach it"),
        ('failed to find plugin "host-local" in path [/opt/cni/bin]', "install the CNI plugin that it names"),
        ('"cni0" already has an IP address different from 10.244.1.1/24', "run podnet.baremetal.site"),
    ],
)
def test_known_failures_come_with_their_way_out(bench, message, way_out):
    bench.plugin("first", {"code": 11, "msg": message}, fails="ADD")
    with pytest.raises(CniError) as raised:
        chain.add(bench.network({"type": "first"}), bench.call)
    assert message in str(raised.value)
    assert way_out in str(raised.value)
    assert "CNI error 11, try again later" in str(raised.value)


def test_output_that_is_no_error_result_is_shown_as_it_is(bench):
    bench.plugin("first", "panic: runtime error", fails="ADD")
    with pytest.raises(CniError, match=r"\(no error code\): panic: runtime error"):
        chain.add(bench.network({"type": "first"}), bench.call)


def test_missing_binaries_are_named_before_the_first_call(bench):
    for configuration in ({"type": "absent"}, {"type": "first", "ipam": {"type": "absent"}}):
        with pytest.raises(CniError, match=f"'absent' of /etc/net.conflist is in none of {bench.directory}: install"):
            chain.require(bench.network({"type": "first"}, configuration), bench.call.bin_dirs)


def test_a_plugin_that_cannot_be_run_is_named(bench):
    (bench.directory / "first").write_text("no program")
    with pytest.raises(CniError, match=r"'first' of .* failed at ADD .*cannot run .*/first: Exec format error"):
        chain.add(bench.network({"type": "first"}), bench.call)
