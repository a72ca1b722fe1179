"""The hosts: systemd containers on a network of their own, started from the image in seconds.

They stand for bare metal: each has its own network namespace, iptables, sysctls, machine-id, SSH server and
containerd.
"""

from __future__ import annotations

import hashlib
import resource
from collections.abc import Sequence
from pathlib import Path

from lab import image, keys, prerequisites, underlay
from lab import topology as layouts
from lab.boot import wait
from lab.parallel import in_parallel
from lab.process import LabError, run, say, works
from lab.topology import Host

TOPOLOGIES = layouts.TOPOLOGIES
LABEL = "podnet.lab"
BOOT_SECONDS = 120
NODES = 3
"""How many there are unless told otherwise."""
STOP_SECONDS = 60
WISHED_LIMITS = {"nofile": (resource.RLIMIT_NOFILE, 65536), "nproc": (resource.RLIMIT_NPROC, 32768)}


def up(topology: str = "flat", nodes: int = NODES) -> None:
    """Bring the lab to `nodes` nodes, and their routers, that answer on SSH. What already runs as wanted is left alone.

    `topology` is a name out of TOPOLOGIES; hosts and networks of another one are removed.
    """
    prerequisites.need(prerequisites.TO_RUN_HOSTS)
    picture = image.ensure()
    wanted = TOPOLOGIES[topology].hosts(nodes)
    keys.ensure({host.name: host.address for host in wanted})
    underlay.make(TOPOLOGIES[topology].networks, LABEL)
    for name in sorted(set(present()) - {host.name for host in wanted}):
        say(f"removing {name}")
        remove([name])
    in_parallel(lambda host: start(host, picture), wanted)
    in_parallel(booted, wanted)


def down() -> None:
    """Remove the hosts, their networks and their keys. The image stays, so that the next `up` is quick."""
    if not works(["podman", "--version"]):
        return
    remove(present())
    underlay.remove(LABEL)
    keys.remove()


def reset(topology: str = "flat", nodes: int = NODES) -> None:
    """Make every host anew from the image; the SSH keys stay."""
    if works(["podman", "--version"]):
        remove(present())
    up(topology, nodes)


def present() -> list[str]:
    """Names of the lab's containers, running or not."""
    return run(["podman", "ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}}"]).split()


def remove(names: Sequence[str]) -> None:
    """Remove hosts at once, without waiting for their systemd to shut down."""
    in_parallel(lambda name: run(["podman", "rm", "--force", "--time", "0", "--volumes", name]), names)


def start(host: Host, picture: str) -> None:
    """Create and start a host, unless it runs just as it would be created now."""
    command = creation(host, picture)
    stamp = hashlib.sha256("\0".join([*command, keys.public(keys.CLIENT_KEY)]).encode()).hexdigest()[:12]
    if host.name in present():
        seen = run(["podman", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', host.name]).strip()
        if seen == stamp:
            run(["podman", "start", host.name])
            return
        remove([host.name])
    elif works(["podman", "container", "exists", host.name]):
        raise LabError(f"a container named {host.name} exists that is not the lab's; rename or remove it")
    say(f"starting {host.name} ({host.address}, {host.address_ipv6})")
    run([*command[:-1], f"--label={LABEL}={stamp}", command[-1]])


def creation(host: Host, picture: str) -> list[str]:
    """The command that creates and starts a host."""
    limits = [f"--ulimit={name}={limit}:{limit}" for name, limit in limits_here().items()]
    return [
        "podman", "--runtime=runc", "run", "--detach", f"--name={host.name}", f"--hostname={host.name}",
        # Not --systemd=always: on cgroup v1 it would give all hosts one and the same tree for their units.
        "--privileged", "--cgroupns=private", "--systemd=false", "--stop-signal=SIGRTMIN+3",
        f"--stop-timeout={STOP_SECONDS}", *limits, *ports(host),
        # A new network namespace does what the machine happens to do.
        *(f"--sysctl={name}={int(host.forwards)}" for name in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")),
        "--env=LAB_ROUTES=" + "\n".join(host.routes),
        f"--volume={keys.HOST_KEY}:/etc/ssh/ssh_host_ed25519_key:ro",
        f"--volume={keys.CLIENT_KEY}.pub:/root/.ssh/authorized_keys:ro",
        *modules(), picture,
    ]  # fmt: skip


def ports(host: Host) -> list[str]:
    """The options that plug a host into its networks: the first is its eth0."""
    plugs = []
    for number, network in enumerate(host.networks):
        ips = f"ip={network.address(host.part)},ip={network.address_ipv6(host.part)}"
        plugs.append(f"--network={network.name}:{ips},mac={network.mac(host.part)},interface_name=eth{number}")
    return plugs


def limits_here() -> dict[str, int]:
    """The limits that hosts ask for: no higher than this machine's own hard limits, which podman could not pass."""
    limits = {}
    for name, (number, wish) in WISHED_LIMITS.items():
        hard = resource.getrlimit(number)[1]
        limits[name] = wish if hard == resource.RLIM_INFINITY else min(hard, wish)
    return limits


def modules() -> list[str]:
    """Let hosts load kernel modules as the machine would, when its kernel has any."""
    return ["--volume=/lib/modules:/lib/modules:ro"] if Path("/lib/modules").is_dir() else []


def booted(host: Host) -> None:
    """Wait until a host is up."""
    look = f"podman exec {host.name} journalctl -b"
    wait(host.name, ["podman", "exec", host.name, "sh", "-c"], look, BOOT_SECONDS)
