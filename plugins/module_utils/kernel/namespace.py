# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty network namespace to try things in: what is loaded there is checked by the kernel and concerns nobody."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import Callable, List, TypeVar

#: From linux/sched.h; ``os.unshare`` came with Python 3.12.
_CLONE_NEWNET = 0x40000000

Result = TypeVar("Result")


def in_empty_namespace(function: Callable[[], Result]) -> Result:
    """Call ``function`` where its own system calls and the programs it starts see a new, empty network namespace.

    A namespace belongs to a thread (unshare(2)), so this takes a thread of its own; the namespace ends with it.
    Raises OSError without CAP_SYS_ADMIN, and whatever ``function`` raises.
    """
    results: List[Result] = []
    errors: List[BaseException] = []

    def work() -> None:
        try:
            _unshare()
            results.append(function())
        except BaseException as error:  # handed to the caller's thread, all of it
            errors.append(error)

    thread = threading.Thread(target=work, name="podnet-namespace")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _unshare() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "cannot make a network namespace to check rules in: %s" % os.strerror(number))
