"""A distribution's own kernel, for hosts that do not share that of the machine they run on.

The packages are unpacked, not installed: nothing is set up here to boot from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.process import LabError, run

PACKAGE = "linux-image-cloud-amd64"
"""Depends on the present kernel for virtual machines: it lacks drivers, but nothing of the network."""
MODULES = ("virtio_pci", "virtio_blk", "virtio_net")
"""Of the disk, without which there is no root, and of the network card, which nobody loads who has no udev."""


@dataclass(frozen=True)
class Kernel:
    """A kernel that is unpacked in `folder`, and a busybox that needs no libraries."""

    version: str
    folder: Path

    @property
    def image(self) -> Path:
        """What the machine boots."""
        return self.folder / "boot" / f"vmlinuz-{self.version}"

    @property
    def modules(self) -> Path:
        """The folder of all modules."""
        return self.folder / "lib" / "modules" / self.version

    @property
    def busybox(self) -> Path:
        """A shell and the tools that it needs."""
        return self.folder / "bin" / "busybox"

    def to_find_the_root(self) -> list[Path]:
        """The files of MODULES, each behind those that it needs."""
        modprobe = ["modprobe", f"--dirname={self.folder}", f"--set-version={self.version}", "--show-depends"]
        shown = "".join(run([*modprobe, module]) for module in MODULES)
        return [Path(path) for path in dict.fromkeys(re.findall(r"^insmod (\S+)", shown, re.MULTILINE))]


def version() -> str:
    """The version that the machine's package sources have now."""
    found = re.search(r"Depends: linux-image-(\S+)", run(["apt-cache", "depends", "--important", PACKAGE]))
    if found is None:
        raise LabError(f"the package sources have no {PACKAGE}; `apt-get update` may help")
    return found.group(1)


@contextmanager
def unpacked(wanted: str) -> Iterator[Kernel]:
    """The kernel of this version; it is gone after the block."""
    with TemporaryDirectory() as name:
        packages = [f"linux-image-{wanted}", "busybox-static"]
        run(["env", f"--chdir={name}", "apt-get", "-qq", "download", *packages])
        for package in Path(name).glob("*.deb"):
            run(["dpkg-deb", "--extract", package, name])
        run(["depmod", "--basedir", name, wanted])
        yield Kernel(wanted, Path(name))
