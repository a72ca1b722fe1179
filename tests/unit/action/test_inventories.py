"""The inventories that come with the collection are planned as their comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.action.plan import ActionModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.sessions import sessions
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


def test_bgp_mesh_has_a_session_of_either_family_with_each_other_node(run: Run, tmp_path: Path) -> None:
    plan = planned(run, "bgp-mesh", tmp_path)
    ends = {session.address for session in sessions(plan, "node-1")}
    assert ends == {"198.51.100.12", "198.51.100.13", "2001:db8:100::12", "2001:db8:100::13"}


def test_bgp_reflectors_are_all_that_other_nodes_know(run: Run, tmp_path: Path) -> None:
    plan = planned(run, "bgp-reflectors", tmp_path)
    assert {session.peer for session in sessions(plan, "node-4")} == {"node-1", "node-2"}
    clients = {session.peer for session in sessions(plan, "node-1") if session.reflector_client}
    assert clients == {"node-3", "node-4"}
