"""The lab's command line, as docs/lab.md shows it."""

from __future__ import annotations

import subprocess
import sys

from shared.runs import PROJECT


def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python3 -m lab …`` for at most three minutes; never raises for an exit status."""
    return subprocess.run(
        [sys.executable, "-m", "lab", *arguments], cwd=PROJECT, text=True, timeout=180, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def pod_addresses() -> dict[str, str]:
    """The pods' IPv4 addresses by name, from ``lab pods``."""
    lines = [line.split() for line in lab("pods").stdout.splitlines()]
    return {fields[0]: fields[3] for fields in lines if len(fields) > 3 and fields[3].count(".") == 3}


def matrix() -> str:
    """What ``lab matrix`` prints; every path must work."""
    measured = lab("matrix")
    assert measured.returncode == 0, measured.stdout
    return measured.stdout


def podman(*arguments: str) -> None:
    """Run podman, for what happens to a host as a whole; at most two minutes."""
    subprocess.run(["podman", *arguments], check=True, timeout=120, stdout=subprocess.DEVNULL)
