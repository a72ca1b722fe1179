"""The networks between the hosts, and what making them leaves behind on the machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from lab.paths import STATE
from lab.process import run, works
from lab.topology import Network

SYSCTLS = Path("/proc/sys/net")
TURNED_ON_BY_PODMAN = ("ipv4/ip_forward", "ipv6/conf/all/forwarding")
PACKET_FILTERS_IN_BRIDGES = ("bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables")
BEFORE = STATE / "sysctls.json"
"""The machine's settings before the first network was made."""


def make(networks: Sequence[Network], label: str) -> None:
    """Create the networks that are not there; the lab's other ones go, with the hosts on them."""
    save_settings()
    wanted = {network.name: network for network in networks}
    there = present(label)
    for name in there - wanted.keys():
        run(["podman", "network", "rm", "--force", "--time", "0", name])
    for name in wanted.keys() - there:
        subnets = ["--subnet", wanted[name].subnet, "--ipv6", "--subnet", wanted[name].subnet_ipv6]
        # Isolated: the machine itself forwards nothing from one to the other, that is for routers to do.
        run(["podman", "network", "create", *subnets, "--disable-dns", "--opt=isolate=true", "--label", label, name])
    be_a_switch()


def remove(label: str) -> None:
    """Remove the networks and, if no other container could need it, what podman set up around them."""
    for name in present(label):
        run(["podman", "network", "rm", "--force", name])
    if not run(["podman", "ps", "--all", "--quiet"]):
        for command in ("iptables", "ip6tables"):
            for table in ("filter", "nat"):
                iptables = [command, "--wait", "--table", table]
                for arguments in removals(run([*iptables, "--list-rules"])):
                    run([*iptables, *arguments])
        restore_settings(TURNED_ON_BY_PODMAN)
    restore_settings(PACKET_FILTERS_IN_BRIDGES)


def present(label: str) -> set[str]:
    """Names of the lab's networks."""
    return set(run(["podman", "network", "ls", f"--filter=label={label}", "--format={{.Name}}"]).split())


def be_a_switch() -> None:
    """Let the machine pass frames between hosts without a look at them.

    With these settings on it would take a node's packet to the other rack for one that leaves podman's network, and
    give it an address of its own on the way to the router.
    """
    works(["modprobe", "br_netfilter"])  # otherwise the first node to load it turns the settings on
    for path in filter(Path.exists, map(SYSCTLS.joinpath, PACKET_FILTERS_IN_BRIDGES)):
        path.write_text("0")


def save_settings() -> None:
    """Keep the machine's settings, unless they were kept before."""
    if not BEFORE.exists():
        paths = filter(Path.exists, map(SYSCTLS.joinpath, (*TURNED_ON_BY_PODMAN, *PACKET_FILTERS_IN_BRIDGES)))
        BEFORE.write_text(json.dumps({str(path.relative_to(SYSCTLS)): path.read_text().strip() for path in paths}))


def restore_settings(names: Sequence[str]) -> None:
    """Put those of the kept settings back."""
    kept = json.loads(BEFORE.read_text()) if BEFORE.exists() else {}
    for name in kept.keys() & set(names):
        (SYSCTLS / name).write_text(kept[name])


def removals(rules: str) -> list[list[str]]:
    """What to tell iptables to be rid of podman's (netavark's) own chains, which outlive its last network.

    `rules` is what `iptables --list-rules` says of one table. Jumps go first, then what is in the chains, then they.
    """
    lines = [shlex.split(line) for line in rules.splitlines()]
    chains = [line[1] for line in lines if line[0] == "-N" and line[1].startswith("NETAVARK")]
    jumps = [["-D", *line[1:]] for line in lines if line[0] == "-A" and line[-2] == "-j" and line[-1] in chains]
    return [*jumps, *(["-F", chain] for chain in chains), *(["-X", chain] for chain in chains)]
