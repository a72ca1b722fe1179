"""An initramfs is what the kernel's cpio reader takes for one."""

from __future__ import annotations

from collections.abc import Iterator

from lab.initramfs import File, archive

HEAD = 110
FOLDER, FILE = 0o040755, 0o100000


def entries(content: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Names, modes and contents, read as the kernel documentation describes the format."""
    while content:
        head, content = content[:HEAD], content[HEAD:]
        assert head[:6] == b"070701"
        numbers = [int(head[at : at + 8], 16) for at in range(6, HEAD, 8)]
        mode, size, length = numbers[1], numbers[6], numbers[11]
        name, content = content[: length - 1], content[length + -(HEAD + length) % 4 :]
        yield name.decode(), mode, content[:size]
        content = content[size + -size % 4 :]


def test_folders_come_before_what_is_in_them() -> None:
    made = archive({"host/etc/hostname": File(b"node-1\n"), "init": File(b"#!/bin/sh", 0o755)})
    assert list(entries(made)) == [
        ("host", FOLDER, b""),
        ("host/etc", FOLDER, b""),
        ("host/etc/hostname", FILE | 0o644, b"node-1\n"),
        ("init", FILE | 0o755, b"#!/bin/sh"),
        ("TRAILER!!!", 0, b""),
    ]


def test_archives_can_follow_each_other() -> None:
    both = archive({"a": File(b"1")}) + archive({"b": File(b"22222")})
    assert [entry[0] for entry in entries(both)] == ["a", "TRAILER!!!", "b", "TRAILER!!!"]
    assert len(both) % 4 == 0
