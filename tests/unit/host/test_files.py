"""A file has its owner and mode before it has its name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import files


def test_nobody_sees_a_file_that_is_not_theirs_to_see(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    owners: list[tuple[int, int]] = []
    seen: list[tuple[int, list[tuple[int, int]]]] = []

    def rename(source: str, target: str) -> None:
        seen.append((os.stat(source).st_mode & 0o777, list(owners)))
        os.rename(source, target)

    monkeypatch.setattr(os, "fchown", lambda _descriptor, user, group: owners.append((user, group)))
    monkeypatch.setattr(os, "replace", rename)
    files.replace(str(tmp_path / "frr.conf"), ["secret"], mode=0o640, owner=(101, 102))
    assert seen == [(0o640, [(101, 102)])]
    files.replace(str(tmp_path / "frr.conf"), ["secret"], mode=0o600)
    assert seen[1:] == [(0o600, [(101, 102)])]


def test_an_error_says_which_file_could_not_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/frr\.conf'"):
        files.replace(str(tmp_path / "frr.conf"), ["text"])
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}'"):
        files.sync(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
