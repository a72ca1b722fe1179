# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named network namespaces, the ones that ``ip netns`` shows (ip-netns(8))."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct
import subprocess
from typing import Iterator

#: Where ``ip netns`` binds the namespaces.
RUN_DIR = "/var/run/netns"

_CLONE_NEWNET = 0x40000000  # linux/sched.h
_SIOCGIFMTU = 0x8921  # linux/sockios.h


def path(name: str) -> str:
    """The file of the namespace ``name``; a path (of a running pod: ``/proc/PID/ns/net``) is its own."""
    return name if name.startswith("/") else os.path.join(RUN_DIR, name)


def exists(name: str) -> bool:
    return os.path.exists(path(name))


def create(name: str) -> None:
    """Create a namespace with its loopback up, as runtimes do. Raises OSError naming the command."""
    _ip("netns", "add", name)
    _ip("-n", name, "link", "set", "lo", "up")


def delete(name: str) -> None:
    _ip("netns", "delete", name)


@contextlib.contextmanager
def entered(name: str) -> Iterator[None]:
    """The calling thread's network is the namespace's until the block ends (setns(2)). Raises OSError naming it."""
    if not exists(name):
        raise FileNotFoundError(errno.ENOENT, f"there is no network namespace {name}")
    with open("/proc/thread-self/ns/net", "rb") as home:
        with open(path(name), "rb") as namespace:
            _setns(namespace.fileno())
        try:
            yield
        finally:
            _setns(home.fileno())


def holds(name: str, pid: int) -> bool:
    """Whether ``pid`` is a process in the namespace."""
    try:
        return os.path.samefile(f"/proc/{pid}/ns/net", path(name))
    except OSError:  # one of the two is gone
        return False


def interface_mtu(interface: str) -> int:
    """The MTU of an interface in the calling thread's namespace, in bytes (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sI12x", interface.encode(), 0)
        return int(struct.unpack("16sI12x", fcntl.ioctl(handle, _SIOCGIFMTU, request))[1])


def _setns(descriptor: int) -> None:
    """setns(2) through libc: the standard library has it only from Python 3.12 on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "cannot enter the network namespace: " + os.strerror(number))


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError("'ip {}' failed: {}".format(" ".join(arguments), done.stderr.decode(errors="replace").strip()))
