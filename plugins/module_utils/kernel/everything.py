# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings of everything there is, for information: the kernel may have several objects where we hold one."""

from __future__ import annotations

from collections import Counter
from typing import Counter as Counts
from typing import Dict, Iterable, Tuple

from ..state.change import Attributes, Key


def distinct(entries: Iterable[Tuple[Key, Attributes]]) -> Dict[Key, Attributes]:
    """All ``entries``. Of those that share a key, each after the first has its number behind the key."""
    seen: Counts[Key] = Counter()
    found: Dict[Key, Attributes] = {}
    for key, attributes in entries:
        found[(*key, seen[key]) if seen[key] else key] = attributes
        seen[key] += 1
    return found
