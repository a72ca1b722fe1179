"""A disk that is full is told with the file that does not fit."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.podnet.baremetal.plugins.modules import cni_config


def test_a_full_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cni_config, "write", full)
    path = str(tmp_path / "10-podnet.conflist")
    with patch_module_args({"path": path, "content": "{}"}), pytest.raises(SystemExit):
        cni_config.main()
    assert json.loads(capsys.readouterr().out)["msg"] == f"{path}: No space left on device"
