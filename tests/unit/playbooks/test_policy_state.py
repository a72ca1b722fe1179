"""Policy that is on for some hosts and off for others, in whatever order they come."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.gates.checkout import ROOT
from tests.unit.playbooks.test_migrate import run

#: Says what it was given, where the module would change a host.
STUB = """
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        given = [name for name in ("objects", "plan") if self._task.args.get(name)]
        said = ["GIVEN", task_vars["inventory_hostname"], self._task.args["state"], *given, "END"]
        return {"changed": False, "msg": " ".join(said)}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: server, namespace: default}
spec: {nodeName: node-1}
status: {podIP: 10.244.0.2}
"""
#: A playbook of a user's own, that says for all hosts what inventories do not.
OWN = """
- hosts: podnet
  gather_facts: false
  roles:
    - role: podnet.baremetal.policy
      vars: {policy_state: absent}
"""


def given(folder: Path, states: list[str], *arguments: str, book: str = "podnet.baremetal.policy") -> dict[str, str]:
    """What each host was given; ``states`` are the hosts' own, in their order, '' for none."""
    collection = folder / "ansible_collections" / "podnet" / "baremetal"
    for part in ("meta", "plugins", "roles", "playbooks"):
        shutil.copytree(ROOT / part, collection / part, ignore=shutil.ignore_patterns("__pycache__"))
    (collection / "plugins" / "action" / "network_policy.py").write_text(STUB)
    hosts = {
        f"node-{number}": {"ansible_host": f"192.0.2.{number}", **({"policy_state": state} if state else {})}
        for number, state in enumerate(states, start=1)
    }
    inventory = folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"podnet": {"hosts": hosts}}))
    done = run("-v", "-i", str(inventory), book, *arguments, collections=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(re.findall(r"GIVEN (\S+) (.*) END", done.stdout))


@pytest.mark.parametrize("default", ["", "present"])
@pytest.mark.parametrize("off", [0, 1])
def test_a_host_without_policy_takes_it_from_no_other(tmp_path: Path, off: int, default: str) -> None:
    (tmp_path / "pods.yml").write_text(POD)
    states = [default, default]
    states[off] = "absent"
    told = given(tmp_path, states, "-e", f"policy_src={tmp_path / 'pods.yml'}")
    assert told[f"node-{2 - off}"] == "present objects plan"
    assert told[f"node-{1 + off}"].startswith("absent")


def test_turned_off_for_all_it_needs_no_objects(tmp_path: Path) -> None:
    assert given(tmp_path, ["", ""], "-e", "policy_state=absent") == {"node-1": "absent", "node-2": "absent"}


def test_turned_off_by_each_host_it_needs_none_either(tmp_path: Path) -> None:
    assert given(tmp_path, ["absent", "absent"]) == {"node-1": "absent", "node-2": "absent"}


def test_turned_off_by_a_playbook_the_role_needs_none_either(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text(OWN)
    told = given(tmp_path, ["", ""], book=str(tmp_path / "own.yml"))
    assert told == {"node-1": "absent", "node-2": "absent"}
