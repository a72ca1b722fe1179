"""The command ``podnet`` as it is installed on a host: three packages, and nothing of Ansible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# As roles/host/files/podnet.in has it.
_PROGRAM = "import sys; from podnet.host.cli import main; sys.exit(main())"
_MODULE_UTILS = Path(__file__).parents[2] / "plugins" / "module_utils"


class Podnet:
    """Call it to run the command; its exit status, and what it says and complains of.

    ``library``: a directory in which modules are looked for before all others.
    """

    def __init__(self, root: Path, library: Path | None = None) -> None:
        self._root = root
        self._search = [str(library)] if library else []
        if not (root / "lib").exists():
            for package in ("state", "kernel", "host"):
                shutil.copytree(_MODULE_UTILS / package, root / "lib" / "podnet" / package)
            (root / "lib" / "podnet" / "__init__.py").touch()

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        search = os.pathsep.join([*self._search, str(self._root / "lib"), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-c", _PROGRAM, "--root", str(self._root), *arguments]
        environment = {**os.environ, "PYTHONPATH": search}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr
