"""What a migration does before it reaches for any host, and where it fails on one of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.gates.checkout import ROOT

#: Stands for whatever would change or look at a host.
STUB = """
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        if task_vars["inventory_hostname"] == "node-3" and self._task.args.get("stage") == "prefer":
            raise %s("no more")
        return {"changed": False, "pods": [], "results": []}
"""
STUBBED = ("cni_config", "fabric_state", "frr_config", "pod_mtu", "probe_paths", "probe_pod")

#: What the playbook does on hosts that have a network, but what role host would do.
PLAY = """
- hosts: podnet
  any_errors_fatal: true
  tasks:
    - ansible.builtin.import_role: {name: podnet.baremetal.fabric}
      vars: {fabric_paths: move}
    - ansible.builtin.set_fact: {host_preflight: {documents: [bridge, vxlan]}}
    - ansible.builtin.import_role: {name: podnet.baremetal.migrate}
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """Three hosts that nobody can reach."""
    nobody = {f"node-{number}": {"ansible_host": f"192.0.2.{number}"} for number in (1, 2, 3)}
    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "hosts.yml").write_text(yaml.safe_dump({"podnet": {"hosts": nobody}}))
    return folder


def run(*arguments: str, collections: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    if collections:
        environment["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
    return subprocess.run(
        ["ansible-playbook", *arguments], capture_output=True, text=True, check=False, env=environment
    )


def test_hosts_that_are_left_out_are_asked_for_before_anything_is_done(inventory: Path) -> None:
    left_out = '{"migrate_leave_out": ["node-3"]}'
    done = run("-i", str(inventory), "podnet.baremetal.migrate", "--limit", "node-1", "-e", left_out)
    assert "node-2: not among the hosts of this run. Run it without --limit" in " ".join(done.stdout.split())
    assert done.returncode == 2
    assert "unreachable=0" in done.stdout
    assert [path.name for path in inventory.iterdir()] == ["hosts.yml"]


@pytest.mark.parametrize(("error", "lost"), [("AnsibleActionFail", False), ("AnsibleConnectionFailure", True)])
def test_all_go_back_and_keep_what_a_lost_host_may_send_by(
    tmp_path: Path, inventory: Path, error: str, lost: bool
) -> None:
    collection = tmp_path / "ansible_collections" / "podnet" / "baremetal"
    for part in ("meta", "plugins", "roles"):
        shutil.copytree(ROOT / part, collection / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in STUBBED:
        (collection / "plugins" / "action" / f"{name}.py").write_text(STUB % error)
    # It would say that nothing was probed.
    (collection / "roles" / "verify" / "tasks" / "report.yml").write_text("[]\n")
    (tmp_path / "play.yml").write_text(PLAY)
    options = ("-i", str(inventory), str(tmp_path / "play.yml"), "-e")
    (inventory / ".podnet.lock.json").write_text(
        '{"version": 1, "hosts": {"node-1": {"pod_subnet": ["10.244.0.0/24"]}}}'
    )
    done = run(*options, "fabric_mode=direct", collections=tmp_path)
    assert done.returncode != 0
    assert "The hosts have the paths that they had" in done.stdout
    (removed,) = re.findall(r"TASK \[\S+ : Take the new ways away\][^\n]*\n(.*?)\n\n", done.stdout, re.DOTALL)
    assert ("skipping" in removed) == lost
    assert ("But node-3 cannot be reached and may send by the new ways" in done.stdout) == lost
    assert '"mode": "vxlan"' in (inventory / ".podnet.lock.json").read_text()
