"""The hosts' image: Debian 12 with what a bare-metal node has before the collection comes.

Made from Debian packages alone, so that it can be built wherever those can be had. The image's tag is a hash of
what it is made of: the same sources never build it twice.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence

from lab import prerequisites
from lab.paths import LAB, PROJECT
from lab.process import LabError, run, say, works

REPOSITORY = "localhost/podnet-lab-host"
LABEL = "podnet.lab.image"
SUITE = "bookworm"
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "openssh-server", "kmod", "procps",
    "iproute2", "iptables", "iputils-ping", "tcpdump",
    "python3", "python3-apt",
    "containerd", "runc", "python3-grpcio", "python3-protobuf", "python3-yaml",
)  # fmt: skip
"""Packages of a host that is there already: an operating system, SSH, Python, a container runtime."""


def tag() -> str:
    """`repository:hash` of the image that these sources make."""
    digest = hashlib.sha256()
    sources = [LAB / "image.py", LAB / "rootfs.py", LAB / "podimages.py", *sorted((LAB / "node").rglob("*"))]
    for path in sources:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(LAB)} {os.access(path, os.X_OK)}\n".encode() + path.read_bytes())
    return f"{REPOSITORY}:{digest.hexdigest()[:12]}"


def ensure() -> str:
    """Build the image unless it is there, and give its tag. Takes about a minute when it has to."""
    wanted = tag()
    if works(["podman", "image", "exists", wanted]):
        return wanted
    prerequisites.need(prerequisites.TO_BUILD_THE_IMAGE)
    say("building the hosts' image from Debian packages, about a minute")
    old = unused()
    build(wanted)
    remove(old)
    return wanted


def build(wanted: str) -> None:
    """Pipe the root file system that mmdebstrap makes, and `lab.rootfs` finishes, into podman."""
    finish = f'PYTHONPATH="{PROJECT}" "{sys.executable}" -m lab.rootfs "$1"'
    bootstrap = [
        "mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(PACKAGES)}",
        "--skip=cleanup/apt/lists", f"--customize-hook={finish}", SUITE, "-",
    ]  # fmt: skip
    changes = ['CMD=["/sbin/init"]', f"LABEL={LABEL}=host"]
    load = ["podman", "import", "--quiet", *(f"--change={change}" for change in changes), "-", wanted]
    mirror = os.environ.get("LAB_MIRROR")
    with subprocess.Popen([*bootstrap, *([mirror] if mirror else [])], stdout=subprocess.PIPE) as maker:
        loaded = subprocess.run(load, stdin=maker.stdout, capture_output=True, text=True, check=False)
    if maker.returncode:
        run(["podman", "image", "rm", "--ignore", wanted])
        raise LabError("mmdebstrap could not make the hosts' root file system; it says above why")
    if loaded.returncode:
        raise LabError(f"podman could not import the hosts' image: {loaded.stderr.strip()}")


def identities() -> list[str]:
    """The images that the lab ever made here and that are still there, under whatever name."""
    return run(["podman", "images", "--quiet", "--no-trunc", f"--filter=label={LABEL}"]).split()


def unused() -> list[str]:
    """Those of them that no container is made of."""
    containers = ["podman", "ps", "--all", "--quiet", "--filter"]
    return [identity for identity in identities() if not run([*containers, f"ancestor={identity}"])]


def remove(doomed: Sequence[str]) -> None:
    """Remove images by their identities."""
    for identity in doomed:
        run(["podman", "image", "rm", identity])


def clean() -> None:
    """Remove the images, but for those that somebody has made containers of."""
    remove(unused())
