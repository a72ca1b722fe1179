"""The action reads variables and the lock, writes only the lock, and says all that is wrong at once."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.template import trust_as_template

from ansible_collections.podnet.baremetal.plugins.action.plan import ActionModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import model
from tests.unit.action.conftest import Run


def cluster(**variables: Any) -> dict[str, Any]:
    hosts = {f"node-{number}": {"ansible_host": f"192.0.2.{number}"} for number in (1, 2, 3)}
    return {"podnet": {"hosts": hosts, "vars": variables}}


def options(tmp_path: Path, **more: Any) -> dict[str, Any]:
    return {"lock_file": str(tmp_path / "podnet.lock.json"), **more}


def test_first_run_writes_the_lock_and_the_second_changes_nothing(run: Run, tmp_path: Path) -> None:
    first = run(ActionModule, options(tmp_path), cluster())
    assert first["changed"]
    assert first["diff"]["before"] == ""
    text = (tmp_path / "podnet.lock.json").read_text()
    assert first["diff"]["after"] == text
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".podnet")] == []
    second = run(ActionModule, options(tmp_path), cluster())
    assert not second["changed"]
    assert second["plan"] == first["plan"]
    assert (tmp_path / "podnet.lock.json").read_text() == text


def test_check_mode_says_the_same_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    checked = run(ActionModule, options(tmp_path), cluster(), check_mode=True)
    assert not (tmp_path / "podnet.lock.json").exists()
    assert run(ActionModule, options(tmp_path), cluster()) == checked


def test_lock_is_not_written_where_it_is_not_to_be(run: Run, tmp_path: Path) -> None:
    assert run(ActionModule, options(tmp_path, write_lock=False), cluster())["changed"]
    assert not (tmp_path / "podnet.lock.json").exists()


def test_lock_behind_a_symbolic_link_is_replaced_where_it_is(run: Run, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "podnet.lock.json").symlink_to(real / "lock.json")
    result = run(ActionModule, options(tmp_path), cluster())
    assert (tmp_path / "podnet.lock.json").is_symlink()
    assert (real / "lock.json").exists()
    assert result["lock_file"] == str(real / "lock.json")


def test_lock_is_beside_the_inventory_where_nobody_says_otherwise(run: Run, tmp_path: Path) -> None:
    assert run(ActionModule, {}, cluster())["lock_file"] == str(tmp_path / ".podnet.lock.json")


@pytest.fixture
def racks(tmp_path: Path) -> Path:
    """An inventory of two folders: which one is the first host's depends on ``--limit``."""
    for number, rack in enumerate(("rack_a", "rack_b"), start=1):
        hosts = {"podnet": {"hosts": {f"node-{number}": {"ansible_host": f"192.0.2.{number}"}}}}
        (tmp_path / "racks" / rack).mkdir(parents=True)
        (tmp_path / "racks" / rack / "hosts.yml").write_text(yaml.safe_dump(hosts))
    return tmp_path / "racks"


def test_hosts_of_several_folders_have_to_be_told_of_the_lock(run: Run, tmp_path: Path, racks: Path) -> None:
    with pytest.raises(AnsibleActionFail) as failure:
        run(ActionModule, {}, racks)
    (line,) = str(failure.value).splitlines()[1:]
    assert line == (
        f"- every host: fabric_lock_file is not set, and the hosts' inventories are in {racks}/rack_a, {racks}/rack_b. "
        "Set it, for all hosts, to the path of the lock file that they have, or else where it is to be kept."
    )
    assert run(ActionModule, options(tmp_path), racks)["changed"]


def test_hosts_of_no_folder_have_to_be_told_of_the_lock(run: Run) -> None:
    with pytest.raises(AnsibleActionFail, match=r"fabric_lock_file is not set, .* are in no folder"):
        run(ActionModule, {}, Path("192.0.2.1,"), task_vars={"groups": {"podnet": ["192.0.2.1"]}})


def test_result_is_for_people_and_for_the_next_task(run: Run, tmp_path: Path) -> None:
    result = run(ActionModule, options(tmp_path), cluster(fabric_vxlan_vni=7))
    assert model.from_json(result["plan"]).cluster.overlay == model.Overlay("vxlan", "podnet-vxlan", 7, 4789)
    assert result["summary"][2].split() == ["node-1", "192.0.2.1", "10.244.0.0/24", "e6:7f:c5:14:1b:6b", "1450"]


def test_plan_does_not_look_like_a_dictionary_to_templates(run: Run, tmp_path: Path) -> None:
    """ansible-core 2.18 evaluates strings that begin with a brace, which costs a second at 5,000 hosts."""
    plan = run(ActionModule, options(tmp_path), cluster())["plan"]
    assert plan[0] == " "
    assert json.loads(plan)["version"] == 1


