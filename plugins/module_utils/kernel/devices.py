# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface names to indices and back."""

from __future__ import annotations

import errno
import socket
from typing import Dict, Iterable


class Devices:
    """Each device is asked of the kernel once. Live no longer than one read or apply."""

    def __init__(self) -> None:
        self._indices: Dict[str, int] = {}
        self._names: Dict[int, str] = {}

    def index(self, name: str) -> int:
        """The index of ``name``. Raises ``OSError`` ENODEV where there is no such device."""
        if name not in self._indices:
            try:
                self._indices[name] = socket.if_nametoindex(name)
            except OSError:
                raise OSError(errno.ENODEV, "there is no device %s" % name) from None
        return self._indices[name]

    def name(self, index: int) -> str:
        """The name of the device at ``index``; one that went away in the meantime is called by its index."""
        if index not in self._names:
            try:
                self._names[index] = socket.if_indextoname(index)
            except OSError:
                self._names[index] = "if%d" % index
        return self._names[index]

    def known(self) -> Dict[str, int]:
        """The indices that were asked for so far, by name."""
        return dict(self._indices)

    def present(self, names: Iterable[str]) -> Dict[int, str]:
        """Those of ``names`` that exist, by index."""
        found = {}
        for name in sorted(set(names)):
            try:
                found[self.index(name)] = name
            except OSError:
                continue
        return found
