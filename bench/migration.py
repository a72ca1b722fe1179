"""Packets that two pods lose while their cluster moves from VXLAN to BGP and back, beside changing the mode at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.measure import BenchError
from bench.playbook import ended_well
from bench.result import Result
from lab import pods
from shared.inventories import write_inventory
from shared.nodes import NODES, connect
from shared.runs import playbook
from shared.traffic import Traffic, between

HOME: Mapping[str, Any] = {"fabric_mode": "vxlan"}
AWAY: Mapping[str, Any] = {"fabric_mode": "bgp"}


def results() -> Iterator[Result]:
    """One figure; the hosts must be without pods, and are bare afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        inventory = Path(folder, "lab")
        play(inventory, HOME, "reset")
        play(inventory, HOME, "site")
        pods.apply([pods.MANIFESTS / f"{name}.yaml" for name in ("client", "server")])
        moved = there_and_back(inventory, "migrate")
        if moved.error or not moved.equal:
            raise BenchError(f"a connection did not outlive the migration: {moved}")
        changed = there_and_back(inventory, "site", "-e", "fabric_paths=replace")
        pods.delete([])
        play(inventory, HOME, "reset")
    peer = f"site with fabric_paths=replace, of {changed.pings}"
    yield Result("migration_lost_packets", len(moved.lost), f"of {moved.pings} pings", peer, len(changed.lost))


def there_and_back(inventory: Path, name: str, *arguments: str) -> Traffic:
    """Run a playbook with the variables of each mode while the pods talk."""
    with between({node: connect(node) for node in NODES}, "client", "server") as seen:
        for variables in (AWAY, HOME):
            play(inventory, variables, name, *arguments)
    return seen


def play(inventory: Path, variables: Mapping[str, Any], name: str, *arguments: str) -> None:
    """Run a playbook, which must end well."""
    ended_well(playbook(name, *arguments, inventory=write_inventory(inventory, variables=variables)))
