# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FRR's files on disk, and whether FRR is one that we are about to bring to the host. All raises OSError."""

from __future__ import annotations

import contextlib
import os
from typing import Optional, Sequence

from ..host.files import replace
from .paths import Paths
from .plan import Files


def read(path: str) -> Optional[str]:
    """None where there is no such file."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except FileNotFoundError:
        return None


class Disk:
    """The files of one host."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def files(self) -> Files:
        return Files(*[read(path) for path in self._places()])

    def put(self, files: Files) -> bool:
        """Have these on disk, and leave alone those that are; whether systemd has to read its own again."""
        before = self.files()
        # What FRR reads belongs to whom its folder belongs to, which is FRR's user.
        for path, former, text in zip(self._places()[:2], before, files[:2]):
            if former != text:
                _write(path, text, mode=0o640, of_folder=True)
        if before.drop_in != files.drop_in:
            _write(self._paths.drop_in, files.drop_in, mode=0o644)
            if files.drop_in is None:
                with contextlib.suppress(OSError):
                    os.rmdir(os.path.dirname(self._paths.drop_in))  # it may hold what others tell systemd
        return before.drop_in != files.drop_in

    @property
    def awaited(self) -> bool:
        return os.path.exists(self._paths.awaited)

    def await_frr(self) -> None:
        _write(self._paths.awaited, "", mode=0o600)

    def await_no_more(self) -> None:
        _write(self._paths.awaited, None, mode=0o600)

    def _places(self) -> Sequence[str]:
        return self._paths.config, self._paths.daemons, self._paths.drop_in


def _write(path: str, text: Optional[str], mode: int, of_folder: bool = False) -> None:
    """A file with this text, or none."""
    if text is None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    whose = os.stat(folder)
    owner = (whose.st_uid, whose.st_gid) if of_folder else None
    replace(path, [text], mode=mode, errors="surrogateescape", owner=owner)
