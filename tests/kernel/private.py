"""A mount namespace with an /etc and a /run of its own, so that the modules' real paths are not the machine's."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
COLLECTIONS = CHECKOUT / "build" / "collections"
_MOUNTS = """
mount -t tmpfs none /run
mkdir /run/netns
mount -t overlay none -o lowerdir=/etc,upperdir="$0/up",workdir="$0/work" /etc
echo ready
exec sleep infinity
"""


class Host:
    """What runs here has its own /etc, /run and named network namespaces; the network is the caller's namespace."""

    def __init__(self, process: int, folder: Path) -> None:
        self._prefix = ["nsenter", f"--mount=/proc/{process}/ns/mnt", f"--wd={CHECKOUT}"]
        self._folder = folder
        self.environment = {
            **os.environ,
            "PYTHONPATH": f"{COLLECTIONS}:{os.environ.get('PYTHONPATH', '')}",  # behind it, perhaps, an older pyroute2
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            **{f"ANSIBLE_{name}": str(folder / "home") for name in ("HOME", "LOCAL_TEMP", "REMOTE_TEMP")},
        }

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command, run."""
        prefixed = [*self._prefix, *command]
        return subprocess.run(prefixed, env=self.environment, capture_output=True, text=True, check=False)

    def run(self, *command: str) -> str:
        """A command's output. A failure is the test's."""
        done = self.call(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def module(self, name: str, arguments: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
        """A module's result. It is called by its ``main``, with its arguments as Ansible sends them."""
        file = self._folder / "arguments.json"
        options = {"_ansible_check_mode": check, "_ansible_diff": True}
        file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, **options}}))
        path = f"ansible_collections.podnet.baremetal.plugins.modules.{name}"
        done = self.call(sys.executable, "-m", path, str(file))
        assert done.stdout, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result


@contextlib.contextmanager
def private_host(folder: Path) -> Iterator[Host]:
    """A host whose files are below ``folder``, until the context ends."""
    for name in ("up", "work", "home"):
        (folder / name).mkdir()
    command = ["unshare", "--mount", "sh", "-euc", _MOUNTS, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield Host(process.pid, folder)
        finally:
            process.kill()
