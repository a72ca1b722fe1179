"""Each kind of probe passes where packets do, and is the one that is named where they do not."""

from __future__ import annotations

import os
import socket
import time

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import netns
from ansible_collections.podnet.baremetal.plugins.module_utils.probe import measure, responder
from tests.kernel.podnet_fixture import namespaces, plug, run

ADDRESSES = {4: ("192.0.2.1", "192.0.2.2"), 6: ("2001:db8::1", "2001:db8::2")}


@pytest.fixture
def pods():
    """Two pods on one bridge, a responder in the second."""
    with namespaces("switch", "a", "b") as (switch, a, b):
        run("ip", "link", "add", "br0", "type", "bridge", namespace=switch)
        run("ip", "link", "set", "br0", "up", namespace=switch)
        for index, pod in enumerate((a, b)):
            plug(pod, switch, f"port{index}", f"{ADDRESSES[4][index]}/24", f"{ADDRESSES[6][index]}/64")
        pid = responder.start(b, [socket.AF_INET, socket.AF_INET6], lifetime=60)
        yield a, b
        responder.stop(pid, b)


def probe(pods, family=4, timeout=0.4):
    path = measure.Path(source=pods[0], address=ADDRESSES[family][1], port=responder.PORT, target="b")
    return measure.measure([path], timeout=timeout, concurrency=8)[0]


def failed(result):
    return {failure["probe"]: failure["errno"] for failure in result["failures"]}


@pytest.mark.parametrize("family", [4, 6])
def test_a_path_without_obstacles_passes_all_probes(pods, family):
    result = probe(pods, family, timeout=3)
    assert result["failures"] == []
    assert result["ok"]
    assert 0 < result["rtt_ms"] < 1000


@pytest.mark.parametrize(
    ("family", "dropped", "expected"),
    [
        (4, "-p icmp", {"icmp", "icmp_mtu"}),
        (4, "-p icmp -m length --length 1000:", {"icmp_mtu"}),
        (4, "-p tcp", {"tcp", "tcp_bulk"}),
        (4, "-p tcp -m length --length 1000:", {"tcp_bulk"}),
        (4, "-p udp", {"udp"}),
        (4, "", {"icmp", "icmp_mtu", "tcp", "tcp_bulk", "udp"}),
        (6, "-p tcp", {"tcp", "tcp_bulk"}),
        (6, "-p udp", {"udp"}),
        (6, "-p icmpv6 --icmpv6-type echo-request", {"icmp", "icmp_mtu"}),
    ],
)
def test_what_is_dropped_is_named(pods, family, dropped, expected):
    tool = "iptables" if family == 4 else "ip6tables"
    run(tool, "-I", "INPUT", *dropped.split(), "-j", "DROP", namespace=pods[1])
    assert failed(probe(pods, family)) == dict.fromkeys(expected, "ETIMEDOUT")


@pytest.mark.parametrize("family", [4, 6])
def test_a_black_hole_for_large_packets_fails_the_full_size_ping(pods, family):
    """The far interface takes less than this one sends, and nobody says so: an underlay's MTU that is too small."""
    run("ip", "link", "set", "eth0", "mtu", "1400", namespace=pods[1])
    assert failed(probe(pods, family)) == {"icmp_mtu": "ETIMEDOUT"}


def test_a_refused_connection_keeps_its_errno(pods):
    path = measure.Path(source=pods[0], address=ADDRESSES[4][1], port=9, target="b")
    result = measure.measure([path], timeout=0.4, concurrency=8)[0]
    assert failed(result) == dict.fromkeys(("tcp", "tcp_bulk", "udp"), "ECONNREFUSED")


def test_an_address_without_a_route_is_unreachable(pods):
    path = measure.Path(source=pods[0], address="198.51.100.1", port=responder.PORT, target="elsewhere")
    result = measure.measure([path], timeout=0.2, concurrency=8)[0]
    assert set(failed(result)) == set(measure.PROBES)
    assert set(failed(result).values()) == {"ENETUNREACH"}


def test_a_source_that_is_no_namespace_is_named():
    path = measure.Path(source="podnet-test-absent", address="192.0.2.1", port=1, target="b")
    result = measure.measure([path], timeout=0.2, concurrency=8)[0]
    assert set(failed(result).values()) == {"ENOENT"}
    assert "podnet-test-absent" in result["failures"][0]["error"]


def test_time_is_bounded_by_the_concurrency(pods):
    run("iptables", "-I", "INPUT", "-j", "DROP", namespace=pods[1])
    paths = [
        measure.Path(source=pods[0], address=ADDRESSES[4][1], port=responder.PORT, target=str(index))
        for index in range(20)
    ]
    started = time.monotonic()
    results = measure.measure(paths, timeout=0.3, concurrency=50)
    assert [result["target"] for result in results] == [str(index) for index in range(20)]
    assert 0.6 <= time.monotonic() - started < 2


def test_a_responder_ends_by_itself(pods):
    with namespaces("brief") as (brief,):
        pid = responder.start(brief, [socket.AF_INET], lifetime=1)
        assert responder.alive(pid, brief)
        deadline = time.monotonic() + 5
        while responder.alive(pid, brief) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not responder.alive(pid, brief)
        assert responder.stop(pid, brief) is False


def test_a_responder_is_stopped_by_its_pid_and_no_other_process_is(pods):
    with namespaces("brief") as (brief,):
        pid = responder.start(brief, [socket.AF_INET], lifetime=60)
        assert responder.stop(os.getpid(), brief) is False
        assert responder.stop(pid, brief) is True
        assert not responder.alive(pid, brief)


def test_a_responder_lets_go_of_what_it_inherited(pods):
    with namespaces("brief") as (brief,):
        reader, writer = os.pipe()
        os.set_inheritable(writer, True)
        pid = responder.start(brief, [socket.AF_INET], lifetime=60)
        os.close(writer)
        assert os.read(reader, 1) == b""
        os.close(reader)
        responder.stop(pid, brief)


def test_a_responder_tells_why_it_cannot_listen(pods):
    with pytest.raises(OSError, match=r"cannot start the responder .* in use"):
        responder.start(pods[1], [socket.AF_INET], lifetime=60)


def test_the_calling_thread_is_at_home_again_after_a_namespace(pods):
    home = os.stat("/proc/thread-self/ns/net").st_ino
    with pytest.raises(ZeroDivisionError), netns.entered(pods[0]):
        assert os.stat("/proc/thread-self/ns/net").st_ino != home
        raise ZeroDivisionError
    assert os.stat("/proc/thread-self/ns/net").st_ino == home
