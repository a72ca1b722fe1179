# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch for some seconds what becomes of sessions that are down."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Dict, List, Sequence

from ..kernel.command import CommandError, run, which
from .causes import Seen
from .sessions import Session

_NETSTAT = "/proc/thread-self/net/netstat"
_COUNTERS = ("TCPMD5NotFound", "TCPMD5Unexpected", "TCPMD5Failure", "TCPMinTTLDrop")
_PORT = 179
_AT_ONCE = 16
#: Seconds that a neighbor has to answer.
_PATIENCE = 2.0
#: Seconds between two looks at whether all has come right meanwhile.
_PAUSE = 0.5


def watch(sessions: Sequence[Session], seconds: float, over: Callable[[], bool] = lambda: False) -> List[Seen]:
    """One for each session, none of which is established.

    Takes ``seconds``, or as long as it takes to try them, and no longer than it takes until ``over`` says so.
    """
    before, end = counters(), time.monotonic() + seconds
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        unreachable = list(pool.map(_unreachable, sessions))
        refused = list(pool.map(_refused, sessions))
    while time.monotonic() < end and not over():
        time.sleep(min(_PAUSE, max(0.0, end - time.monotonic())))
    after = counters()
    rises = {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}
    return [Seen(*each, rises) for each in zip(unreachable, refused)]


def counters() -> Dict[str, int]:
    """Those that tell of wrong passwords and of TTL security, by the kernel's name (``nstat -az``)."""
    found: Dict[str, int] = {}
    with open(_NETSTAT, encoding="ascii") as file:
        table = file.read().splitlines()
    for names, values in zip(table[::2], table[1::2]):
        found.update({name: int(value) for name, value in zip(names.split()[1:], values.split()[1:])})
    return {name: found[name] for name in _COUNTERS if name in found}


def _unreachable(session: Session) -> str:
    """'' where it answers, or where that cannot be told because there is no ping."""
    if not session.address:
        return "no router is heard on %s" % session.interface
    program = which("ping")
    if program is None:
        return ""
    link = ["-I", session.interface] if session.interface else []
    try:
        run([program, "-n", "-q", "-c", "1", "-W", str(int(_PATIENCE)), *link, session.address])
    except CommandError as error:
        return _words(error.said)
    return ""


def _words(said: str) -> str:
    last = said.splitlines()[-1].rpartition(": ")[2]
    return last if "unreachable" in last.lower() else "it does not answer to ping"


def _refused(session: Session) -> bool:
    """A neighbor with a password drops what is not signed: nothing would be seen, and its own watch disturbed."""
    if session.authenticated or not session.address:
        return False
    scope = socket.if_nametoindex(session.interface) if session.interface else 0
    family = socket.AF_INET6 if ":" in session.address else socket.AF_INET
    target = (session.address, _PORT, 0, scope) if family == socket.AF_INET6 else (session.address, _PORT)
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.settimeout(_PATIENCE)
        try:
            attempt.connect(target)
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False
