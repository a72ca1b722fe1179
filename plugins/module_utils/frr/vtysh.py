# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask FRR, and tell it: vtysh, and frr-reload, which tells it no more than what has changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Sequence

from ..kernel.command import which
from .errors import FrrError
from .paths import programs
from .secrets import settled
from .text import Line, is_default, lines

_TIMEOUT = 120
#: What FRR prints of the host, and frr-reload would change where the text does not say so too. Neither the host's name
#: nor whether it forwards is for FRR to change.
_OF_THE_HOST = re.compile(r"(?:no )?(hostname|domainname|ip forwarding|ipv6 forwarding)\b")


class Vtysh:
    """FRR on this host. ``options`` are vtysh's, before any others, such as ``--vty_socket``."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        self._options = list(options)

    def there(self) -> bool:
        """Whether FRR is on the host, be it without what we need of it."""
        return which("vtysh") is not None

    def installed(self) -> bool:
        return self.there() and os.path.exists(os.path.join(programs(), "frr-reload.py"))

    def answering(self) -> List[str]:
        """The daemons that run and answer, such as ``zebra`` and ``bgpd``."""
        done = self._run("vtysh", *self._options, "-c", "show daemons")
        return done.stdout.split() if done.returncode == 0 else []

    def json(self, command: str) -> Any:
        """The answer to a ``show … json``. Raises FrrError where there is none."""
        said = self._said("vtysh", *self._options, "-c", command)
        try:
            return json.loads(said)
        except ValueError:
            raise FrrError(said.strip() or "no answer to '%s'" % command) from None

    def running(self) -> str:
        """The configuration that the daemons have. It holds passwords."""
        return self._said("vtysh", *self._options, "-c", "show running-config")

    def validate(self, text: str) -> None:
        """Raises FrrError with FRR's own words where it does not understand a line. Needs no running daemon."""
        with _file(text) as path:
            self._said("vtysh", "-C", "-f", path)

    def reload(self, text: str) -> None:
        """Have the daemons do as ``text`` says, changing only what differs. Raises FrrError."""
        passwords = settled(self.running(), text)
        if passwords:
            with _file(passwords) as path:
                self._said("vtysh", *self._options, "-f", path)
        with _file(self.with_the_hosts(text)) as path:
            self._said(*self._reloader("--reload", path))

    def differences(self, text: str) -> List[str]:
        """The commands that frr-reload would give to have the daemons do as ``text`` says. They may hold passwords."""
        with _file(self.with_the_hosts(text)) as path:
            said = self._said(*self._reloader("--test", path)).splitlines()
        commands = [line for line in said if line.strip() and not line.startswith(("Lines To", "===", "%"))]
        # What a file may say of FRR itself is not always in what FRR prints.
        return [line for line in commands if not is_default(Line((), line))]

    def with_the_hosts(self, text: str) -> str:
        """The text, and what FRR says of the host, but where the text speaks of the same."""
        found = {**_of_the_host(self.running()), **dict.fromkeys(_of_the_host(text), "")}
        return text + "".join(line + "\n" for line in found.values() if line)

    def _reloader(self, action: str, path: str) -> List[str]:
        folder = os.path.dirname(path)
        # With another folder than that of FRR's own file, it would have vtysh write that file as well.
        words = [os.path.join(programs(), "frr-reload.py"), action, "--stdout", "--log-level", "error"]
        words += ["--confdir", folder, "--rundir", folder]
        return [*words, *self._options, path]

    def _said(self, *command: str) -> str:
        done = self._run(*command)
        if done.returncode != 0:
            said = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if line.strip())
            raise FrrError(said or "%s ended with %d" % (command[0], done.returncode))
        return done.stdout

    @staticmethod
    def _run(*command: str) -> subprocess.CompletedProcess[str]:
        program = which(command[0])
        if program is None:
            raise FrrError("%s is not there: install FRR (packages frr and frr-pythontools)" % command[0])
        try:
            return subprocess.run(
                [program, *command[1:]],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FrrError("%s gave no answer within %d seconds" % (command[0], _TIMEOUT)) from None


def _of_the_host(text: str) -> Dict[str, str]:
    """Lines by what they are about."""
    matches = [(_OF_THE_HOST.match(line.text), line.text) for line in lines(text) if not line.context]
    return {match.group(1): line for match, line in matches if match}


@contextmanager
def _file(text: str) -> Iterator[str]:
    """A file with the text in a folder that only root can look into; frr-reload puts its own beside it."""
    with tempfile.TemporaryDirectory(prefix="podnet-frr-") as folder:
        path = os.path.join(folder, "frr.conf")
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write("!\n" + text)  # frr-reload takes no empty file
        # Where it is missing, vtysh says so each time.
        open(os.path.join(folder, "vtysh.conf"), "w", encoding="utf-8").close()
        yield path
