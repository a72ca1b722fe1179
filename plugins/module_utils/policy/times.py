# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments as the API server writes and reads them (RFC 3339)."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import datetime
from typing import Any

_MOMENT = re.compile(
    r"(?!0000)([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])"
    r"(?:\.([0-9]+))?(?:Z|([-+])([01][0-9]|2[0-3]):([0-5][0-9]))"
)

#: Whether a text says a moment.
is_moment = _MOMENT.fullmatch


def as_text(value: Any) -> Any:
    """The text that YAML made a time of, for it knows such times by their look; anything else as it is."""
    if not isinstance(value, datetime):
        return value
    return value.isoformat() + ("" if value.tzinfo else "Z")


def seconds(text: str) -> float:
    """Seconds since 1970 of a text that :func:`is_moment` takes; before all others where it is empty."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return float("-inf")
    *parts, fraction, sign, hours, minutes = match.groups()
    ahead = (int(hours) * 60 + int(minutes)) * 60 if sign else 0
    whole = timegm(tuple(int(part) for part in parts) + (0, 0, 0))
    return whole - (-ahead if sign == "-" else ahead) + float("0." + (fraction or "0"))
