"""The inventories that come with the collection are planned as their comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.action.plan import ActionModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model
from tests.unit.action.conftest import Run

INVENTORIES = Path(__file__).resolve().parents[3] / "inventories"


def planned(run: Run, name: str, tmp_path: Path) -> model.Plan:
    return model.from_json(run(ActionModule, {"lock_file": str(tmp_path / "lock")}, INVENTORIES / name)["plan"])


def test_example(run: Run, tmp_path: Path) -> None:
    plan = planned(run, "example", tmp_path)
    assert plan.hosts["worker-2"].node_ip == ("192.0.2.22",)
    assert plan.hosts["worker-2"].pod_subnet == ("10.244.16.0/22",)
    assert plan.cluster.bridge.masquerade_exclude == ("10.20.0.0/16",)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_lab_has_the_addresses_that_its_hosts_are_given(run: Run, tmp_path: Path, number: int) -> None:
    host = planned(run, "lab", tmp_path).hosts[f"node-{number}"]
    assert host.node_ip == (f"198.51.100.{10 + number}",)
    assert host.pod_subnet == (f"10.244.{number - 1}.0/24",)