def test_templates_are_each_hosts_own(run: Run, tmp_path: Path) -> None:
    inventory = cluster(fabric_node_ip="{{ addresses.underlay }}", addresses={"underlay": "{{ base }}.9"})
    for number, host in enumerate(inventory["podnet"]["hosts"].values(), start=1):
        host["base"] = f"198.51.{number}"
    found = model.from_json(run(ActionModule, options(tmp_path), inventory)["plan"])
    assert [host.node_ip for host in found.hosts.values()] == [("198.51.1.9",), ("198.51.2.9",), ("198.51.3.9",)]


def test_variables_of_the_play_count_for_all_hosts(run: Run, tmp_path: Path) -> None:
    of_play = {"fabric_vxlan_port": trust_as_template("{{ port }}"), "port": 8472}
    result = run(ActionModule, options(tmp_path), cluster(fabric_vxlan_port=4789), task_vars=of_play)
    assert model.from_json(result["plan"]).cluster.overlay == model.Overlay("vxlan", "podnet-vxlan", 244, 8472)


def test_earlier_plan_is_no_variable(run: Run, tmp_path: Path) -> None:
    run(ActionModule, options(tmp_path), cluster(fabric_plan={"plan": "{}"}, fabric_lock_file="x"))


def test_all_problems_come_in_one_message(run: Run, tmp_path: Path) -> None:
    inventory = cluster(fabric_vxlan_prot=1)
    inventory["podnet"]["hosts"]["node-2"].update(fabric_node_ip="{{ nowhere }}")
    inventory["podnet"]["hosts"]["node-3"].update(fabric_tunnel_mac="x")
    with pytest.raises(AnsibleActionFail) as failure:
        run(ActionModule, options(tmp_path), inventory)
    lines = str(failure.value).splitlines()
    assert "3 problems" in lines[0]
    assert any(
        line.startswith("- node-2: fabric_node_ip cannot be templated: 'nowhere' is undefined") for line in lines
    )
    assert any("fabric_vxlan_prot is no variable of the fabric. Write fabric_vxlan_port." in line for line in lines)
    assert any(line.startswith("- node-3: fabric_tunnel_mac x is no MAC address") for line in lines)


@pytest.mark.parametrize("node", ["node-1", "node-2"])
def test_a_host_without_what_all_are_told_by_is_named(run: Run, tmp_path: Path, node: str) -> None:
    """Whether the task runs for that host, as it does for the first, or not."""
    inventory = cluster(fabric_node_ip="{{ underlay }}")
    for name, host in inventory["podnet"]["hosts"].items():
        host.update({"underlay": host["ansible_host"]} if name != node else {})
    with pytest.raises(AnsibleActionFail) as failure:
        run(ActionModule, options(tmp_path), inventory)
    assert failure.value.__cause__ is None, "Ansible would tell it after all this, with a part of the same problems"
    (line,) = [line for line in str(failure.value).splitlines() if "templated" in line]
    assert line.startswith(f"- {node}: fabric_node_ip cannot be templated: 'underlay' is undefined")


def test_a_play_that_says_what_cannot_be_templated_is_told_so(run: Run, tmp_path: Path) -> None:
    of_play = {"fabric_vxlan_port": trust_as_template("{{ nowhere }}")}
    with pytest.raises(
        AnsibleActionFail, match=r"- every host: fabric_vxlan_port cannot be templated: 'nowhere' is un"
    ):
        run(ActionModule, options(tmp_path), cluster(), task_vars=of_play)
    assert not (tmp_path / "podnet.lock.json").exists()


def test_one_run_at_a_time_reads_and_writes_the_lock(run: Run, tmp_path: Path) -> None:
    theirs = run(ActionModule, options(tmp_path), {"podnet": {"hosts": {"node-9": {"ansible_host": "192.0.2.9"}}}})
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    (tmp_path / "podnet.lock.json").unlink()
    with ThreadPoolExecutor() as pool:
        ours = pool.submit(run, ActionModule, options(tmp_path), cluster())
        with pytest.raises(TimeoutError):
            ours.result(timeout=1)
        assert run(ActionModule, options(tmp_path), cluster(), check_mode=True)["changed"]
        (tmp_path / "podnet.lock.json").write_text(theirs["diff"]["after"])
        os.close(other)
        assert "10.244.0.0/24" not in ours.result()["plan"]
    assert list(json.loads((tmp_path / "podnet.lock.json").read_text())["hosts"]) == [
        "node-1",
        "node-2",
        "node-3",
        "node-9",
    ]


