# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scopes of addresses and routes, as iproute2 names them (linux/rtnetlink.h)."""

from __future__ import annotations

_NUMBERS = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
_NAMES = {number: name for name, number in _NUMBERS.items()}


def scope_name(number: int) -> str:
    """Its name, or its digits: a found object may have any scope, and has to get it back."""
    return _NAMES.get(number, str(number))


def scope_number(name: str) -> int:
    """The number of what ``scope_name`` returned."""
    return _NUMBERS[name] if name in _NUMBERS else int(name)
