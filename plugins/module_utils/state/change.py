# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to one object, and what went wrong when it was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Tuple

Key = Tuple[Any, ...]
Attributes = Dict[str, Any]
#: Section name to key to attributes: a normalised document, or a reading of the kernel.
State = Dict[str, Dict[Key, Attributes]]


@dataclass(frozen=True)
class Change:
    """One object's way from ``before`` (None: absent) to ``after`` (None: to be absent)."""

    section: str
    key: Key
    before: Optional[Mapping[str, Any]]
    after: Optional[Mapping[str, Any]]
    #: The object cannot be changed in place and the document allows it to be deleted and added anew.
    recreate: bool = False


@dataclass(frozen=True)
class Failure:
    """A change that the kernel (or a tool) refused: ``errno`` 0 where there is none, ``message`` its own words."""

    change: Change
    errno: int
    message: str
