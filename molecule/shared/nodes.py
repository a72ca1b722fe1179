"""The lab's hosts as tests know them."""

from __future__ import annotations

import testinfra
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from testinfra.host import Host

from lab import keys
from shared.runs import INVENTORY


def addresses() -> dict[str, str]:
    """The nodes' addresses in the scenario's inventory by name."""
    group = InventoryManager(DataLoader(), sources=[str(INVENTORY)]).groups["podnet"]
    return {host.name: host.vars["ansible_host"] for host in group.get_hosts()}


NODES = addresses()
#: The nodes' pod subnets, as the lock files of the lab's inventories have them, and the gateways in those of IPv4.
SUBNETS = {"node-1": "10.244.0.0/24", "node-2": "10.244.1.0/24", "node-3": "10.244.2.0/24"}
IPV6_SUBNETS = {"node-1": "fd00:10:244::/64", "node-2": "fd00:10:244:1::/64", "node-3": "fd00:10:244:2::/64"}
GATEWAYS = {name: subnet.replace(".0/24", ".1") for name, subnet in SUBNETS.items()}


def connect(name: str) -> Host:
    """The host over SSH, as Ansible reaches it."""
    return testinfra.get_host(f"ssh://{name}?ssh_config={keys.CONFIG}&controlpersist=60")


def name_of(host: Host) -> str:
    """The inventory name of a host of the lab."""
    return host.check_output("hostname")


def others(host: Host) -> list[str]:
    """The inventory names of a host's peers."""
    return [name for name in NODES if name != name_of(host)]
