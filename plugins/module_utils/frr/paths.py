# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where FRR and its files are on a host."""

from __future__ import annotations

import os
from typing import NamedTuple

#: FRR's own programs, on Debian and on the RHEL family.
_DEBIAN, _RED_HAT = "/usr/lib/frr", "/usr/libexec/frr"


class Paths(NamedTuple):
    """``config`` is FRR's, ``ledger`` what we keep of it, ``drop_in`` what systemd is told about its service.

    ``awaited`` is there from before FRR is installed until there is a ledger.
    """

    config: str = "/etc/frr/frr.conf"
    ledger: str = "/etc/podnet/frr.json"
    drop_in: str = "/etc/systemd/system/frr.service.d/podnet.conf"
    awaited: str = "/etc/podnet/frr.awaited"

    @property
    def daemons(self) -> str:
        return os.path.join(os.path.dirname(self.config), "daemons")


def programs(root: str = "/") -> str:
    """The folder of FRR's own programs; where FRR is not installed, the one that its package would make."""
    found = next((folder for folder in (_DEBIAN, _RED_HAT) if os.path.isdir(_below(root, folder))), None)
    red_hat = os.path.exists(_below(root, "/etc/redhat-release"))
    return found or (_RED_HAT if red_hat else _DEBIAN)


def _below(root: str, path: str) -> str:
    return os.path.join(root, path.lstrip("/"))
