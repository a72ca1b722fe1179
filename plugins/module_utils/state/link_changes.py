# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a link has to be set to make a change."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping

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


def in_steps(changes: Iterable[Change]) -> List[Change]:
    """``changes`` of links, in which a bond is told of its primary port when that is there: it comes after."""
    changes = list(changes)
    made = {change.key[0] for change in changes if change.before is None or change.recreate}
    made |= {(change.after or {}).get("peer.name", "") for change in changes if is_made(change)}
    steps, last = [], []
    for change in changes:
        if new_attributes(change).get("primary") in made:
            at_first = {name: value for name, value in (change.after or {}).items() if name != "primary"}
            steps.append(change._replace(after=at_first))
            last.append(change._replace(before=at_first, recreate=False))
        else:
            steps.append(change)
    return steps + last
