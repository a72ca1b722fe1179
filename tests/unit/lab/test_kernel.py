"""Which kernel machines boot, and which of its modules they need to find their disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import kernel
from lab.process import LabError

DEPENDS = "linux-image-cloud-amd64\n  Depends: linux-image-6.1.0-40-cloud-amd64\n"
SHOWN = {
    "virtio_pci": "insmod /k/virtio.ko \ninsmod /k/virtio_pci.ko \n",
    "virtio_blk": "insmod /k/virtio.ko \ninsmod /k/virtio_blk.ko \n",
    "virtio_net": "builtin failover\ninsmod /k/virtio.ko \ninsmod /k/net_failover.ko \ninsmod /k/virtio_net.ko \n",
}


def test_version_is_what_the_package_of_all_versions_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "run", lambda command: DEPENDS)
    assert kernel.version() == "6.1.0-40-cloud-amd64"
    monkeypatch.setattr(kernel, "run", lambda command: "")
    with pytest.raises(LabError, match="the package sources have no linux-image-cloud-amd64"):
        kernel.version()


def test_each_module_is_loaded_once_and_behind_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "run", lambda command: SHOWN[command[-1]])
    names = [path.stem for path in kernel.Kernel("6.1", Path("/k")).to_find_the_root()]
    assert names == ["virtio", "virtio_pci", "virtio_blk", "net_failover", "virtio_net"]
