"""The network between the hosts, and what making one leaves behind on the machine.

Addresses are of the ranges for documentation (RFC 5737, RFC 3849).
"""

from __future__ import annotations

import json
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
            remove_chains([command, "--wait", "--table", table])
    if BEFORE.exists():
        for path, value in json.loads(BEFORE.read_text()).items():
            Path(path).write_text(value)


def remove_chains(iptables: list[str]) -> None:
    """Remove podman's (netavark's) own chains of one table, which it keeps when its last network is gone."""
    rules = [line.split(maxsplit=1) for line in run([*iptables, "--list-rules"]).splitlines()]
    chains = [rest for option, rest in rules if option == "-N" and rest.startswith("NETAVARK")]
    for option, rest in rules:
        jumps = rest.rsplit("-j ", maxsplit=1)
        if option == "-A" and len(jumps) == 2 and jumps[1] in chains:
            run(["sh", "-c", f'exec "$@" -D {rest}', "sh", *iptables])
    for chain in chains:
        run([*iptables, "--flush", chain])
    for chain in chains:
        run([*iptables, "--delete-chain", chain])
