# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in another network namespace: a named one, as ``ip netns`` keeps them, or an empty one to try things in.

A namespace belongs to a thread (setns(2), unshare(2)), so the work is done in a thread of its own: its sockets, the
programs it starts and ``/proc/sys/net`` are those of the namespace, and the caller never leaves its own. A namespace is
never made here: a dry run must not change the host.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import threading
from typing import Callable, Iterator, List, TypeVar

#: Where ``ip netns add`` keeps namespaces (ip-netns(8)).
NAMED = "/run/netns"
#: From linux/sched.h; ``os.unshare`` and ``os.setns`` came with Python 3.12.
_CLONE_NEWNET = 0x40000000

Result = TypeVar("Result")


class MissingNamespace(FileNotFoundError):
    """There is no network namespace of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(errno.ENOENT, "there is no network namespace %s (ip netns add %s makes it)" % (name, name))

    def __str__(self) -> str:
        return str(self.strerror)


def within(name: str, function: Callable[[], Result]) -> Result:
    """Call ``function`` in the namespace ``name``, or right here where that is ''.

    Raises ``MissingNamespace``, OSError EPERM without CAP_SYS_ADMIN, and whatever ``function`` raises.
    """
    if not name:
        return function()
    with opened(name) as descriptor:
        return _in_thread(lambda: _enter(descriptor, name), function)


def in_empty_namespace(function: Callable[[], Result]) -> Result:
    """Call ``function`` in a new, empty namespace, which ends with it.

    Raises OSError without CAP_SYS_ADMIN, and whatever ``function`` raises.
    """
    return _in_thread(_unshare, function)


@contextlib.contextmanager
def opened(name: str) -> Iterator[int]:
    """A descriptor of the namespace ``name``. Raises ``MissingNamespace``."""
    try:
        descriptor = os.open(os.path.join(NAMED, name), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise MissingNamespace(name) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _in_thread(prepare: Callable[[], None], function: Callable[[], Result]) -> Result:
    results: List[Result] = []
    errors: List[BaseException] = []

    def work() -> None:
        try:
            prepare()
            results.append(function())
        except BaseException as error:  # handed to the caller's thread, all of it
            errors.append(error)

    thread = threading.Thread(target=work, name="podnet-namespace")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _enter(descriptor: int, name: str) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "cannot enter the network namespace %s: %s" % (name, os.strerror(number)))


def _unshare() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "cannot make a network namespace to check rules in: %s" % os.strerror(number))
