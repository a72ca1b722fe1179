# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where FRR and its files are on a host."""

from __future__ import annotations

import os
from typing import NamedTuple

#: FRR's own programs, on Debian and on the RHEL family.
_PROGRAMS = ("/usr/lib/frr", "/usr/libexec/frr")


class Paths(NamedTuple):
    """``config`` is FRR's, ``ledger`` what we keep of it, ``drop_in`` what systemd is told about its service."""

    config: str = "/etc/frr/frr.conf"
    ledger: str = "/etc/podnet/frr.json"
    drop_in: str = "/etc/systemd/system/frr.service.d/podnet.conf"

    @property
    def daemons(self) -> str:
        return os.path.join(os.path.dirname(self.config), "daemons")


def programs() -> str:
    """The folder of FRR's own programs; the first where it should be, if FRR is not installed."""
    return next((folder for folder in _PROGRAMS if os.path.isdir(folder)), _PROGRAMS[0])
