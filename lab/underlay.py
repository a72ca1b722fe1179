"""The network between the hosts, and what making one leaves behind on the machine.

Addresses are of the ranges for documentation (RFC 5737, RFC 3849).
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from lab.paths import STATE
from lab.process import run, works

NAME = "podnet-lab"
SUBNET = "198.51.100.0/24"
SUBNET_IPV6 = "2001:db8:100::/64"
FORWARDING = (Path("/proc/sys/net/ipv4/ip_forward"), Path("/proc/sys/net/ipv6/conf/all/forwarding"))
BEFORE = STATE / "forwarding.json"
"""The machine's forwarding settings before the network was made: podman turns them on."""


def make(label: str) -> None:
    """Create the network unless it is there."""
    if works(["podman", "network", "exists", NAME]):
        return
    BEFORE.write_text(json.dumps({str(path): path.read_text().strip() for path in FORWARDING}))
    subnets = ["--subnet", SUBNET, "--ipv6", "--subnet", SUBNET_IPV6]
    run(["podman", "network", "create", *subnets, "--disable-dns", "--label", label, NAME])


def remove() -> None:
    """Remove the network and, if no other container could need it, what podman set up around it."""
    run(["podman", "network", "rm", "--force", NAME])
    if run(["podman", "ps", "--all", "--quiet"]):
        return
    for command in ("iptables", "ip6tables"):
        for table in ("filter", "nat"):
            iptables = [command, "--wait", "--table", table]
            for arguments in removals(run([*iptables, "--list-rules"])):
                run([*iptables, *arguments])
    if BEFORE.exists():
        for path, value in json.loads(BEFORE.read_text()).items():
            Path(path).write_text(value)


def removals(rules: str) -> list[list[str]]:
    """What to tell iptables to be rid of podman's (netavark's) own chains, which outlive its last network.

    `rules` is what `iptables --list-rules` says of one table. Jumps go first, then what is in the chains, then they.
    """
    lines = [shlex.split(line) for line in rules.splitlines()]
    chains = [line[1] for line in lines if line[0] == "-N" and line[1].startswith("NETAVARK")]
    jumps = [["-D", *line[1:]] for line in lines if line[0] == "-A" and line[-2] == "-j" and line[-1] in chains]
    return [*jumps, *(["-F", chain] for chain in chains), *(["-X", chain] for chain in chains)]
