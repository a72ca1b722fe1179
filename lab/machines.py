"""The hosts as virtual machines: with the distribution's own kernel, which has what that of this machine may lack.

They boot from the root file system of the containers, are emulated where this machine cannot virtualise, and forget
what was written to their disks when they end. Each is a process whose number is kept beside the keys.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from lab import disk, initramfs, keys, prerequisites, switch
from lab.boot import wait
from lab.disk import Disk
from lab.initramfs import File
from lab.parallel import in_parallel
from lab.paths import STATE
from lab.process import run, say
from lab.topology import Host, Network, Topology

NETWORK = Network("podnet-machines", "198.18.0.0/24", "2001:db8:300::/64")
"""Its IPv4 addresses are of the range for benchmarks (RFC 2544)."""
TOPOLOGIES = {"flat": Topology((NETWORK,))}
NODES = 2
"""How many there are unless told otherwise: an emulated machine takes a whole CPU."""
MEMORY = "1G"
BOOT_SECONDS = 300
KERNEL_OPTIONS = (
    "console=ttyS0 loglevel=4 systemd.getty_auto=no "
    # An emulated CPU has no attackers, and translates a program once if it is always at the same addresses.
    "mitigations=off norandmaps"
)
ROUTES_UNIT = "etc/systemd/system/podnet-lab-routes.service"
KVM, CPUINFO = Path("/dev/kvm"), Path("/proc/cpuinfo")


def up(topology: str = "flat", nodes: int = NODES) -> None:
    """Bring the lab to `nodes` machines that answer on SSH. Those that run are left alone."""
    prerequisites.need(prerequisites.TO_RUN_MACHINES)
    common = disk.ensure()
    wanted = TOPOLOGIES[topology].hosts(nodes)
    keys.ensure({host.name: host.address for host in wanted})
    switch.make(NETWORK)
    remove(sorted(set(present()) - {host.name for host in wanted}))
    for host in wanted:
        start(host, common)
    in_parallel(booted, wanted)


def down() -> None:
    """End the machines, remove their network and their keys. The disk stays."""
    remove(present())
    switch.remove(NETWORK)
    keys.remove()


def reset(topology: str = "flat", nodes: int = NODES) -> None:
    """Boot every machine anew from the disk; the SSH keys stay."""
    remove(present())
    up(topology, nodes)


def present() -> list[str]:
    """Names of the machines that run."""
    return sorted(file.stem for file in STATE.glob("*.pid") if runs(file))


def runs(file: Path) -> bool:
    """Whether a file with the number of a machine's process is of one that there still is."""
    command = Path("/proc", file.read_text().strip(), "cmdline")
    return command.exists() and str(file).encode() in command.read_bytes().split(b"\0")


def remove(names: Sequence[str]) -> None:
    """Switch machines off."""
    for name in names:
        say(f"removing {name}")
        os.kill(int(process(name).read_text()), signal.SIGKILL)
        while runs(process(name)):
            time.sleep(0.05)
        process(name).unlink()


def start(host: Host, common: Disk) -> None:
    """Boot a machine, unless it runs."""
    if host.name in present():
        return
    say(f"starting {host.name} ({host.address}, {host.address_ipv6})")
    switch.plug(NETWORK, host.name)
    own = STATE / f"{host.name}.initramfs"
    own.write_bytes(common.initramfs.read_bytes() + initramfs.archive(files(host)))
    run(creation(host, common, own))


def creation(host: Host, common: Disk, own: Path) -> list[str]:
    """The command that boots a machine in the switch's namespace; it ends once the machine is on its way."""
    return [
        "ip", "netns", "exec", NETWORK.name, "nice", "-n", "5",
        "qemu-system-x86_64", "-name", host.name, "-daemonize", "-pidfile", str(process(host.name)),
        "-nodefaults", "-no-user-config", "-display", "none", *processor(), "-m", MEMORY,
        "-serial", f"file:{console(host.name)}",
        "-kernel", str(common.kernel), "-initrd", str(own), "-append", KERNEL_OPTIONS,
        "-drive", f"file={common.root},format=raw,if=virtio,snapshot=on,cache=unsafe",
        "-netdev", f"tap,id=lan,ifname={host.name},script=no,downscript=no",
        "-device", f"virtio-net-pci,netdev=lan,mac={NETWORK.mac(host.part)},romfile=",
    ]  # fmt: skip


def processor() -> list[str]:
    """How qemu runs the machine's code: this machine's CPU says whether it virtualises, /dev/kvm alone does not.

    What is emulated is a plain CPU: programs that find vector instructions use them, and these are dear.
    """
    virtualises = KVM.exists() and {"vmx", "svm"} & set(CPUINFO.read_text().split())
    return ["-accel", "kvm", "-cpu", "host"] if virtualises else ["-accel", "tcg", "-cpu", "qemu64"]


def files(host: Host) -> dict[str, File]:
    """What this host alone has on its disk, by paths in the initramfs (`lab/machine/init` copies it)."""
    setup = [
        "link set eth0 up",
        f"address add {host.address}/24 dev eth0",
        f"address add {host.address_ipv6}/64 dev eth0 nodad",
        f"route add default via {NETWORK.address(1)}",
        *host.routes,
    ]
    lines = r"\n".join(setup)
    own = {
        "etc/hostname": File(f"{host.name}\n".encode()),
        "etc/ssh/ssh_host_ed25519_key": File(keys.HOST_KEY.read_bytes(), 0o600),
        "root/.ssh/authorized_keys": File(keys.public(keys.CLIENT_KEY).encode()),
        # Systemd, unlike podman, hands no environment of the host's own to its units.
        f"{ROUTES_UNIT}.d/machine.conf": File(f'[Service]\nEnvironment="LAB_ROUTES={lines}"\n'.encode()),
    }
    return {f"host/{path}": file for path, file in own.items()}


def booted(host: Host) -> None:
    """Wait until a machine is up."""
    ssh = ["ssh", "-F", str(keys.CONFIG), "-o", "ConnectTimeout=5", host.name]
    wait(host.name, ssh, str(console(host.name)), BOOT_SECONDS)


def process(name: str) -> Path:
    """The file with the number of a machine's process."""
    return STATE / f"{name}.pid"


def console(name: str) -> Path:
    """The file with what a machine prints when it boots."""
    return STATE / f"{name}.console"
