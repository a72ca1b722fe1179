"""Inventories of the lab's hosts, for a test of its own."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from shared.runs import INVENTORY

LOCK_FILE = ".podnet.lock.json"


def write_inventory(folder: Path, *names: str) -> Path:
    """Write the lab's inventory with these hosts alone into `folder`, beside the lock file that is there, if any."""
    content = yaml.safe_load((INVENTORY / "hosts.yml").read_text())
    group = content["podnet"]
    group["hosts"] = {name: variables for name, variables in group["hosts"].items() if name in names}
    folder.mkdir(exist_ok=True)
    (folder / "hosts.yml").write_text(yaml.safe_dump(content))
    return folder


def locked(inventory: Path) -> dict[str, str]:
    """The pod subnets in the inventory's lock file by host."""
    content = json.loads((inventory / LOCK_FILE).read_text())
    return {host: ",".join(entry["pod_subnet"]) for host, entry in content["hosts"].items()}
