"""The program comes to a host whole, is compared in full, and goes without a trace."""

from __future__ import annotations

import copy
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host_program.host import FILES, UNITS, Host


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def without(path: str) -> dict[str, Any]:
    files = copy.deepcopy(FILES)
    del files["package"][path]
    return files


def test_first_run_installs_what_check_mode_predicted(host: Host) -> None:
    predicted = host.call(check=True)
    assert host.content() == {}
    assert host.call() == predicted
    assert predicted["changed"]
    assert predicted["units_changed"]
    assert {path.name for path in host.units.iterdir()} == UNITS
    assert set(predicted["files"]) == {
        *(str(host.package / path) for path in FILES["package"]),
        *(str(host.units / name) for name in UNITS),
        str(host.launcher),
    }


def test_second_run_changes_nothing_also_where_python_has_compiled(host: Host) -> None:
    host.call()
    compiled = host.package / "host" / "__pycache__"
    compiled.mkdir()
    (compiled / "cli.cpython-311.pyc").touch()
    before = host.content()
    assert host.call() == {"changed": False, "files": [], "units_changed": False, "diff": []}
    assert host.content() == before


def test_everybody_may_read_it_and_start_it_whatever_the_umask_of_root(host: Host) -> None:
    host.call()
    assert mode(host.launcher) == 0o755
    assert {mode(host.units / name) for name in UNITS} == {0o644}
    folders = [host.library, host.package, host.package / "host"]
    assert [mode(folder) for folder in folders] == [0o755] * 3
    assert {mode(path) for path in host.package.rglob("*.py")} == {0o644}


def test_changed_code_is_named_and_what_is_gone_vanishes_with_its_compiled_form(host: Host) -> None:
    host.call()
    compiled = host.package / "host" / "__pycache__"
    compiled.mkdir()
    (compiled / "engine.cpython-311.pyc").touch()
    old = host.package.resolve()
    predicted = host.call(check=True, files=without("host/engine.py"))
    result = host.call(files=without("host/engine.py"))
    gone = str(host.package / "host" / "engine.py")
    assert result == predicted
    assert (result["files"], result["units_changed"]) == ([gone], False)
    assert result["diff"] == [{"prepared": f"removed: {gone}\n"}]
    assert not (host.package / "host" / "engine.py").exists()
    assert not compiled.exists()
    assert host.package.resolve() != old
    assert {path.name for path in host.library.iterdir()} == {"podnet", host.package.resolve().name}


def test_changed_option_changes_the_units_that_it_is_about(host: Host) -> None:
    host.call()
    result = host.call(drift_interval="30s")
    assert (result["files"], result["units_changed"]) == ([str(host.units / "podnet-drift.timer")], True)
    (diff,) = result["diff"]
    assert "OnUnitActiveSec=1min\n" in diff["before"]
    assert "OnUnitActiveSec=30s\n" in diff["after"]
    assert host.call(drift_interval="30s", boot_wait=5)["files"] == [str(host.units / "podnet.service")]
    unit = (host.units / "podnet.service").read_text(encoding="utf-8")
    assert f"ExecStart={host.launcher} restore --wait 5\n" in unit
    assert "TimeoutStartSec=185\n" in unit


def test_what_was_altered_by_hand_is_repaired(host: Host) -> None:
    host.call()
    before = host.content()
    host.launcher.chmod(0o644)
    (host.units / "podnet.service").write_bytes(b"\xff\r\n")
    (host.units / "podnet-drift.timer").unlink()
    result = host.call()
    altered = [host.units / "podnet-drift.timer", host.units / "podnet.service", host.launcher]
    assert result["files"] == [str(path) for path in altered]
    assert host.content() == before
    assert mode(host.launcher) == 0o755


def test_directory_in_the_place_of_the_link_is_replaced(host: Host) -> None:
    host.package.mkdir(parents=True)
    (host.package / "mine.py").touch()
    assert str(host.package / "mine.py") in host.call()["files"]
    assert host.package.is_symlink()
    assert not host.call()["changed"]


@pytest.mark.parametrize("stop_at", ["tempfile.mkdtemp", "os.symlink", "os.replace"])
def test_interrupted_run_leaves_the_old_version_whole_and_the_next_one_cleans_up(
    host: Host, monkeypatch: pytest.MonkeyPatch, stop_at: str
) -> None:
    host.call()
    old = {path.relative_to(host.package) for path in host.package.rglob("*.py")}
    original = os.replace

    def killed(*arguments: str, **_options: object) -> None:
        if stop_at == "os.replace" and arguments[1] != host.places.package:
            return original(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(stop_at, killed)
        with pytest.raises(KeyboardInterrupt):
            host.call(files=without("host/engine.py"))
    assert {path.relative_to(host.package) for path in host.package.rglob("*.py")} == old
    assert host.call(files=without("host/engine.py"))["changed"]
    assert len(list(host.library.iterdir())) == 2
    assert not host.call(files=without("host/engine.py"))["changed"]


def test_what_an_interrupted_run_left_is_named_and_removed(host: Host) -> None:
    host.call()
    (host.library / "podnet-half").mkdir()
    assert host.call(check=True)["files"] == [str(host.library / "podnet-half")]
    assert host.call()["files"] == [str(host.library / "podnet-half")]
    assert not host.call()["changed"]


def test_failed_write_leaves_nothing_beside_the_file(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.call()
    before = host.content()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        host.call(drift_interval="30s")
    assert host.content() == before


def test_absent_leaves_only_what_is_of_others(host: Host) -> None:
    (host.units / "podnet.service.d").mkdir()
    (host.units / "podnet.service.d" / "own.conf").write_text("[Unit]\n", encoding="utf-8")
    before = host.content()
    host.call()
    (host.library / "podnet-half").mkdir()
    predicted = host.call(check=True, state="absent", files=None)
    assert host.package.exists()
    assert host.call(state="absent", files=None) == predicted
    assert predicted["units_changed"]
    assert str(host.launcher) in predicted["files"]
    assert host.content() == before
    assert not host.library.exists()
    assert not host.call(state="absent", files=None)["changed"]
