"""One end of a TCP stream between two pods: a program that a host runs in a pod's network namespace.

``echo_stream.py echo PORT SECONDS`` sends back whatever comes. ``echo_stream.py send ADDRESS PORT SECONDS`` sends a
steady stream of random bytes, compares what comes back, and prints one line of JSON at the end: bytes `sent` and
`returned`, whether they are `equal`, the `longest_pause` in seconds in which bytes were under way and none came back,
and the `error` that ended it. Both end by themselves after SECONDS, the sender also at SIGTERM.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import socket
import sys
import time

#: Bytes, and the seconds from one such piece to the next.
PIECE, INTERVAL = 4096, 0.02
#: Seconds that the last bytes have to come back.
PATIENCE = 10


def echo(port: int, seconds: float) -> None:
    """Serve one connection after the other until the time is over."""
    end = time.monotonic() + seconds
    with socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        while (left := end - time.monotonic()) > 0:
            listener.settimeout(left)
            connection, _address = listener.accept()
            with connection:
                while data := connection.recv(65536):
                    connection.sendall(data)


class Sender:
    """The stream's state on the side that counts."""

    def __init__(self, address: str, port: int) -> None:
        self.connection = socket.create_connection((address, port), timeout=PATIENCE)
        self.sent, self.returned = hashlib.sha256(), hashlib.sha256()
        self.bytes_sent = self.bytes_returned = 0
        self.longest_pause = 0.0
        self.heard = time.monotonic()

    def send(self) -> None:
        """One piece more."""
        if self.bytes_sent == self.bytes_returned:
            self.heard = time.monotonic()  # until now there was nothing to wait for
        piece = os.urandom(PIECE)
        self.connection.sendall(piece)
        self.sent.update(piece)
        self.bytes_sent += len(piece)

    def hear(self, until: float) -> bool:
        """Take what comes back until then; False once the other side has closed."""
        while select.select([self.connection], [], [], max(0.0, until - time.monotonic()))[0]:
            data = self.connection.recv(65536)
            if not data:
                return False
            self.longest_pause = max(self.longest_pause, time.monotonic() - self.heard)
            self.heard = time.monotonic()
            self.returned.update(data)
            self.bytes_returned += len(data)
        return True

    def close(self) -> None:
        """Send no more, and wait for the rest."""
        self.connection.shutdown(socket.SHUT_WR)
        self.hear(time.monotonic() + PATIENCE)

    def report(self, error: str) -> str:
        """What became of it."""
        equal = self.sent.digest() == self.returned.digest()
        counts = {"sent": self.bytes_sent, "returned": self.bytes_returned, "equal": equal}
        return json.dumps({**counts, "longest_pause": round(self.longest_pause, 3), "error": error})


def send(address: str, port: int, seconds: float) -> None:
    """Stream until the time is over or somebody says so, and report."""
    asked_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked_to_stop.append(number))
    sender = Sender(address, port)
    end, error = time.monotonic() + seconds, ""
    try:
        while not asked_to_stop and time.monotonic() < end:
            sender.send()
            if not sender.hear(time.monotonic() + INTERVAL):
                raise ConnectionError("the other side closed the connection")
        sender.close()
    except OSError as failure:
        error = str(failure)
    print(sender.report(error), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "echo":
        echo(int(sys.argv[2]), float(sys.argv[3]))
    else:
        send(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
