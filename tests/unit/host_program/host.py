"""A host of which only the places of the program exist, and the module's calls on it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible_collections.podnet.baremetal.plugins.action import host_program as action
from ansible_collections.podnet.baremetal.plugins.module_utils.program.places import Places
from ansible_collections.podnet.baremetal.plugins.modules import host_program as module

FILES = action._files()
UNITS = {"podnet.service", "podnet-drift.service", "podnet-drift.timer"}


class Host:
    """``root`` stands for ``/``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = Places.under(str(root))
        self.library, self.package = Path(self.places.library), Path(self.places.package)
        self.launcher, self.units = Path(self.places.launcher), Path(self.places.units)
        for folder in (self.library.parent, self.launcher.parent, self.units):
            folder.mkdir(parents=True)

    def call(self, check: bool = False, **options: Any) -> dict[str, Any]:
        """The module's result; of all files unless others are given."""
        files = options.pop("files", FILES)
        parameters = {
            "state": "present",
            "drift_interval": "1min",
            "boot_wait": 60,
            "files": files and json.dumps(files),
        }
        before = os.umask(0o077)  # the strictest that root may have
        try:
            return module.result(module.run({**parameters, **options}, check, self.places))
        finally:
            os.umask(before)

    def content(self) -> dict[str, str]:
        """All files and links below the root, with what they hold."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            if path.is_symlink():
                found[str(path)] = "-> " + os.readlink(path)
            elif path.is_file():
                found[str(path)] = path.read_text(encoding="utf-8")
        return found
