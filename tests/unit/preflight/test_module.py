"""The module says why it cannot look at a host, where it cannot."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import confdir
from ansible_collections.podnet.baremetal.plugins.modules import preflight


def said(capsys: pytest.CaptureFixture[str], **arguments: Any) -> str:
    with patch_module_args({"host": "node-1", "plan": {}, **arguments}), pytest.raises(SystemExit):
        preflight.main()
    return str(json.loads(capsys.readouterr().out)["msg"])


def test_without_root_that_is_said_before_it_runs_into_what_only_root_sees(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(confdir, "others_before", lambda path: pytest.fail("it went on"))
    assert said(capsys) == (
        "The host is refused and was not changed:\n"
        "- node-1: ansible_become false is not enough to change the network. Set ansible_become to true for this host."
    )


def test_a_file_where_a_directory_is_to_be_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    file = tmp_path / "net.d"
    file.touch()
    words = said(capsys, cni_conf_dir=str(file))
    assert words == f"node-1: the host cannot be looked at: [Errno 20] Not a directory: '{file}'"
