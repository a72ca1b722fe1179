# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the program stands on a host."""

from __future__ import annotations

import os
from typing import NamedTuple


class Places(NamedTuple):
    """``library`` is the program's own directory, ``launcher`` a file, ``units`` a directory that others use too."""

    library: str = "/usr/local/lib/podnet"
    launcher: str = "/usr/local/sbin/podnet"
    units: str = "/etc/systemd/system"

    @property
    def package(self) -> str:
        """A symbolic link to the present version of the package, beside which the next one is written."""
        return os.path.join(self.library, "podnet")

    @classmethod
    def under(cls, root: str) -> Places:
        """The same places below another root directory."""
        return cls(*[os.path.join(root, path.lstrip("/")) for path in cls()])
