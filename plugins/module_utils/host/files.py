# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are there as a whole or not at all, also after a crash."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import Iterable, Iterator, Optional, Tuple

#: What the files are called that are going to take another's place.
_PREFIX = ".podnet."


def replace(
    path: str,
    parts: Iterable[str],
    mode: int = 0o644,
    errors: str = "strict",
    owner: Optional[Tuple[int, int]] = None,
) -> None:
    """Write ``parts`` as UTF-8 to a file beside ``path`` and, once they are on disk, let it take the place of ``path``.

    ``errors`` as in ``open``; ``owner`` is a user and a group, by default those of this process. That the file has its
    name on disk is ``sync``'s part. Raises OSError that names a file, and then leaves nothing beside.
    """
    # Made beside its place, for there it gets the right SELinux context.
    descriptor, beside = tempfile.mkstemp(prefix=_PREFIX, dir=os.path.dirname(path))
    try:
        with _named(path), open(descriptor, "w", encoding="utf-8", errors=errors, newline="") as file:
            file.writelines(parts)
            file.flush()
            if owner is not None:
                os.fchown(descriptor, *owner)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def sweep(folder: str) -> None:
    """Delete what killed runs had begun to write in a folder. For whoever is its only writer. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(folder):
            if name.startswith(_PREFIX):
                os.unlink(os.path.join(folder, name))


def sync(folder: str) -> None:
    """Have the names in a folder on disk. Raises OSError that names it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with _named(folder):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    """Have errors say which file they are of: of a descriptor the system tells none. A full disk is found so."""
    try:
        yield
    except OSError as error:
        error.filename = path
        raise
