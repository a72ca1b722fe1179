# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether BGP's port is free on a host, or FRR's."""

from __future__ import annotations

from typing import Iterator

from .expectation import Expectation, Found
from .machine import Machine


def port_is_frrs(expected: Expectation, machine: Machine) -> Iterator[Found]:
    """Two speakers cannot share the port, and a neighbor's sessions would be with now one and now the other."""
    for name in machine.speakers if expected.mode == "bgp" else ():
        reason = "finds %s, which listens on TCP 179 and is not the FRR of this host" % name
        way_out = "stop it, let it listen elsewhere or not at all, or use another fabric_mode"
        yield "fabric_mode", "bgp", reason, way_out
