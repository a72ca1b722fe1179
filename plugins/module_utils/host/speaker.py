# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FRR, whose routes mode ``bgp`` lives of: no document has them, so that none deviates while it is down."""

from __future__ import annotations

from typing import List

from ..kernel.command import CommandError, run

#: The name of the document that lets sessions in.
_DOCUMENT = "bgp"
_UNIT = "frr.service"
_RUNNING = ("active", "reloading")


def complaints(name: str) -> List[str]:
    """What is to be said of FRR, where ``name`` is that of the document that counts on it."""
    if name != _DOCUMENT:
        return []
    try:
        state = run(["systemctl", "show", "--property=ActiveState", _UNIT]).strip().partition("=")[2]
    except CommandError as error:
        return ["nobody can say whether FRR runs: %s" % error]
    if state in _RUNNING:
        return []
    return [
        "%s is %s, so this host announces none of its pods and learns of no others; see `systemctl status frr`, and "
        "start it" % (_UNIT, state)
    ]
