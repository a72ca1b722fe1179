"""The boot's list of kernel modules is not emptied by a slip."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.podnet.baremetal.plugins.module_utils.host import modules
from ansible_collections.podnet.baremetal.plugins.modules import kernel_modules


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "state is present but all of the following are missing: names"),
        (
            {"names": []},
            "names: none are given, and /etc/modules-load.d/podnet.conf would list none for the boot; name",
        ),
    ],
)
def test_no_names_are_refused(
    arguments: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules, "have", lambda names, check: pytest.fail("it went on"))
    with patch_module_args(arguments), pytest.raises(SystemExit):
        kernel_modules.main()
    assert words in json.loads(capsys.readouterr().out)["msg"]
