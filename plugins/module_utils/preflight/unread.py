# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services have not read what was written for them: the run that wrote it was killed before it told them."""

from __future__ import annotations

import os
import time
from typing import List, Mapping, Sequence

from ..kernel.command import run


def unread(files: Mapping[str, Sequence[str]]) -> List[str]:
    """Of active services, by name with the files that they read, those that have a newer one than their last (re)load.

    A reload changes a unit's state for a moment, too (systemctl(1), org.freedesktop.systemd1(5)). Raises CommandError.
    """
    if not files:  # of no unit, systemctl shows itself
        return []
    units = [name + ".service" for name in files]
    stamps = run(["systemctl", "show", "--property=StateChangeTimestampMonotonic", *units]).split()
    booted = time.time() - time.monotonic()
    loaded = {name: booted + int(stamp.partition("=")[2]) / 1e6 for name, stamp in zip(files, stamps)}
    return [name for name, paths in files.items() if any(_written(path) > loaded[name] for path in paths)]


def _written(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return 0.0
