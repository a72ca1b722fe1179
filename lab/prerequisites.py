"""Debian packages of the machine that the lab stands on, installed when missing."""

from __future__ import annotations

import os

from lab.paths import PROJECT
from lab.process import LabError, run

TO_RUN_HOSTS = ("podman", "runc", "netavark", "iptables", "openssh-client")
TO_BUILD_THE_IMAGE = ("mmdebstrap", "protobuf-compiler")


def need(packages: tuple[str, ...]) -> None:
    """Install those of `packages` that are missing."""
    if os.geteuid() != 0:
        raise LabError("the lab starts privileged containers with a network of their own: run it as root")
    run([PROJECT / "tools" / "apt", *packages])
