# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The section ``sysctls``: numbers and words below ``/proc/sys``.

Of ``rp_filter`` the kernel uses the larger of an interface's value and that of ``net.ipv4.conf.all`` (kernel
documentation, networking/ip-sysctl), so 0 on an interface has an effect only where ``all`` is 0 too; 2 always has.
"""

from __future__ import annotations

import errno
import os
from typing import Dict, List, Mapping, Sequence

from ..state.change import Attributes, Change, Failure, Key
from ..state.values import sysctl_parts, sysctl_value

_ROOT = "/proc/sys"
_HINTS = {
    errno.ENOENT: "there is no such sysctl: load the kernel module, or make the interface, that brings it",
    errno.EINVAL: "the kernel does not accept this value",
    errno.ERANGE: "the kernel does not accept this value",
    errno.EROFS: "/proc/sys is read-only here, as in an unprivileged container",
}


def read(wanted: Mapping[Key, Attributes]) -> Dict[Key, Attributes]:
    """The values of those sysctls that exist and are set. Raises OSError for one that cannot be read."""
    found: Dict[Key, Attributes] = {}
    for key in wanted:
        try:
            with open(_path(key), encoding="utf-8", errors="surrogateescape") as file:
                found[key] = {"value": sysctl_value(file.read())}
        except OSError as error:
            # EIO: nobody has set it yet, as ``stable_secret`` of a link (kernel documentation, networking/ip-sysctl).
            if error.errno not in (errno.ENOENT, errno.EIO):
                raise
    return found


def apply(changes: Sequence[Change]) -> List[Failure]:
    """Write the values in order. A sysctl cannot be deleted: it goes with its module or interface."""
    failures = []
    for change in changes:
        if change.after is not None:
            try:
                _write(_path(change.key), str(change.after["value"]))
            except OSError as error:
                reason = _HINTS.get(error.errno or 0, error.strerror or str(error))
                failures.append(Failure(change, error.errno or 0, "%s: %s" % (change.after["value"], reason)))
    return failures


def _write(path: str, value: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)  # not open(), which would try to create what is missing
    try:
        os.write(descriptor, value.encode("utf-8", "surrogateescape") + b"\n")
    finally:
        os.close(descriptor)


def _path(key: Key) -> str:
    return os.path.join(_ROOT, *sysctl_parts(key[0]))
