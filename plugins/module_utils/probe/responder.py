# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other end of a probe: a process in a pod's namespace that sends back what it gets over TCP and UDP.

It ends by itself after its lifetime whatever happens to whoever started it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import socketserver
import threading
import time
from typing import Callable, List, Type

from ..cni import netns

#: TCP and UDP port in the pod: its namespace has no other listener.
PORT = 10244

#: Name of the process, as ps(1) and top(1) show it: at most 15 bytes (prctl(2), PR_SET_NAME).
_COMM = b"podnet-probe"
_PR_SET_NAME = 15
#: Bytes that one connection may send before it is answered.
_LIMIT = 1024 * 1024
#: Seconds without progress after which a connection is given up.
_IDLE = 10
#: Seconds that a process gets to end after SIGTERM.
_PATIENCE = 2.0


def start(namespace: str, families: List[int], lifetime: int, port: int = PORT) -> int:
    """Start a responder in ``namespace`` and return its pid once it listens.

    ``families`` are socket.AF_INET and AF_INET6, as the pod has addresses. It ends after ``lifetime`` seconds. Raises
    OSError with what kept it from listening.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _detached(lambda: _serve(namespace, families, lifetime, port, writer), writer)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, encoding="utf-8") as report:
        told = report.read()
    if not told.startswith("pid "):
        raise OSError(f"cannot start the responder in network namespace {namespace}: {told or 'it ended at once'}")
    return int(told[4:])


def alive(pid: int, namespace: str) -> bool:
    """Whether ``pid`` is a process in ``namespace``; a pid that was given to another program is not."""
    return netns.holds(namespace, pid)


def stop(pid: int, namespace: str) -> bool:
    """End the responder; whether there was one."""
    if not alive(pid, namespace):
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if not alive(pid, namespace):
                return True
            time.sleep(0.02)
    raise OSError(f"the responder with pid {pid} in network namespace {namespace} does not end")


class _Stream(socketserver.BaseRequestHandler):
    """Sends a TCP connection's bytes back once its peer has sent them all."""

    def handle(self) -> None:
        self.request.settimeout(_IDLE)
        received = bytearray()
        with contextlib.suppress(OSError):
            while len(received) < _LIMIT:
                chunk = self.request.recv(65536)
                if not chunk:
                    break
                received += chunk
            self.request.sendall(bytes(received))


class _Datagram(socketserver.BaseRequestHandler):
    """Sends a datagram back."""

    def handle(self) -> None:
        data, endpoint = self.request
        with contextlib.suppress(OSError):
            endpoint.sendto(data, self.client_address)


class _OneFamily(socketserver.TCPServer):
    """Listens on all addresses of one family and leaves the other family to its own server."""

    def __init__(self, family: int, port: int, handler: Type[socketserver.BaseRequestHandler]) -> None:
        self.address_family = family
        super().__init__(("", port), handler)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()


class _Tcp(socketserver.ThreadingMixIn, _OneFamily):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256


class _Udp(socketserver.UDPServer, _OneFamily):
    max_packet_size = 65535


def _serve(namespace: str, families: List[int], lifetime: int, port: int, writer: int) -> None:
    """Listen, say so, and answer until the alarm (its default action ends the process)."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.alarm(lifetime)
    with netns.entered(namespace):
        for server in [_Tcp(f, port, _Stream) for f in families] + [_Udp(f, port, _Datagram) for f in families]:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        ctypes.CDLL(None).prctl(_PR_SET_NAME, _COMM, 0, 0, 0)
        os.write(writer, b"pid %d" % os.getpid())
        os.close(writer)
        threading.Event().wait()


def _detached(work: Callable[[], None], writer: int) -> None:
    """Run ``work`` in a process of its own session that nobody waits for; this process and that one end here."""
    status = 1
    try:
        os.setsid()
        if os.fork() == 0:
            _let_go(writer)
            work()
        status = 0
    except Exception as error:  # the only way to tell: there is no caller above a forked process
        os.write(writer, str(error).encode())
    finally:
        os._exit(status)


def _let_go(keep: int) -> None:
    """Leave the working directory and the files of whoever started this: an SSH session ends when they are closed."""
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for inherited in [int(entry) for entry in os.listdir("/proc/self/fd")]:
        if inherited > 2 and inherited != keep:
            with contextlib.suppress(OSError):  # the listing's own descriptor is closed already
                os.close(inherited)
