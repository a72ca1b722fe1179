# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one of the system's own tools and get its output, or its words when it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Dict, Optional, Sequence

#: Where the tools are when a service manager or a non-root login shell leaves them out of PATH.
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Longer than any tool here works; it bounds the wait for a lock that never comes free.
_TIMEOUT = 300


class CommandError(Exception):
    """A tool is missing or refused what it was asked: ``said`` holds its own words."""

    def __init__(self, command: Sequence[str], said: str) -> None:
        self.command = list(command)
        self.said = said.strip() or "no reason given"
        super().__init__("%s: %s" % (" ".join(command), self.said))


def which(program: str) -> Optional[str]:
    """The program's path, or None where it is not installed."""
    return shutil.which(program, path=_path())


def run(command: Sequence[str], stdin: str = "") -> str:
    """What ``command`` writes to standard output, given ``stdin``. Raises CommandError unless it exits with 0."""
    try:
        done = subprocess.run(
            list(command),
            input=stdin,
            capture_output=True,
            # Other people's rules and sets may hold comments in any encoding; they come through as they are.
            encoding="utf-8",
            errors="surrogateescape",
            env=_environment(),
            close_fds=False,  # what is to be inherited says so: the lock under which the host is changed
            timeout=_TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise CommandError(command, "%s is not installed" % command[0]) from None
    except subprocess.TimeoutExpired:
        raise CommandError(command, "no answer within %d seconds" % _TIMEOUT) from None
    if done.returncode != 0:
        raise CommandError(command, done.stderr)
    return done.stdout


def _path() -> str:
    return os.environ.get("PATH", "") + ":" + _SYSTEM_PATH


def _environment() -> Dict[str, str]:
    # C: the messages and lists are parsed.
    return dict(os.environ, PATH=_path(), LC_ALL="C")
