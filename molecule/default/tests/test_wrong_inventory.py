"""A wrong inventory is refused with one clear error, and no host is changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shared.runs import INVENTORY, playbook

#: host, variable, value as YAML, what the message must say of it beside host and variable.
MISTAKES = [
    ("node-2", "fabric_node_ip", "198.51.100.11", "198.51.100.11"),
    ("node-2", "fabric_node_ip", "198.51.100.99", "198.51.100.99"),
    ("node-2", "fabric_node_ip", "not-an-address", "not-an-address"),
    ("node-3", "fabric_pod_subnet", "10.244.0.0/24", "10.244.0.0/24"),
    ("node-3", "fabric_pod_subnet", "172.31.0.0/24", "172.31.0.0/24"),
    ("node-1", "fabric_tunnel_mac", "01:00:5e:00:00:01", "01:00:5e:00:00:01"),
    ("node-1", "fabric_underlay_mtu", "9000", "9000"),
    ("node-1", "fabric_vxlan_vin", "7", "fabric_vxlan_vni"),
    ("all", "fabric_cluster_cidr", "198.51.100.0/24", "198.51.100.0/24"),
    ("all", "fabric_cluster_cidr", "10.244.0.0/23", "10.244.0.0/23"),
    ("all", "fabric_service_cidr", "10.244.128.0/20", "10.244.128.0/20"),
    ("all", "fabric_vxlan_port", "70000", "70000"),
    ("all", "fabric_mode", "vxlam", "vxlam"),
]


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """A copy of the lab's inventory to make mistakes in."""
    return Path(shutil.copytree(INVENTORY, tmp_path / "lab"))


def write(inventory: Path, host: str, text: str) -> None:
    folder = inventory / ("group_vars" if host == "all" else "host_vars")
    folder.mkdir(exist_ok=True)
    with (folder / f"{host}.yml").open("a", encoding="utf-8") as variables:
        variables.write(text + "\n")


@pytest.mark.parametrize(("host", "variable", "value", "said"), MISTAKES)
def test_mistake_is_refused_before_any_change(
    untouched: None, inventory: Path, host: str, variable: str, value: str, said: str
) -> None:
    write(inventory, host, f"{variable}: {value!r}")
    run = playbook("site", inventory=inventory)
    assert run.code != 0
    assert run.changed() == []
    failures = [task.result["msg"] for task in run.tasks if task.status == "failed"]
    assert failures, run.output
    assert variable in failures[0]
    assert said in failures[0]
    if host != "all":
        assert host in failures[0]


def test_damaged_lock_file_is_refused(untouched: None, inventory: Path) -> None:
    (inventory / ".podnet.lock.json").write_text('{"version": 1, "pod_sub')
    run = playbook("site", inventory=inventory)
    assert run.code != 0
    assert run.changed() == []
    assert "podnet.lock.json" in run.output
    assert (inventory / ".podnet.lock.json").read_text() == '{"version": 1, "pod_sub', "nothing is lost"
