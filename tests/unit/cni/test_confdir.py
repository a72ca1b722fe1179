"""One configuration is the runtime's first, and others' come back when it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import confdir
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError

OWN = "10-podnet.conflist"


def path(folder: Path) -> str:
    return str(folder / OWN)


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("{}", encoding="utf-8")


def moved(change: confdir.Change) -> list[tuple[str, str]]:
    return [(Path(old).name, Path(new).name) for old, new in change.renames]


def test_empty_and_missing_directories_need_no_more_than_the_file(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        change = confdir.installed(path(folder), "new", set_aside=False)
        assert change == (path(folder), None, "new", ())
        assert change


def test_the_same_content_is_no_change(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("same", encoding="utf-8")
    assert not confdir.installed(path(tmp_path), "same", set_aside=False)


@pytest.mark.parametrize("name", ["05-cilium.conflist", "10-calico.conf", "10-flannel.conflist", "00.json"])
def test_what_a_runtime_would_prefer_is_refused(tmp_path: Path, name: str) -> None:
    make(tmp_path, name)
    with pytest.raises(CniError) as refusal:
        confdir.installed(path(tmp_path), "new", set_aside=False)
    assert name in str(refusal.value)
    assert "cni_other_configs: set_aside" in str(refusal.value)


@pytest.mark.parametrize(
    "name", ["99-loopback.conf", "100-crio-bridge.conflist", "05-old.conflist.bak", ".hidden", "README"]
)
def test_what_comes_later_or_is_no_configuration_is_left_alone(tmp_path: Path, name: str) -> None:
    make(tmp_path, name)
    assert confdir.installed(path(tmp_path), "new", set_aside=True).renames == ()


def test_set_aside_and_back(tmp_path: Path) -> None:
    make(tmp_path, "05-a.conflist", "07-b.conf", "99-z.conf")
    before = {file.name for file in tmp_path.iterdir()}
    change = confdir.installed(path(tmp_path), "new", set_aside=True)
    assert moved(change) == [
        ("05-a.conflist", "05-a.conflist.podnet-aside"),
        ("07-b.conf", "07-b.conf.podnet-aside"),
    ]
    confdir.rename(change)
    (tmp_path / OWN).write_text("new", encoding="utf-8")
    assert not confdir.installed(path(tmp_path), "new", set_aside=True)
    back = confdir.removed(path(tmp_path))
    assert (back.before, back.after) == ("new", None)
    confdir.rename(back)
    (tmp_path / OWN).unlink()
    assert {file.name for file in tmp_path.iterdir()} == before
    assert not confdir.removed(path(tmp_path))


def test_a_name_that_is_taken_again_is_not_overwritten(tmp_path: Path) -> None:
    make(tmp_path, "05-a.conflist", "05-a.conflist.podnet-aside")
    assert confdir.removed(path(tmp_path)).renames == ()


def test_diff_shows_renames_and_content(tmp_path: Path) -> None:
    make(tmp_path, "05-a.conflist")
    diff = confdir.installed(path(tmp_path), "new\n", set_aside=True).diff()
    assert diff["before"] == ""
    assert diff["after"] == f"renamed: {tmp_path}/05-a.conflist -> {tmp_path}/05-a.conflist.podnet-aside\nnew\n"
