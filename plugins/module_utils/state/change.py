# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to one object, and what went wrong when it was tried."""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

Key = Tuple[Any, ...]
Attributes = Dict[str, Any]
Objects = Mapping[Key, Attributes]
#: Section name to key to attributes: a normalised document, or a reading of the kernel.
State = Dict[str, Objects]


class Change(NamedTuple):
    """One object's way from ``before`` (None: absent) to ``after`` (None: to be absent).

    ``before`` is what the kernel has. ``after`` is what is declared; for a link, which is changed attribute by
    attribute, with all that the kernel has and nobody declared. A tuple, because there may be 100,000 of them.
    """

    section: str
    key: Key
    before: Optional[Mapping[str, Any]]
    after: Optional[Mapping[str, Any]]
    #: What is to change cannot be changed in place: the object is deleted and added anew.
    recreate: bool = False


class Failure(NamedTuple):
    """A change that the kernel (or a tool) refused: ``errno`` 0 where there is none, ``message`` its own words."""

    change: Change
    errno: int
    message: str
