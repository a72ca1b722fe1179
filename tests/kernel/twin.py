"""A second namespace, to see that the commands which the engine shows do what the engine does."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def twin() -> Iterator[Callable[[str], str]]:
    """A new network namespace, gone afterwards; what runs a shell command in it and returns its output."""
    name = f"podnet-twin-{uuid.uuid4().hex[:12]}"
    subprocess.run(["ip", "netns", "add", name], check=True)

    def run(command: str) -> str:
        words = ["ip", "netns", "exec", name, "sh", "-ec", command]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    try:
        run("ip link set lo up")
        yield run
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)
