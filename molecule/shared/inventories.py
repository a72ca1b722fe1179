"""Inventories of the lab's hosts, for a test of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from shared.nodes import NODES
from shared.runs import INVENTORY

LOCK_FILE = ".podnet.lock.json"


def write_inventory(
    folder: Path, names: Iterable[str] = tuple(NODES), variables: Mapping[str, Any] = MappingProxyType({})
) -> Path:
    """Write the scenario's inventory with these nodes alone, and with more variables for all of them, into `folder`.

    The lock file that is there, if any, stays.
    """
    shutil.copytree(INVENTORY, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(LOCK_FILE))
    hosts = folder / "hosts.yml"
    content = yaml.safe_load(hosts.read_text())
    content["podnet"] = only(content["podnet"], set(names))
    hosts.write_text(yaml.safe_dump(content))
    common = folder / "group_vars" / "podnet.yml"
    common.parent.mkdir(exist_ok=True)
    former = yaml.safe_load(common.read_text()) if common.exists() else {}
    common.write_text(yaml.safe_dump({**former, **variables}))
    return folder


def only(group: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """A group of an inventory, and the groups within it, without the hosts of other names."""
    hosts = {name: variables for name, variables in group.get("hosts", {}).items() if name in names}
    children = {name: only(child or {}, names) for name, child in group.get("children", {}).items()}
    return {**group, "hosts": hosts, "children": children}


def locked(inventory: Path) -> dict[str, str]:
    """The pod subnets in the inventory's lock file by host."""
    content = json.loads((inventory / LOCK_FILE).read_text())
    return {host: ",".join(entry["pod_subnet"]) for host, entry in content["hosts"].items()}
