"""The command ``podnet`` as it is installed on a host: some of the collection's files, and nothing of Ansible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ansible_collections.podnet.baremetal.plugins.action import host_program

# As roles/host/files/podnet.in has it.
_PROGRAM = "import sys; from podnet.host.cli import main; sys.exit(main())"


class Podnet:
    """Call it to run the command; its exit status, and what it says and complains of.

    ``library``: a directory in which modules are looked for before all others.
    """

    def __init__(self, root: Path, library: Path | None = None) -> None:
        self._root = root
        self._search = [str(library)] if library else []
        first = not (root / "lib").exists()
        for path, text in host_program._files()["package"].items() if first else ():
            file = root / "lib" / "podnet" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        search = os.pathsep.join([*self._search, str(self._root / "lib"), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-c", _PROGRAM, "--root", str(self._root), *arguments]
        environment = {**os.environ, "PYTHONPATH": search}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr
