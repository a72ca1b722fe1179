"""Inventories for the tests: hosts' variables as the plan reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import plan
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.model import Plan


def hosts(count: int, **variables: Any) -> dict[str, dict[str, Any]]:
    """node-1 to node-`count` with an address each; `variables` are of all of them, without their prefix."""
    of_all = {f"fabric_{name}": value for name, value in variables.items()}
    return {
        f"node-{number}": {"ansible_host": f"172.16.{number // 250}.{number % 250 + 1}", **of_all}
        for number in range(1, count + 1)
    }


def speakers(count: int, cidr: str, **variables: Any) -> dict[str, dict[str, Any]]:
    """As `hosts`, in mode bgp, on one subnet with an address of each family."""
    found = hosts(count, mode="bgp", cluster_cidr=cidr, underlay_cidr="192.0.2.0/24,2001:db8::/64", **variables)
    for number, given in enumerate(found.values(), start=1):
        given["fabric_node_ip"] = [f"192.0.2.{number}", f"2001:db8::{number:x}"]
    return found


def planned(variables: Mapping[str, Mapping[str, Any]], lock: str | None = None) -> Plan:
    return plan.make(variables, lock).plan


def lock_text(held: Mapping[str, list[str]]) -> str:
    return json.dumps({"version": 1, "hosts": {name: {"pod_subnet": subnets} for name, subnets in held.items()}})


def subnets(found: Plan) -> dict[str, tuple[str, ...]]:
    return {name: host.pod_subnet for name, host in found.hosts.items()}
