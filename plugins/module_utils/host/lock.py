# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One apply at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import Iterator

from .errors import LockError

#: Seconds. Twenty times what the biggest document takes; whoever holds the lock longer hangs.
TIMEOUT = 120.0
_POLL = 0.05


@contextlib.contextmanager
def exclusive(path: str, timeout: float = TIMEOUT) -> Iterator[None]:
    """Hold the lock; the kernel frees it should this process die, and with it the tools that it had started.

    A tool that outlives us goes on changing the host until it ends: it inherits the lock, so that nobody works beside
    it. Raises ``LockError`` after ``timeout`` seconds.
    """
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LockError("cannot lock %s, so nothing was changed (it takes root): %s" % (path, error)) from error
    try:
        _acquire(descriptor, fcntl.LOCK_EX, path, timeout)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        os.set_inheritable(descriptor, True)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def shared(path: str, timeout: float = TIMEOUT) -> Iterator[None]:
    """Wait for an apply to end, to read what it made. Leaves nothing behind: without a lock file nobody applies."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        yield
        return
    try:
        _acquire(descriptor, fcntl.LOCK_SH, path, timeout)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, kind: int, path: str, timeout: float) -> None:
    end = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
                raise LockError(
                    "another apply (process %s, or a tool that it started) has held %s for more than %d seconds; see "
                    "what it waits for and end it" % (holder, path, timeout)
                ) from None
            time.sleep(_POLL)
