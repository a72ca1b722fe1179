# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces: those that ``ip netns`` shows (ip-netns(8)), and those of processes."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import glob
import itertools
import os
import socket
import struct
import subprocess
from typing import AbstractSet, Dict, Iterator, Sequence

#: Where ``ip netns`` binds the namespaces.
RUN_DIR = "/var/run/netns"

#: Where runtimes keep the namespaces of pods, and where those are that a runtime gives no name.
PLACES = (RUN_DIR + "/*", "/var/run/docker/netns/*", "/proc/[0-9]*/ns/net")

_CLONE_NEWNET = 0x40000000  # linux/sched.h
_SIOCGIFMTU, _SIOCSIFMTU = 0x8921, 0x8922  # linux/sockios.h
_MTU_REQUEST = struct.Struct("16si20x")  # struct ifreq, netdevice(7)

# linux/rtnetlink.h, linux/net_namespace.h: a request with a descriptor, an answer with a number.
_RTM_NEWNSID, _RTM_GETNSID, _NLM_F_REQUEST, _NETNSA_FD = 88, 90, 1, 3
_NSID_MESSAGE = struct.Struct("=IHHII BxxxHHi")  # struct nlmsghdr, struct rtgenmsg, one struct nlattr and its number


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
    return int(_MTU_REQUEST.unpack(_request(_SIOCGIFMTU, _MTU_REQUEST.pack(interface.encode(), 0)))[1])


def set_interface_mtu(interface: str, mtu: int) -> None:
    """The other way round. Raises OSError."""
    _request(_SIOCSIFMTU, _MTU_REQUEST.pack(interface.encode(), mtu))


def _request(number: int, request: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        return fcntl.ioctl(handle, number, request)


def numbered(wanted: AbstractSet[int], places: Sequence[str] = PLACES) -> Dict[int, str]:
    """The files of namespaces by the number by which links of the calling thread's namespace name them.

    That number is a veth's ``link-netnsid`` (ip-link(8)). A namespace of which no file is found is left out.
    """
    found: Dict[int, str] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        for file in itertools.chain.from_iterable(glob.iglob(place) for place in places):
            if found.keys() == wanted:
                break
            with contextlib.suppress(OSError), open(file, "rb") as namespace:  # OSError: gone, or no namespace
                number = _number(netlink, namespace.fileno())
                if number in wanted:
                    found.setdefault(number, file)
    return found


def _number(netlink: socket.socket, namespace: int) -> int:
    """-1 for one that no link names. Raises OSError."""
    size = _NSID_MESSAGE.size
    netlink.send(_NSID_MESSAGE.pack(size, _RTM_GETNSID, _NLM_F_REQUEST, 0, 0, 0, 8, _NETNSA_FD, namespace))
    answer = netlink.recv(4096)
    kind = struct.unpack_from("=H", answer, 4)[0]
    if kind != _RTM_NEWNSID:
        raise OSError(-struct.unpack_from("=i", answer, 16)[0], "the kernel knows no such network namespace")
    return int(_NSID_MESSAGE.unpack_from(answer)[-1])


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
