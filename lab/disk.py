"""What all machines boot: a stock kernel, an initramfs, and a disk with the root file system of the containers.

Named after what it is made of: the same image and kernel never make it twice. Machines write to copies of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lab import image, initramfs, kernel, prerequisites
from lab.initramfs import File
from lab.paths import DISK, LAB
from lab.process import run, say

SIZE = "3G"
"""Of the disk, which takes no more room here than is written to it."""
INIT = LAB / "machine" / "init"


@dataclass(frozen=True)
class Disk:
    """The three files, in one folder."""

    folder: Path

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initramfs(self) -> Path:
        """All of it but the files of one host."""
        return self.folder / "initramfs"

    @property
    def root(self) -> Path:
        return self.folder / "root.ext4"


def ensure() -> Disk:
    """Make the disk unless it is there; what was made of other images or kernels goes."""
    picture, version = image.ensure(), kernel.version()
    wanted = Disk(DISK / f"{version}-{picture.rpartition(':')[2]}")
    if not wanted.folder.exists():
        prerequisites.need(prerequisites.TO_MAKE_THE_DISK)
        say(f"making the machines' disk, with Debian's kernel {version}")
        clean()
        DISK.mkdir(parents=True)
        with TemporaryDirectory(dir=DISK) as name:
            make(Disk(Path(name)), picture, version)
            Path(name).rename(wanted.folder)
            Path(name).mkdir()  # for TemporaryDirectory to remove
    return wanted


def make(disk: Disk, picture: str, version: str) -> None:
    """Write the three files."""
    with kernel.unpacked(version) as stock, file_system(picture) as root:
        shutil.copy(stock.image, disk.kernel)
        disk.initramfs.write_bytes(initramfs.archive(first_files(stock)))
        shutil.copytree(stock.modules, root / "usr/lib/modules" / version, symlinks=True)
        run(["mke2fs", "-q", "-t", "ext4", "-d", root, disk.root, SIZE])


def first_files(stock: kernel.Kernel) -> dict[str, File]:
    """The files of the initramfs."""
    modules = stock.to_find_the_root()
    return {
        # The first file system has busybox under no other name.
        "init": File(INIT.read_bytes().replace(b"/bin/sh", b"/bin/busybox sh", 1), 0o755),
        "bin/busybox": File(stock.busybox.read_bytes(), 0o755),
        "dev/empty": File(b""),
        "root/empty": File(b""),
        "modules/order": File("".join(f"{path.name}\n" for path in modules).encode()),
        **{f"modules/{path.name}": File(path.read_bytes()) for path in modules},
    }


@contextmanager
def file_system(picture: str) -> Iterator[Path]:
    """A copy of an image's file system, which is gone after the block."""
    with TemporaryDirectory(dir=DISK) as name:
        run(["cp", "--archive", f"{run(['podman', 'image', 'mount', picture]).strip()}/.", name])
        run(["podman", "image", "unmount", picture])
        yield Path(name)


def clean() -> None:
    """Remove what was made; running machines keep what they have opened."""
    shutil.rmtree(DISK, ignore_errors=True)
