# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the program with what stands on the host, and bring it there so that at any time one version is whole."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from typing import Dict, List, NamedTuple, Optional

from ..host.files import replace, sync
from .content import UNITS, File, Program
from .places import Places

NOTHING = Program({}, {})


class Change(NamedTuple):
    """One file's way from ``before`` to ``after``; None: there is none."""

    path: str
    before: Optional[File]
    after: Optional[File]


class Difference(NamedTuple):
    """What has to change in the package and in the other files, and what an interrupted run has left behind."""

    package: List[Change]
    others: List[Change]
    leftovers: List[str]

    def __bool__(self) -> bool:
        return any(self)


def difference(wanted: Program, places: Places) -> Difference:
    """What ``install`` has to do, or ``remove`` if ``NOTHING`` is wanted."""
    fixed = [places.launcher, *(os.path.join(places.units, unit) for unit in UNITS)]
    here = {path: found for path, found in ((path, _read(path)) for path in fixed) if found is not None}
    package = [
        change._replace(path=os.path.join(places.package, change.path))
        for change in _changes(_read_package(places.package), wanted.package)
    ]
    return Difference(package, _changes(here, wanted.others), _leftovers(places))


def install(wanted: Program, found: Difference, places: Places) -> None:
    """Make the changes: first what the launcher and the units need. Raises ``OSError``."""
    if found.package:
        _replace_package(wanted.package, places)
    for change in found.others:
        if change.after is not None:
            _write(change.path, change.after)
    for path in _leftovers(places):
        _delete(path)


def remove(found: Difference, places: Places) -> None:
    """Remove all of it: first what would start it. Raises ``OSError``."""
    for change in found.others:
        os.unlink(change.path)
    if os.path.lexists(places.library):
        _delete(places.library)


def _changes(before: Dict[str, File], after: Dict[str, File]) -> List[Change]:
    paths = sorted(before.keys() | after.keys())
    return [Change(path, before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)]


def _read(path: str) -> Optional[File]:
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return File(file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode))
    except FileNotFoundError:
        return None


def _read_package(package: str) -> Dict[str, File]:
    """The files below ``package`` by their path in it. What Python compiled of them is no part of it."""
    files = {}
    for folder, folders, names in os.walk(package):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for path in (os.path.join(folder, name) for name in names):
            found = _read(path)
            if found is not None:
                files[os.path.relpath(path, package)] = found
    return files


def _leftovers(places: Places) -> List[str]:
    """All in the program's own directory but the package and what it is a link to."""
    try:
        names = set(os.listdir(places.library))
    except FileNotFoundError:
        return []
    used = {os.path.basename(path) for path in (places.package, os.path.realpath(places.package))}
    return sorted(os.path.join(places.library, name) for name in names - used)


def _replace_package(files: Dict[str, File], places: Places) -> None:
    """Write the new version beside the present one and turn the link to it, in one step: a boot needs one of the two.

    What Python compiled of the old version stays with it.
    """
    os.makedirs(places.library, exist_ok=True)
    version = tempfile.mkdtemp(prefix="podnet-", dir=places.library)
    os.chmod(version, 0o755)
    for path, file in files.items():
        _write(os.path.join(version, path), file)
    for folder, _folders, _names in os.walk(version):
        sync(folder)
    link = version + ".link"
    os.symlink(os.path.basename(version), link)
    if os.path.isdir(places.package) and not os.path.islink(places.package):
        os.rename(places.package, version + ".before")  # a copy by hand; a link cannot take the place of a directory
    os.replace(link, places.package)
    sync(places.library)


def _write(path: str, file: File) -> None:
    """Replace the file as a whole, with its content on disk."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    replace(path, [file.text], file.mode)


def _delete(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
