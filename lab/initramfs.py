"""What a machine's kernel starts with: modules for disk and network, and files that are the host's own. Pure.

An initramfs is one or more cpio archives behind each other (the kernel's
driver-api/early-userspace/buffer-format).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

FILE, FOLDER = 0o100000, 0o040000
END = "TRAILER!!!"


@dataclass(frozen=True)
class File:
    """A file's content and permissions."""

    content: bytes
    mode: int = 0o644


def archive(files: Mapping[str, File]) -> bytes:
    """A cpio archive, uncompressed, of files by their paths below the root, and of the folders they are in."""
    folders = {str(folder) for path in files for folder in PurePosixPath(path).parents if folder.name}
    entries = [entry(folder, FOLDER | 0o755) for folder in sorted(folders)]
    entries += [entry(path, FILE | file.mode, file.content) for path, file in files.items()]
    return b"".join([*entries, entry(END, 0)])


def entry(path: str, mode: int, content: bytes = b"") -> bytes:
    """One object in the format `newc`: a head of 13 numbers with the name, and the content."""
    name = path.encode() + b"\0"
    inode = owner = group = time = device = 0
    numbers = (inode, mode, owner, group, 1, time, len(content), device, device, device, device, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers)
    return filled(head + name) + filled(content)


def filled(part: bytes) -> bytes:
    """Some bytes and zeros behind them, up to a multiple of 4."""
    return part + bytes(-len(part) % 4)
