"""The lab's command line, as docs/lab.md shows it."""

from __future__ import annotations

import ipaddress
import subprocess
import sys

from lab import pods
from shared.runs import PROJECT


def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python3 -m lab …`` for at most three minutes; never raises for an exit status."""
    return subprocess.run(
        [sys.executable, "-m", "lab", *arguments], cwd=PROJECT, text=True, timeout=180, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def pod_addresses(family: int = 4) -> dict[str, str]:
    """The pods' addresses of IPv4 or IPv6 by name; pods without one are left out."""
    return {
        pod.name: address
        for pod in pods.present()
        for address in pod.ips
        if ipaddress.ip_address(address).version == family
    }


def matrix() -> str:
    """What ``lab matrix`` prints; every path must work."""
    measured = lab("matrix")
    assert measured.returncode == 0, measured.stdout
    return measured.stdout


def podman(*arguments: str) -> str:
    """Run podman, for what happens to a host as a whole or cannot be done to it over its network; what it prints.

    At most two minutes.
    """
    return subprocess.run(["podman", *arguments], check=True, timeout=120, stdout=subprocess.PIPE, text=True).stdout
