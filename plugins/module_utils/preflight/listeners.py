# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which programs listen on BGP's port (RFC 4271), other than the host's own FRR."""

from __future__ import annotations

import contextlib
import os
import re
from typing import List, Set

_TABLES = ("net/tcp", "net/tcp6")
_PORT, _LISTEN = 179, "0A"
_SOCKET = re.compile(r"socket:\[(\d+)\]")
_FRR = "/frr.service"


def speakers(proc: str = "/proc") -> List[str]:
    """Each as ``bird (process 812)``. Looks at processes only where somebody listens at all."""
    sockets = _listening(proc)
    holders = [number for number in _processes(proc) if sockets & _sockets(proc, number)] if sockets else []
    return ["%s (process %s)" % (_name(proc, number), number) for number in holders if not _is_frr(proc, number)]


def _listening(proc: str) -> Set[str]:
    """The inodes of sockets that listen on the port."""
    inodes = set()
    for line in (line for table in _TABLES for line in _read(proc, table).splitlines()[1:]):
        words = line.split()
        if words[3] == _LISTEN and int(words[1].rpartition(":")[2], 16) == _PORT:
            inodes.add(words[9])
    return inodes


def _processes(proc: str) -> List[str]:
    return sorted((name for name in os.listdir(proc) if name.isdigit()), key=int)


def _sockets(proc: str, number: str) -> Set[str]:
    """The inodes of a process's sockets; none of one that has ended meanwhile."""
    folder = os.path.join(proc, number, "fd")
    found = set()
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                match = _SOCKET.fullmatch(os.readlink(os.path.join(folder, name)))
                found |= {match.group(1)} if match else set()
    return found


def _name(proc: str, number: str) -> str:
    return _read(proc, number, "comm").strip() or "a program"


def _is_frr(proc: str, number: str) -> bool:
    """Whether the host's service ``frr`` started it, and not a container that has an FRR of its own."""
    groups = _read(proc, number, "cgroup").splitlines()
    return any(line.endswith(_FRR) or _FRR + "/" in line for line in groups)


def _read(*path: str) -> str:
    """'' for what is not there, or no longer."""
    try:
        with open(os.path.join(*path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
