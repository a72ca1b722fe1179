"""Try connections with real packets, all at once: which of them are made?

One process has sockets in the namespaces of all ends. TCP is tried by connecting to a socket that listens, UDP by a
question and its answer, ICMP by an echo. SCTP is a raw INIT that has to arrive, for not every kernel has sockets of it.
Each round has a source port of its own, so that no connection is that of a round before.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import netns

from . import messages
from .evaluator import ICMP, Connection

#: Seconds without any packet after which those that nobody expects will not come: all of this is one machine.
_QUIET = 0.1
#: Seconds after which those that are expected are given up; short of the first retransmission of a SYN.
_PATIENCE = 0.8
_DOMAINS = {4: socket.AF_INET, 6: socket.AF_INET6}
_RAW = {(ICMP, 4): socket.IPPROTO_ICMP, (ICMP, 6): socket.IPPROTO_ICMPV6}
_SCTP = 132
_AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: a connection that is closed is reset
_IN_PROGRESS = (0, errno.EINPROGRESS)

#: A connection that is to be tried, with the namespaces of its ends.
Try = tuple[str, str, Connection]


class Prober:
    """Tries connections. ``close`` it."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._servers: dict[tuple[str, str, int], socket.socket] = {}  # by protocol, address and port
        self._source_ports = itertools.cycle(range(20000, 60000))
        self._source_port = 0
        self._made: set[Connection] = set()

    def close(self) -> None:
        """Close all sockets."""
        for server in self._servers.values():
            server.close()
        self._selector.close()

    def made(self, tries: Iterable[Try], expected: set[Connection]) -> set[Connection]:
        """Those that are made. ``expected`` says how long to wait, and nothing else."""
        self._made = set()
        self._source_port = next(self._source_ports)
        tries = set(tries)  # two ends may be one address
        self._serve(tries)
        with contextlib.ExitStack() as stack:
            for namespace, own in itertools.groupby(sorted(tries), key=lambda each: each[0]):
                with netns.entered(namespace):
                    self._send([connection for _own, _other, connection in own], stack)
                self._handle(0)
            self._listen(expected)
        return self._made

    def _listen(self, expected: set[Connection]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            missing = not expected <= self._made
            if not self._handle(_QUIET) and not (missing and time.monotonic() < deadline):
                return

    def _handle(self, timeout: float) -> bool:
        events = self._selector.select(timeout)
        for key, _mask in events:
            key.data(key.fileobj)
        return bool(events)

    def _serve(self, tries: Iterable[Try]) -> None:
        """Servers where there are none yet; a raw socket, which is client and server, at both ends."""
        for source, destination, connection in tries:
            protocol = connection.protocol
            if protocol in ("TCP", "UDP"):
                self._server(destination, protocol, connection.destination, connection.port)
            else:
                self._server(source, protocol, connection.source, 0)
                self._server(destination, protocol, connection.destination, 0)

    def _server(self, namespace: str, protocol: str, address: str, port: int) -> None:
        if (protocol, address, port) in self._servers:
            return
        kinds = {"TCP": (socket.SOCK_STREAM, 0), "UDP": (socket.SOCK_DGRAM, 0)}
        raw = (socket.SOCK_RAW, _RAW.get((protocol, _family(address)), _SCTP))
        with netns.entered(namespace):
            server = _socket(address, *kinds.get(protocol, raw), port)
        if protocol == "TCP":
            server.listen(1024)
        handlers = {"TCP": _accept, "UDP": _answer, "SCTP": self._take_init, ICMP: self._take_echo_reply}
        self._selector.register(server, selectors.EVENT_READ, handlers[protocol])
        self._servers[protocol, address, port] = server

    def _send(self, connections: list[Connection], stack: contextlib.ExitStack) -> None:
        """The first packets of connections from one namespace, in which this is."""
        clients: dict[str, socket.socket] = {}
        for each in connections:
            if each.protocol == "TCP":
                self._connect(each, stack)
                continue
            if each.protocol == "UDP":
                if each.source not in clients:
                    clients[each.source] = _socket(each.source, socket.SOCK_DGRAM, 0, self._source_port)
                    self._watch(clients[each.source], selectors.EVENT_READ, self._take_answer, stack)
                _send_to(clients[each.source], b"?", (each.destination, each.port))
                continue
            raw = self._servers[each.protocol, each.source, 0]
            message = (
                messages.echo(_family(each.source), self._source_port)
                if each.protocol == ICMP
                else messages.sctp_init(self._source_port, each.port)
            )
            _send_to(raw, message, (each.destination, 0))

    def _connect(self, connection: Connection, stack: contextlib.ExitStack) -> None:
        client = _socket(connection.source, socket.SOCK_STREAM, 0, self._source_port)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._watch(client, selectors.EVENT_WRITE, partial(self._take_connected, connection), stack)
        if client.connect_ex((connection.destination, connection.port)) not in _IN_PROGRESS:
            self._unwatch(client)

    def _watch(
        self, client: socket.socket, event: int, handler: Callable[[socket.socket], None], stack: contextlib.ExitStack
    ) -> None:
        stack.enter_context(client)
        self._selector.register(client, event, handler)
        stack.callback(self._unwatch, client)

    def _unwatch(self, client: socket.socket) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(client)

    def _take_connected(self, connection: Connection, client: socket.socket) -> None:
        self._unwatch(client)
        if client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            self._made.add(connection)

    def _take_answer(self, client: socket.socket) -> None:
        own = client.getsockname()[0]
        for _data, sender in _received(client):
            self._made.add(Connection(own, sender[0], "UDP", sender[1]))

    def _take_init(self, server: socket.socket) -> None:
        own = server.getsockname()[0]
        for data, sender in _received(server):
            source_port, port = struct.unpack_from("!HH", messages.payload(_family(own), data))
            if source_port == self._source_port:
                self._made.add(Connection(sender[0], own, "SCTP", port))

    def _take_echo_reply(self, client: socket.socket) -> None:
        own = client.getsockname()[0]
        for data, sender in _received(client):
            if messages.echo_reply(_family(own), data) == self._source_port:
                self._made.add(Connection(own, sender[0], ICMP))


def _family(address: str) -> int:
    return 6 if ":" in address else 4


def _socket(address: str, kind: int, protocol: int, port: int) -> socket.socket:
    made = socket.socket(_DOMAINS[_family(address)], kind, protocol)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    return made


def _received(one: socket.socket) -> Iterator[tuple[bytes, tuple[str, int]]]:
    with contextlib.suppress(BlockingIOError):
        while True:
            yield one.recvfrom(2048)


def _accept(server: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()


def _answer(server: socket.socket) -> None:
    for _question, sender in _received(server):
        _send_to(server, b"!", sender)


def _send_to(one: socket.socket, data: bytes, whom: tuple[str, int]) -> None:
    """An ICMP error for an earlier packet is told by whatever is sent next."""
    try:
        one.sendto(data, whom)
    except OSError:
        one.sendto(data, whom)
