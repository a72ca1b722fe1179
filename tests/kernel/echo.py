"""Traffic that shows whether a packet filter has a gap while it is changed."""

from __future__ import annotations

import socket
import threading


class UdpEcho:
    """Sends datagrams to itself as long as the block takes, and counts those that do not arrive."""

    def __init__(self):
        self.sent = self.lost = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._end.set()
        self._thread.join()

    def _work(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            udp.settimeout(1)
            while not self._end.is_set():
                self.sent += 1
                try:
                    udp.sendto(b"podnet", udp.getsockname())
                    udp.recv(16)
                except OSError:  # not arrived in time, or refused at once by the filter
                    self.lost += 1
