"""Options that cannot work are refused by name before anything is written."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.program import content
from tests.unit.host_program.host import Host


@pytest.mark.parametrize("value", ["1min", "30", "90s", "1h 30min", "1min30s", "2 d"])
def test_time_spans_of_systemd_are_taken(value: str) -> None:
    assert content.time_span(value) == value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"drift_interval": "often"}, "drift_interval: 'often' is no time span"),
        ({"drift_interval": "0s"}, "drift_interval: '0s' is no time span"),
        ({"drift_interval": "-1min"}, "drift_interval: '-1min' is no time span"),
        ({"drift_interval": "1min\n"}, r"drift_interval: '1min\\n' is no time span"),
        ({"drift_interval": ""}, "drift_interval: '' is no time span"),
        ({"boot_wait": -1}, "boot_wait: -1 is less than 0"),
    ],
)
def test_wrong_option_is_refused_by_name(host: Host, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        host.call(**options)
    assert host.content() == {}


@pytest.mark.parametrize("check", [True, False])
def test_module_without_its_action_says_so(host: Host, check: bool) -> None:
    with pytest.raises(ValueError, match=r"the action podnet\.baremetal\.host_program was not asked"):
        host.call(check, files=None)


@pytest.mark.parametrize(
    ("executable", "prefix", "chosen"),
    [
        ("/usr/bin/python3.11", "/usr", "/usr/bin/python3"),
        ("/opt/own/bin/python3", "/opt/own", "/opt/own/bin/python3"),
        ("/srv/venv/bin/python", "/srv/venv", "/srv/venv/bin/python"),
    ],
)
def test_python_is_called_by_the_name_that_outlives_upgrades(
    monkeypatch: pytest.MonkeyPatch, executable: str, prefix: str, chosen: str
) -> None:
    targets = {"/usr/bin/python3": "/usr/bin/python3.11", "/srv/venv/bin/python": "/usr/bin/python3.11"}
    monkeypatch.setattr("os.path.realpath", lambda path: targets.get(path, path))
    monkeypatch.setattr(sys, "executable", executable)
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setattr(sys, "base_prefix", prefix.replace("/srv/venv", "/usr"))
    assert content.python() == chosen
