# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the engine keeps its files."""

from __future__ import annotations

import os
from typing import NamedTuple


class Paths(NamedTuple):
    """``ledgers`` is a directory with one file a document, ``lock`` the file that one apply at a time holds."""

    ledgers: str = "/etc/podnet/state.d"
    lock: str = "/run/podnet.lock"

    @classmethod
    def under(cls, root: str) -> Paths:
        """The same places below another root directory."""
        return cls(*[os.path.join(root, path.lstrip("/")) for path in cls()])
