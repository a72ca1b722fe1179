# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our network configuration among others' in the directory that the container runtime reads."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .config import SUFFIXES
from .errors import CniError

#: What a configuration set aside is called: no runtime reads a file with this ending.
ASIDE = ".podnet-aside"


class Change(NamedTuple):
    """What brings the directory to the wanted content: renames, then the file's new text (None: the file goes)."""

    path: str
    before: Optional[str]
    after: Optional[str]
    renames: Tuple[Tuple[str, str], ...]

    def __bool__(self) -> bool:
        return self.before != self.after or bool(self.renames)

    def diff(self) -> Dict[str, str]:
        """As Ansible shows differences."""
        moved = "".join("renamed: %s -> %s\n" % rename for rename in self.renames)
        return {
            "before_header": self.path,
            "after_header": self.path,
            "before": self.before or "",
            "after": moved + (self.after or ""),
        }


def installed(path: str, text: str, set_aside: bool) -> Change:
    """The change that makes ``path`` the first configuration, which is the one a runtime uses.

    Those that come before it in lexical order are set aside, or refused with a `CniError`; later ones are left alone.
    """
    before = others_before(path)
    if before and not set_aside:
        raise CniError(
            "%s would be used instead of %s, for it comes first. Remove it with the tool that put it there, or set "
            "cni_other_configs: set_aside to have it renamed until the network is taken off" % (", ".join(before), path)
        )
    return Change(path, _read(path), text, tuple((other, other + ASIDE) for other in before))


def removed(path: str) -> Change:
    """The change that takes ``path`` away and puts back what was set aside, unless its name is taken again."""
    folder = os.path.dirname(path)
    aside = [os.path.join(folder, name) for name in _names(folder) if name.endswith(ASIDE)]
    back = [(other, other[: -len(ASIDE)]) for other in aside]
    return Change(path, _read(path), None, tuple(rename for rename in back if not os.path.lexists(rename[1])))


def others_before(path: str) -> List[str]:
    """The configurations that a runtime would prefer to ``path``."""
    folder, own = os.path.split(path)
    return [os.path.join(folder, name) for name in _names(folder) if name.endswith(SUFFIXES) and name < own]


def rename(change: Change) -> None:
    """Make the renames. Raises OSError."""
    for old, new in change.renames:
        os.rename(old, new)


def _names(folder: str) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def result(change: Change) -> Dict[str, Any]:
    """A module's result for this change."""
    return {"changed": bool(change), "diff": change.diff(), "renamed": [list(rename) for rename in change.renames]}
