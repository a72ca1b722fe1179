"""Routes whose metric changes: the kernel's own account of it shows that at no time there was none."""

from __future__ import annotations

import socket
import struct

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.netlink import HEADER, attributes
from tests.kernel.twin import twin

pytestmark = pytest.mark.usefixtures("namespace")

LINKS = """
for each in up0 up1; do ip link add $each type veth peer name far-$each; ip link set dev $each addrgenmode none
ip link set far-$each up; ip link set $each up; done; ip address add 10.244.0.1/24 dev up0
"""
PEERS = 300  # more than one datagram takes
NEW_ROUTE, DELETE_ROUTE, DESTINATION = 24, 25, 1
GROUPS = 0x40 | 0x400  # RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_ROUTE


def document(metric, dev="up0", extra=()):
    entries = []
    for number in range(1, PEERS + 1):
        high, low = divmod(number, 256)
        ipv4 = {"dst": f"10.{high}.{low}.0/24", "gateway": f"10.{high}.{low}.1", "onlink": True}
        # A link-local gateway, for the kernel refuses one that it has a route to over another link ("device mismatch").
        ipv6 = {"dst": f"fd00:{number:x}::/64", "gateway": f"fe80::{number:x}"}
        entries += [{**each, "dev": dev, "metric": metric} for each in (ipv4, ipv6)]
    return {"version": 1, "routes": [*entries, *extra]}


class Account:
    """How many routes there were to each destination, at least, from the time on when it is opened."""

    def __init__(self, there):
        self._count = dict.fromkeys(self._destinations(), there)
        self.least = dict(self._count)
        self.heard = 0
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        self._socket.bind((0, GROUPS))
        self._socket.setblocking(False)

    @staticmethod
    def _destinations():
        for entry in document(1)["routes"]:
            address = entry["dst"].partition("/")[0]
            yield socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)

    def close(self):
        """Take in all that was told."""
        with self._socket:
            while True:
                try:
                    self._hear(self._socket.recv(1 << 16))
                except BlockingIOError:
                    return

    def _hear(self, datagram):
        length, kind, flags, _sequence, _port = HEADER.unpack_from(datagram)
        destination = attributes(datagram, HEADER.size + struct.calcsize("=BBBBBBBBI"), length).get(DESTINATION)
        if destination in self._count and kind in (NEW_ROUTE, DELETE_ROUTE):
            replaced = kind == NEW_ROUTE and flags & 0x100
            self._count[destination] += 0 if replaced else 1 if kind == NEW_ROUTE else -1
            self.least[destination] = min(self.least[destination], self._count[destination])
            self.heard += 1


def test_a_route_is_there_while_its_metric_changes(run, paths):
    run(LINKS)
    engine.apply("ways", document(14), paths=paths)
    for metric, dev in ((4, "up0"), (34, "up1"), (14, "up0")):
        account = Account(there=1)
        assert len(engine.apply("ways", document(metric, dev), paths=paths).changes) == 4 * PEERS
        account.close()
        assert set(account.least.values()) == {1}
        assert account.heard == 4 * PEERS
        assert not engine.apply("ways", document(metric, dev), paths=paths).changed


def test_a_route_is_there_while_a_change_of_its_metric_fails_and_is_taken_back(run, paths):
    run(LINKS)
    engine.apply("ways", document(14), paths=paths)
    account = Account(there=1)

    with pytest.raises(ApplyError):
        engine.apply("ways", document(4, extra=[{"dst": "10.99.0.0/16", "gateway": "192.0.2.1"}]), paths=paths)

    account.close()
    assert set(account.least.values()) == {1}
    assert not engine.apply("ways", document(14), paths=paths).changed


def test_the_commands_are_in_the_same_order(run, paths):
    run(LINKS)
    wanted = [{"dst": "10.1.0.0/16", "gateway": "10.244.0.2", "metric": metric} for metric in (14, 4)]
    with twin() as run_there:
        run_there(LINKS)
        for route in wanted:
            outcome = engine.apply("ways", {"version": 1, "routes": [route]}, paths=paths)
            run_there("\n".join(outcome.commands()))
            assert run_there("ip route show 10.1.0.0/16") == run("ip route show 10.1.0.0/16")
    assert outcome.commands() == [
        "ip route add 10.1.0.0/16 via 10.244.0.2 metric 4 proto 244",
        "ip route delete 10.1.0.0/16 via 10.244.0.2 dev up0 scope global metric 14 proto 244",
    ]
