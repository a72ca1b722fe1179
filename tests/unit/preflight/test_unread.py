"""Whether a service has read its files, from when systemd says that it was loaded last."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.preflight import unread


def test_services_with_a_file_that_is_newer_than_their_last_load_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = time.monotonic()
    loaded = {"firewalld": now - 60, "NetworkManager": now - 20, "systemd-networkd": 0}
    said = "\n\n".join(f"StateChangeTimestampMonotonic={int(stamp * 1e6)}" for stamp in loaded.values())
    asked = []

    def run(command: list[str]) -> str:
        asked.append(command)
        return said + "\n"

    monkeypatch.setattr(unread, "run", run)
    file = tmp_path / "podnet.conf"
    file.touch()
    os.utime(file, (time.time() - 40, time.time() - 40))
    files = {"firewalld": ["none", str(file)], "NetworkManager": [str(file)], "systemd-networkd": ["none"]}
    assert unread.unread(files) == ["firewalld"]
    assert asked[0][-3:] == ["firewalld.service", "NetworkManager.service", "systemd-networkd.service"]


def test_where_there_are_none_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "run", lambda command: pytest.fail("asked"))
    assert unread.unread({}) == []
