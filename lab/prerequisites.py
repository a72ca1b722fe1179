"""Debian packages of the machine that the lab stands on, installed when missing."""

from __future__ import annotations

import os
import subprocess
import sys

from lab.paths import PROJECT
from lab.process import LabError

TO_RUN_HOSTS = ("podman", "runc", "netavark", "iptables", "openssh-client")
TO_RUN_MACHINES = ("iproute2", "openssh-client", "qemu-system-x86")
TO_MAKE_THE_DISK = ("dpkg", "e2fsprogs", "kmod", "podman")
TO_BUILD_THE_IMAGE = ("mmdebstrap", "protobuf-compiler")


def need(packages: tuple[str, ...]) -> None:
    """Install those of `packages` that are missing."""
    if os.geteuid() != 0:
        raise LabError("the lab starts hosts with a network of their own: run it as root")
    if subprocess.run([PROJECT / "tools" / "apt", *packages], stdout=sys.stderr, check=False).returncode:
        raise LabError(f"install these yourself, apt-get above could not: {', '.join(packages)}")
