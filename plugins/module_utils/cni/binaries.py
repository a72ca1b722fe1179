# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI plugins' binaries, brought to where the container runtime looks for them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from typing import Dict, List, NamedTuple, Optional, Sequence

from .errors import CniError

#: Where a given archive's plugins are kept; the runtime's directory gets links to them. Not in /usr/local/lib/podnet,
#: where everything belongs to the engine's program.
UNPACKED = "/usr/local/lib/podnet-cni"
#: Where distributions' packages put the plugins: Debian and Ubuntu, RHEL and its kin.
PACKAGED = ("/usr/lib/cni", "/usr/libexec/cni")
PLUGINS = ("bridge", "host-local", "loopback", "portmap", "bandwidth")

_WAY_OUT = "install the package containernetworking-plugins, or give cni_plugins_archive"


class Link(NamedTuple):
    """A symbolic link to make: at ``path``, to ``target``, in place of ``before`` (a link's target; None: nothing)."""

    path: str
    before: Optional[str]
    target: str


def wanted_links(bin_dir: str, plugins: Sequence[str], sources: Sequence[str], certain: bool) -> List[Link]:
    """The links that ``bin_dir`` lacks. Files and links that others put there stay.

    ``certain`` is False in check mode: then a plugin that no source has yet is taken for one that is about to come.
    Raises `CniError` for a plugin that is nowhere.
    """
    links = []
    for plugin in plugins:
        path = os.path.join(bin_dir, plugin)
        before = os.readlink(path) if os.path.islink(path) else None
        target = next((file for file in _in(sources, plugin) if os.access(file, os.X_OK)), None)
        if (before is not None and before == target) or (os.path.exists(path) and not _is_ours(before)):
            continue
        if target is None:
            if certain:
                raise CniError("CNI plugin %s is in none of %s: %s" % (plugin, ", ".join(sources), _WAY_OUT))
            target = os.path.join(sources[0], plugin)
        links.append(Link(path, before, target))
    return links


def our_links(bin_dir: str, plugins: Sequence[str] = PLUGINS) -> List[str]:
    """The links in ``bin_dir`` to unpacked plugins, and those to packaged ones that PLUGINS or ``plugins`` names.

    Anybody may have linked another packaged one; what was unpacked is ours and goes, so no link to it may stay.
    """
    names = sorted(os.listdir(bin_dir)) if os.path.isdir(bin_dir) else []
    paths = [os.path.join(bin_dir, name) for name in names]
    targets = {path: os.readlink(path) for path in paths if os.path.islink(path)}
    return [
        path
        for path, target in targets.items()
        if os.path.dirname(target) == UNPACKED or (_is_ours(target) and os.path.basename(path) in {*PLUGINS, *plugins})
    ]


def link(links: Sequence[Link]) -> None:
    """Make them, each in one step: a runtime that looks meanwhile finds the old plugin or the new one."""
    for wanted in links:
        os.makedirs(os.path.dirname(wanted.path), mode=0o755, exist_ok=True)
        temporary = wanted.path + ".podnet"
        if os.path.lexists(temporary):
            os.unlink(temporary)
        os.symlink(wanted.target, temporary)
        os.replace(temporary, wanted.path)


def unlink(bin_dir: str, plugins: Sequence[str] = PLUGINS) -> None:
    """Remove our links, what was unpacked, and of ``bin_dir`` and a ``cni`` above it what is empty then."""
    for path in our_links(bin_dir, plugins):
        os.unlink(path)
    if is_unpacked():
        shutil.rmtree(UNPACKED)
    for folder in (bin_dir, os.path.dirname(bin_dir)):
        if os.path.basename(folder) in ("bin", "cni") and os.path.isdir(folder) and not os.listdir(folder):
            os.rmdir(folder)


def is_unpacked() -> bool:
    return os.path.isdir(UNPACKED)


def read_archive(archive: str, checksum: str, plugins: Sequence[str]) -> Dict[str, bytes]:
    """The plugins' contents out of a tar archive whose ``checksum`` (``sha256:…``) is right. Raises `CniError`."""
    algorithm, _colon, expected = checksum.partition(":")
    if algorithm not in ("sha256", "sha512") or not expected:
        raise CniError("cni_plugins_checksum %s is not of the form sha256:… or sha512:…" % checksum)
    try:
        with open(archive, "rb") as file:
            found = hashlib.new(algorithm, file.read()).hexdigest()
        if found != expected.lower():
            raise CniError(
                "cni_plugins_archive %s has the %s checksum %s, and cni_plugins_checksum says %s: get the file again, "
                "or correct the checksum from a source that you trust" % (archive, algorithm, found, expected)
            )
        with tarfile.open(archive) as tar:
            contents = {os.path.basename(member.name): tar.extractfile(member) for member in tar if member.isfile()}
            read = {name: stream.read() for name, stream in contents.items() if stream and name in plugins}
    except (OSError, tarfile.TarError) as error:
        raise CniError("cni_plugins_archive %s cannot be read: %s" % (archive, error)) from error
    missing = sorted(set(plugins) - set(read))
    if missing:
        raise CniError("cni_plugins_archive %s does not hold %s" % (archive, ", ".join(missing)))
    return read


def outdated(contents: Dict[str, bytes]) -> List[str]:
    """The plugins whose unpacked file is not there or has other content."""
    return [name for name, content in contents.items() if _content(os.path.join(UNPACKED, name)) != content]


def unpack(contents: Dict[str, bytes], names: Sequence[str]) -> None:
    """Write the named plugins, each in one step, for running ones cannot be overwritten."""
    os.makedirs(UNPACKED, mode=0o755, exist_ok=True)
    for name in names:
        with tempfile.NamedTemporaryFile(dir=UNPACKED, delete=False) as file:
            file.write(contents[name])
            os.fchmod(file.fileno(), 0o755)
        os.replace(file.name, os.path.join(UNPACKED, name))


def _content(path: str) -> Optional[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _in(folders: Sequence[str], name: str) -> List[str]:
    return [os.path.join(folder, name) for folder in folders]


def _is_ours(target: Optional[str]) -> bool:
    return target is not None and os.path.dirname(target) in (*PACKAGED, UNPACKED)
