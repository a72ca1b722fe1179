# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program consists of: what the controller sent, filled in with what only the host or the user knows."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from typing import Dict, Mapping, NamedTuple

from .places import Places

#: All units. What is removed is known without being told by a controller.
UNITS = ("podnet.service", "podnet-drift.service", "podnet-drift.timer")
#: The name of the distribution's Python, which outlives upgrades of it.
SYSTEM_PYTHON = "/usr/bin/python3"
_TIME_SPAN = re.compile(r"[0-9]+ ?(s|min|h|d)?( ?[0-9]+ ?(s|min|h|d))*")
_PLACEHOLDER = re.compile(r"@([A-Z_]+)@")


class File(NamedTuple):
    """A file's content and mode."""

    text: str
    mode: int


class Program(NamedTuple):
    """The package's files by their path in it, and all others by their path on the host."""

    package: Dict[str, File]
    others: Dict[str, File]


def program(files: str, settings: Mapping[str, str], places: Places) -> Program:
    """The program out of the JSON object ``files``, with ``settings`` in the place of ``@NAME@``.

    ``files`` has ``package`` (path to text), ``launcher`` (text) and ``units`` (name to text). The package is taken
    literally. Raises ``ValueError`` for anything else.
    """
    sent = json.loads(files)
    known = {**settings, "PYTHON": shlex.quote(python()), "LIBRARY": places.library, "LAUNCHER": places.launcher}
    others = {os.path.join(places.units, name): File(_filled(sent["units"][name], known), 0o644) for name in UNITS}
    others[places.launcher] = File(_filled(sent["launcher"], known), 0o755)
    return Program({path: File(text, 0o644) for path, text in sent["package"].items()}, others)


def python() -> str:
    """The Python that this runs on, by the name that is the most likely to be there after an upgrade."""
    in_virtual_environment = sys.prefix != sys.base_prefix
    if not in_virtual_environment and os.path.realpath(sys.executable) == os.path.realpath(SYSTEM_PYTHON):
        return SYSTEM_PYTHON
    return sys.executable


def time_span(value: str) -> str:
    """``value`` if it is a time span of systemd that is longer than nothing. Raises ``ValueError`` if not."""
    if not _TIME_SPAN.fullmatch(value) or not re.search("[1-9]", value):
        raise ValueError("%r is no time span: give numbers with s, min, h or d, such as 30s or 1min" % value)
    return value


def _filled(text: str, settings: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: settings[found.group(1)], text)
