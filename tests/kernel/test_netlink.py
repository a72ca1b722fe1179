"""The socket: errors by message, interrupted dumps, receive buffers that overflow."""

from __future__ import annotations

import errno
import socket

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import netlink, routes
from tests.kernel.overlay import overlay

pytestmark = pytest.mark.usefixtures("namespace")
_DUMP_INTERRUPTED = 0x10


class Wire:
    """A socket between the engine and the real one, that can spoil what comes back."""

    def __init__(self, real, spoil):
        self._real, self._spoil = real, spoil

    def recv(self, size, flags=0):
        return self._spoil(self._real.recv(size, flags))

    def __getattr__(self, name):
        return getattr(self._real, name)


@pytest.fixture
def spoilt(monkeypatch):
    """Have all sockets from now on spoilt by a function from datagram to datagram."""

    def spoil_with(function):
        opened = netlink.Netlink.__init__

        def init(self):
            opened(self)
            self._socket = Wire(self._socket, function)

        monkeypatch.setattr(netlink.Netlink, "__init__", init)

    return spoil_with


def interrupted(datagram):
    """The datagram with its first message flagged as part of an inconsistent dump."""
    length, kind, flags, sequence, port = netlink.HEADER.unpack_from(datagram)
    return (
        netlink.HEADER.pack(length, kind, flags | _DUMP_INTERRUPTED, sequence, port) + datagram[netlink.HEADER.size :]
    )


def test_an_interrupted_dump_is_made_again(paths, spoilt):
    engine.apply("vxlan", overlay(300), paths=paths)
    seen = []

    def spoil(datagram):
        seen.append(datagram)
        return interrupted(datagram) if len(seen) in (1, 4) else datagram

    spoilt(spoil)
    wanted = ledger.load(paths.ledgers, "vxlan").document["routes"]
    found = routes.read(wanted)

    assert found.keys() == wanted.keys()
    assert len(seen) > 4


def test_a_table_that_never_comes_to_rest_is_an_error(paths, spoilt):
    engine.apply("vxlan", overlay(1), paths=paths)
    spoilt(interrupted)

    with pytest.raises(OSError, match="the table kept changing while it was read") as caught:
        routes.read({("10.244.1.0/24", 254, 0, 0): {}})
    assert caught.value.errno == errno.EINTR


def test_a_dump_that_overflows_is_made_again(paths, spoilt):
    engine.apply("vxlan", overlay(300), paths=paths)
    overflows = [1, 1]

    def spoil(datagram):
        if overflows:
            overflows.pop()
            raise OSError(errno.ENOBUFS, "No buffer space available")
        return datagram

    spoilt(spoil)
    wanted = ledger.load(paths.ledgers, "vxlan").document["routes"]
    assert routes.read(wanted).keys() == wanted.keys()


def test_refusals_are_attributed_by_message_over_many_chunks(paths):
    engine.apply("vxlan", overlay(0), paths=paths)
    wanted = overlay(2000)
    bad = [3, 199, 200, 201, 999, 1999]
    for number in bad:
        wanted["routes"][number]["src"] = "192.0.2.1"

    with pytest.raises(ApplyError) as caught:
        engine.apply("vxlan", wanted, paths=paths)

    assert [failure.change.key[0] for failure in caught.value.failures] == [
        wanted["routes"][each]["dst"] for each in bad
    ]


def wide(number, hops=64):
    """A route over so many next hops."""
    gateways = [{"gateway": f"192.0.2.{each}", "dev": "br0"} for each in range(2, 2 + hops)]
    return {"dst": f"10.{number // 256}.{number % 256}.0/24", "nexthops": gateways}


def test_routes_over_many_next_hops_are_not_sent_all_at_once(run, paths, monkeypatch):
    run("ip link add br0 type bridge; ip link set br0 up; ip address add 192.0.2.1/24 dev br0")
    send, sizes = netlink.Netlink._send, []

    def measured(self, headers, bodies):
        sizes.append(sum(map(len, bodies)))
        return send(self, headers, bodies)

    monkeypatch.setattr(netlink.Netlink, "_send", measured)
    wanted = {"version": 1, "routes": [wide(number) for number in range(400)]}
    wanted["routes"][250]["nexthops"][63]["gateway"] = "198.51.100.1"

    with pytest.raises(ApplyError) as caught:
        engine.apply("wide", wanted, paths=paths)

    assert [failure.change.key[0] for failure in caught.value.failures] == ["10.0.250.0/24"]
    assert 32 << 10 < max(sizes) <= 64 << 10
    del wanted["routes"][250]
    assert len(engine.apply("wide", wanted, paths=paths).changes) == 399
    assert not engine.apply("wide", wanted, paths=paths).changed


@pytest.mark.parametrize("length", [12, 327, 400, 70_000])
def test_a_batch_is_cut_by_number_and_by_size_and_each_message_sent_once(length):
    bodies = [bytes(length)] * 999

    cuts = list(netlink._chunks(bodies))

    assert [number for cut in cuts for number in range(999)[cut]] == list(range(999))
    assert max(cut.stop - cut.start for cut in cuts) == {12: 200, 327: 200, 400: 100}.get(length, 1)
    assert list(netlink._chunks([])) == []


def test_a_receive_buffer_that_overflows_loses_refusals_but_not_the_truth(paths, monkeypatch):
    engine.apply("vxlan", overlay(0), paths=paths)
    opened = netlink.Netlink.__init__

    def tiny(self):
        opened(self)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)

    wanted = overlay(400)
    for route in wanted["routes"][:399]:
        route["src"] = "192.0.2.1"
    with monkeypatch.context() as patched:
        patched.setattr(netlink, "CHUNK", 400)
        patched.setattr(netlink.Netlink, "__init__", tiny)
        refused = netlink.Netlink.batch
        counts = []
        patched.setattr(
            netlink.Netlink, "batch", lambda self, *columns: counts.append(refused(self, *columns)) or counts[-1]
        )
        with pytest.raises(ApplyError):
            engine.apply("vxlan", wanted, paths=paths)
        assert 0 < max(len(each) for each in counts) < 399, "the buffer was meant to overflow"

    assert not engine.apply("vxlan", overlay(0), paths=paths).changed


def test_what_is_gone_already_is_deleted_without_error(run, paths):
    engine.apply("vxlan", overlay(2), paths=paths)
    held = ledger.load(paths.ledgers, "vxlan").document
    change = [routes.Change("routes", key, attributes, None) for key, attributes in held["routes"].items()]
    run("ip route delete 10.244.1.0/24")
    assert routes.apply(change) == []
    run("ip link delete vx0")
    assert routes.apply(change) == []