def test_damaged_lock_is_refused_and_kept(run: Run, tmp_path: Path) -> None:
    (tmp_path / "podnet.lock.json").write_text("{")
    with pytest.raises(AnsibleActionFail, match=r"fabric_lock_file .*podnet\.lock\.json is damaged"):
        run(ActionModule, options(tmp_path), cluster())
    assert (tmp_path / "podnet.lock.json").read_text() == "{"


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_unreadable_lock_is_refused(run: Run, tmp_path: Path, content: bytes | None) -> None:
    lock = tmp_path / "podnet.lock.json"
    if content is None:
        lock.mkdir()
    else:
        lock.write_bytes(content)
    with pytest.raises(AnsibleActionFail, match="cannot be read"):
        run(ActionModule, options(tmp_path), cluster())


def test_lock_that_cannot_be_written_is_an_error(run: Run, tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail, match=r"cannot be written.*set fabric_lock_file"):
        run(ActionModule, {"lock_file": str(tmp_path / "missing" / "podnet.lock.json")}, cluster())


def test_a_failed_write_leaves_nothing_beside_the_lock(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AnsibleActionFail, match=r"cannot be written: .*No space left"):
        run(ActionModule, options(tmp_path), cluster())
    assert list(tmp_path.glob(".podnet*")) == []


def test_group_without_hosts_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail, match="group nodes has no hosts"):
        run(ActionModule, options(tmp_path, group="nodes"), cluster())


def test_another_group_is_planned_when_asked_for(run: Run, tmp_path: Path) -> None:
    inventory = {**cluster(), "lab": {"hosts": {"node-2": {}}}}
    result = run(ActionModule, options(tmp_path, group="lab"), inventory)
    assert list(model.from_json(result["plan"]).hosts) == ["node-2"]


def test_other_paths_than_the_hosts_have_are_refused_with_the_way_out(run: Run, tmp_path: Path) -> None:
    run(ActionModule, options(tmp_path), cluster())
    before = (tmp_path / "podnet.lock.json").read_text()
    with pytest.raises(AnsibleActionFail) as failure:
        run(ActionModule, options(tmp_path), cluster(fabric_vxlan_port=4790, fabric_underlay_mtu=9000))
    assert str(failure.value).splitlines()[1:] == [
        f"- every host: fabric_{variable} is not what the hosts have, which is {had}. Run podnet.baremetal.migrate, "
        f"which changes it under running pods, or put {had} back; where no pods run, podnet.baremetal.site with "
        "-e fabric_paths=replace will do."
        for variable, had in (("vxlan_port 4790", 4789), ("underlay_mtu 9000", 1500))
    ]
    assert (tmp_path / "podnet.lock.json").read_text() == before


def test_a_step_of_a_migration_is_planned_and_then_kept(run: Run, tmp_path: Path) -> None:
    run(ActionModule, options(tmp_path), cluster())
    inventory = cluster(fabric_mode="direct")
    planned = run(ActionModule, options(tmp_path, paths="move"), inventory)
    assert (planned["changed"], planned["steps"], planned["begun"]) == (True, 1, False)
    assert (planned["from_ways"], planned["ways"]) == (["vxlan"], ["direct"])
    assert [tunnel["name"] for tunnel in planned["tunnels"]] == ["podnet-vxlan"]
    old, new = model.from_json(planned["from_plan"]), model.from_json(planned["plan"])
    assert (old.cluster.mode, new.cluster.mode) == ("vxlan", "direct")
    assert old.cluster.mtu == new.cluster.mtu == 1450
    assert old.hosts == new.hosts
    done = run(ActionModule, options(tmp_path, paths="moved"), inventory)
    assert (done["changed"], done["steps"]) == (True, 0)
    assert model.from_json(done["plan"]).cluster.mtu == 1500
    after = run(ActionModule, options(tmp_path), inventory)
    assert (after["changed"], after["plan"], after["tunnels"]) == (False, done["plan"], [])


def test_replacing_forgets_what_hosts_had(run: Run, tmp_path: Path) -> None:
    run(ActionModule, options(tmp_path), cluster())
    inventory = cluster(fabric_mode="geneve")
    assert run(ActionModule, options(tmp_path, paths="replace"), inventory)["changed"]
    assert not run(ActionModule, options(tmp_path), inventory)["changed"]


def test_a_lock_of_before_paths_were_kept_gets_the_inventorys(run: Run, tmp_path: Path) -> None:
    (tmp_path / "podnet.lock.json").write_text('{"version": 1, "hosts": {}}')
    run(ActionModule, options(tmp_path), cluster(fabric_mode="direct"))
    assert json.loads((tmp_path / "podnet.lock.json").read_text())["paths"]["mode"] == "direct"
