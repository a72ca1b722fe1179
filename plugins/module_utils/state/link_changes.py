# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a link has to be set to make a change."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from .change import Change

PORT, FEATURE = "port.", "features."


def is_made(change: Change) -> bool:
    """Whether a link is made, and not only altered: one without a type comes with its other end."""
    return bool((change.after or {}).get("type")) and (change.before is None or change.recreate)


def new_attributes(change: Change) -> Dict[str, Any]:
    """The attributes that the link is to have and does not have; of one that is made all that are set."""
    after = change.after or {}
    if is_made(change):
        return {name: value for name, value in after.items() if value is not None}
    before: Mapping[str, Any] = change.before or {}
    # Another bridge knows nothing of what it was as a port of the former.
    moved = before.get("master") != after.get("master")
    return {
        name: value
        for name, value in after.items()
        if before.get(name) != value or (moved and after.get("master") and name.startswith(PORT))
    }
