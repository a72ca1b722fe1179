"""The plugins get to where the runtime looks, and nobody else's do not suffer."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import binaries
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError

PLUGINS = ("bridge", "host-local")


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The second of two directories of packages, with the plugins in it."""
    folder = tmp_path / "libexec"
    folder.mkdir()
    for plugin in PLUGINS:
        executable(folder / plugin)
    monkeypatch.setattr(binaries, "PACKAGED", (str(tmp_path / "lib"), str(folder)))
    monkeypatch.setattr(binaries, "UNPACKED", str(tmp_path / "unpacked"))
    return folder


def executable(path: Path) -> None:
    path.write_text("plugin", encoding="utf-8")
    path.chmod(0o755)


def link(bin_dir: Path) -> list[str]:
    wanted = binaries.wanted_links(str(bin_dir), PLUGINS, binaries.PACKAGED, certain=True)
    binaries.link(wanted)
    return [os.path.basename(made.path) for made in wanted]


def test_links_are_made_once(packaged: Path, tmp_path: Path) -> None:
    bin_dir = tmp_path / "opt" / "bin"
    assert link(bin_dir) == list(PLUGINS)
    assert [os.readlink(bin_dir / plugin) for plugin in PLUGINS] == [str(packaged / plugin) for plugin in PLUGINS]
    assert link(bin_dir) == []


def test_others_files_and_links_stay(packaged: Path, tmp_path: Path) -> None:
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    executable(bin_dir / "bridge")
    executable(tmp_path / "elsewhere")
    (bin_dir / "host-local").symlink_to(tmp_path / "elsewhere")
    assert link(bin_dir) == []
    binaries.unlink(str(bin_dir))
    assert sorted(path.name for path in bin_dir.iterdir()) == list(PLUGINS)


def test_dangling_and_outdated_links_are_replaced(packaged: Path, tmp_path: Path) -> None:
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    (bin_dir / "bridge").symlink_to(tmp_path / "gone")
    (bin_dir / "host-local").symlink_to(tmp_path / "unpacked" / "host-local")
    assert link(bin_dir) == list(PLUGINS)


def test_plugin_that_is_nowhere_is_an_error_but_in_check_mode(packaged: Path, tmp_path: Path) -> None:
    (packaged / "bridge").unlink()
    with pytest.raises(CniError, match=r"bridge is in none of .* install the package containernetworking-plugins"):
        binaries.wanted_links(str(tmp_path / "bin"), PLUGINS, binaries.PACKAGED, certain=True)
    predicted = binaries.wanted_links(str(tmp_path / "bin"), PLUGINS, binaries.PACKAGED, certain=False)
    assert [os.path.basename(made.path) for made in predicted] == list(PLUGINS)


def test_unlink_leaves_nothing_of_ours(packaged: Path, tmp_path: Path) -> None:
    bin_dir = tmp_path / "opt" / "cni" / "bin"
    link(bin_dir)
    assert len(binaries.our_links(str(bin_dir))) == 2
    binaries.unlink(str(bin_dir))
    assert list((tmp_path / "opt").iterdir()) == []
    assert binaries.our_links(str(bin_dir)) == []


def test_links_to_other_plugins_go_if_they_are_named_or_would_dangle(packaged: Path, tmp_path: Path) -> None:
    bin_dir, unpacked = tmp_path / "bin", tmp_path / "unpacked"
    for folder in (bin_dir, unpacked):
        folder.mkdir()
    executable(unpacked / "macvlan")
    for plugin in ("dhcp", "vlan"):
        executable(packaged / plugin)
        (bin_dir / plugin).symlink_to(packaged / plugin)
    (bin_dir / "macvlan").symlink_to(unpacked / "macvlan")
    binaries.unlink(str(bin_dir), ["vlan"])
    assert [path.name for path in bin_dir.iterdir()] == ["dhcp"]


def archive(path: Path, contents: dict[str, bytes]) -> str:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def test_archive_is_unpacked_once_and_linked(packaged: Path, tmp_path: Path) -> None:
    file = tmp_path / "plugins.tgz"
    checksum = archive(file, {"bridge": b"one", "host-local": b"two", "vlan": b"three"})
    contents = binaries.read_archive(str(file), checksum, PLUGINS)
    assert binaries.outdated(contents) == list(PLUGINS)
    binaries.unpack(contents, binaries.outdated(contents))
    assert binaries.outdated(contents) == []
    assert sorted(os.listdir(tmp_path / "unpacked")) == list(PLUGINS)
    (made, _other) = binaries.wanted_links(str(tmp_path / "bin"), PLUGINS, [binaries.UNPACKED], certain=True)
    assert made.target == str(tmp_path / "unpacked" / "bridge")


def test_archive_with_another_checksum_is_refused(packaged: Path, tmp_path: Path) -> None:
    file = tmp_path / "plugins.tgz"
    archive(file, {"bridge": b"one"})
    with pytest.raises(CniError, match=r"has the sha256 checksum .*, and cni_plugins_checksum says 00"):
        binaries.read_archive(str(file), "sha256:00", PLUGINS)
    with pytest.raises(CniError, match=r"cni_plugins_checksum md5:00 is not of the form"):
        binaries.read_archive(str(file), "md5:00", PLUGINS)


def test_archive_without_the_plugins_is_refused(packaged: Path, tmp_path: Path) -> None:
    file = tmp_path / "plugins.tgz"
    with pytest.raises(CniError, match="does not hold host-local"):
        binaries.read_archive(str(file), archive(file, {"bridge": b"one"}), PLUGINS)


def test_archive_that_is_none_is_refused(packaged: Path, tmp_path: Path) -> None:
    file = tmp_path / "plugins.tgz"
    file.write_bytes(b"no archive")
    checksum = "sha256:" + hashlib.sha256(b"no archive").hexdigest()
    with pytest.raises(CniError, match="cannot be read"):
        binaries.read_archive(str(file), checksum, PLUGINS)
    with pytest.raises(CniError, match="cannot be read"):
        binaries.read_archive(str(tmp_path / "missing"), checksum, PLUGINS)
