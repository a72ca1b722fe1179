"""How machines are booted, told who they are, and found again."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from lab import disk, keys, kinds, machines, switch
from lab.initramfs import File
from lab.machines import TOPOLOGIES
from lab.process import LabError


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of keys and processes."""
    monkeypatch.setattr(machines, "STATE", tmp_path)
    for name in ("HOST_KEY", "CLIENT_KEY"):
        monkeypatch.setattr(keys, name, tmp_path / name)
    (tmp_path / "HOST_KEY").write_text("secret")
    (tmp_path / "CLIENT_KEY.pub").write_text("public")
    return tmp_path


def test_machine_boots_a_kernel_of_its_own_on_the_switch_and_leaves_the_disk_as_it_is(state: Path) -> None:
    host = TOPOLOGIES["flat"].hosts(2)[1]
    command = machines.creation(host, disk.Disk(Path("/disk")), Path("/own"))
    assert command[:5] == ["ip", "netns", "exec", "podnet-machines", "nice"]
    options = dict(pairwise(command))
    assert (options["-kernel"], options["-initrd"]) == ("/disk/vmlinuz", "/own")
    assert options["-pidfile"] == f"{state}/node-2.pid"
    assert options["-drive"].startswith("file=/disk/root.ext4,")
    assert "snapshot=on" in options["-drive"]
    assert "ifname=node-2" in options["-netdev"]
    assert "mac=02:00:c6:12:00:0c" in options["-device"]


@pytest.mark.parametrize(
    ("device", "flags", "accelerator"),
    [(True, "sse2 svm", "kvm"), (True, "vmx", "kvm"), (True, "sse2", "tcg"), (False, "vmx", "tcg")],
)
def test_machine_is_virtualised_where_the_cpu_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: bool, flags: str, accelerator: str
) -> None:
    monkeypatch.setattr(machines, "KVM", tmp_path if device else tmp_path / "none")
    monkeypatch.setattr(machines, "CPUINFO", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text(f"flags\t\t: fpu {flags}\n")
    assert machines.processor()[:2] == ["-accel", accelerator]


def test_machine_is_told_its_name_addresses_and_keys(state: Path) -> None:
    files = machines.files(TOPOLOGIES["flat"].hosts(1)[0])
    assert all(path.startswith("host/") for path in files)
    assert files["host/etc/hostname"] == File(b"node-1\n")
    assert files["host/etc/ssh/ssh_host_ed25519_key"] == File(b"secret", 0o600)
    assert files["host/root/.ssh/authorized_keys"] == File(b"public")
    (setup,) = (file.content.decode() for path, file in files.items() if path.endswith(".conf"))
    # Systemd makes lines of it again (systemd.exec(5), Environment).
    assert r"\naddress add 198.18.0.11/24 dev eth0\naddress add 2001:db8:300::11/64 dev eth0 nodad\n" in setup
    assert "\n" not in setup.removeprefix("[Service]\n").removesuffix("\n")


def test_machines_are_the_processes_that_were_started_with_their_files(state: Path) -> None:
    (state / "node-1.pid").write_text(f"{os.getpid()}\n")  # taken over by somebody else since
    (state / "node-2.pid").write_text("999999999\n")
    assert machines.present() == []


@pytest.mark.parametrize(
    ("match", "root", "refused"),
    [
        ("default via 192.0.2.1 dev eth0 \n", "", ""),
        ("default via 192.0.2.1 dev eth0 \n198.18.0.0/15 dev tun0 scope link \n", "", "198.18.0.0/15 dev tun0"),
        ("", "198.18.0.128/25 dev eth1 scope link \n", "198.18.0.128/25 dev eth1"),
    ],
)
def test_network_in_use_is_not_taken_over(monkeypatch: pytest.MonkeyPatch, match: str, root: str, refused: str) -> None:
    monkeypatch.setattr(switch, "run", lambda command: match if "match" in command else root)
    if not refused:
        switch.refuse_subnet_in_use("198.18.0.0/24")
        return
    with pytest.raises(LabError, match=refused):
        switch.refuse_subnet_in_use("198.18.0.0/24")


def test_kind_is_containers_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(kinds.KINDS) == {"containers", "machines"}
    for kind, hosts in kinds.KINDS.items():
        monkeypatch.setattr(kinds, "KIND", kind)
        assert kinds.chosen() is hosts
    monkeypatch.setattr(kinds, "KIND", "cows")
    with pytest.raises(LabError, match="LAB_HOSTS=cows is no kind of host: use containers or machines"):
        kinds.chosen()
