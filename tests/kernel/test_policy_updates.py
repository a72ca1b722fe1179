"""Policy that changes a hundred times under traffic: a packet meets the old one or the new one, and nothing else."""

from __future__ import annotations

import socket
import threading

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import iptables_backend
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import HASH_IP, AddressSet, Allow
from tests.kernel.policed import address, table

UPDATES = 100
ALWAYS, NEVER = 1000, 2000
DATAGRAMS = socket.SOCK_DGRAM


@pytest.fixture(params=[("nft", 4), ("legacy", 6)], ids=["nft-ipv4", "legacy-ipv6"])
def family(request, monkeypatch):
    """Both backends, and both families of addresses."""
    backend, chosen = request.param
    monkeypatch.setattr(iptables_backend, "choice", lambda: iptables_backend.Choice(backend, ""))
    return chosen


def state(number, family):
    """One of ever other policies: sets, classes, their numbers and who shares them all change.

    Pod 3 may always send to port ALWAYS of pod 2 and never to port NEVER, whatever else is.
    """
    some = [3, *(10 + (number * 7 + each) % 90 for each in range(number % 20))]
    friends = AddressSet(f"podnet-{number % 20:08x}{family:08x}", HASH_IP, tuple(address(pod, family) for pod in some))
    ports = tuple((port, port) for port in sorted({ALWAYS, 3000 + number}))
    allows = tuple(Allow(each, ports, friends.name, (f"default/number-{number}",)) for each in ("UDP", "TCP"))
    others = [((100 + each,), (Allow("UDP", ((each + 1,) * 2,), None, ()),)) for each in range(number % 11)]
    everybody = (2, *(100 + each for each in range(number % 11)))
    if number % 3:
        sender, free = [((3,), (Allow("UDP", ((1, 9000),), None, ()), Allow("TCP", ((1, 9000),), None, ())))], ()
    else:
        sender, free = [], (3,)
    unrestricted = [((3,), None)] if number % 3 else []
    ingress = [*others[: number % 4], ((2,), allows), *others[number % 4 :], *unrestricted]
    return table(family, free, ingress, [(everybody, None), *sender], [friends])


class Sender:
    """Sends datagrams that each begin a new connection, until the block ends."""

    def __init__(self, source, destination, port, family):
        self.sent = 0
        self._source, self._to, self._family = source, (destination.addresses[family], port), family
        self._server = destination.bound(family, DATAGRAMS, port)
        self._server.settimeout(1)
        self.arrived = 0
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._send), threading.Thread(target=self._count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._end.set()
        for thread in self._threads:
            thread.join()
        self._server.close()

    def _send(self):
        while not self._end.is_set():
            with self._source.opened(self._family, DATAGRAMS) as client:
                client.sendto(b"?", self._to)
            self.sent += 1
            self._end.wait(0.002)

    def _count(self):
        while True:
            try:
                self._server.recv(16)
            except TimeoutError:
                if self._end.is_set():
                    return
            else:
                self.arrived += 1


def test_what_all_policies_allow_is_never_lost_and_what_all_forbid_never_passes(node, family):
    server, client = node.pod(2), node.pod(3)
    node.apply([state(0, family)])
    assert client.reaches(server, ALWAYS, family, DATAGRAMS)
    with server.bound(family, socket.SOCK_STREAM, ALWAYS) as listener:
        near = client.connected(address(2, family), ALWAYS)
        far, _peer = listener.accept()
    with near, far, Sender(client, server, ALWAYS, family) as always, Sender(client, server, NEVER, family) as never:
        for number in range(1, UPDATES + 1):
            assert node.apply([state(number, family)]).ended == []
            near.send(b"?")
            assert far.recv(16) == b"?"
    assert always.sent > UPDATES
    assert (always.arrived, never.arrived) == (always.sent, 0)
