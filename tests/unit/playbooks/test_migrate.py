"""What a migration does before it reaches for any host, and where it fails on one of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.gates.checkout import ROOT

#: Stands for whatever would change or look at a host.
STUB = """
import os

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        if task_vars["inventory_hostname"] == "node-3" and self._task.args.get("stage") == "prefer":
            %s
        return {"changed": False, "pods": [], "results": []}
"""
#: A host whose FRR has, beside ours, a neighbor of others that is down, and the routes to all or none.
BGP_STUB = """
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        theirs = [] if self._task.args.get("managed_only") else [{"peer": "", "state": "active", "cause": "theirs"}]
        routes = [{"dst": "10.244.%%d.0/24" %% number} for number in range(3)] if %r else []
        return {"changed": False, "unanswered": "", "sessions": theirs, "routes": routes}
"""
LOST = "raise AnsibleConnectionFailure('no more')"
FAILED = "raise AnsibleActionFail('no more')"
#: The controller ends, as at a power cut.
KILLED = "os.kill(os.getppid(), 9)"
STUBBED = ("cni_config", "fabric_state", "frr_config", "pod_mtu", "probe_paths", "probe_pod")

#: What the playbook does on hosts that have a network, but what role host would do.
PLAY = """
- hosts: podnet
  any_errors_fatal: true
  tasks:
    - ansible.builtin.import_role: {name: podnet.baremetal.fabric}
      vars: {fabric_paths: move}
      check_mode: true
    - ansible.builtin.set_fact: {host_preflight: {documents: [bridge, vxlan]}}
    - ansible.builtin.import_role: {name: podnet.baremetal.migrate}
"""
#: As far as the playbook site gets before it reaches for any host.
SITE = """
- hosts: podnet
  tasks:
    - ansible.builtin.import_role: {name: podnet.baremetal.fabric}
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


@pytest.mark.parametrize(("error", "lost"), [(FAILED, False), (LOST, True)])
def test_all_go_back_and_keep_what_a_lost_host_may_send_by(
    tmp_path: Path, inventory: Path, error: str, lost: bool
) -> None:
    done = migrated(tmp_path, inventory, error, "fabric_mode=direct", LOCK)
    assert done.returncode != 0
    assert "The hosts have the paths that they had" in done.stdout
    assert ("skipping" in removal(done)) == lost
    assert ("But node-3 cannot be reached and may send by the new ways" in done.stdout) == lost
    lock = (inventory / ".podnet.lock.json").read_text()
    assert '"paths": {"mode": "vxlan"' in lock
    assert ('"towards": {"mode": "direct"' in lock) == lost


def test_a_migration_begins_once_no_host_is_refused(inventory: Path) -> None:
    """Before, nothing was changed, and site need not be stopped."""
    (inventory / ".podnet.lock.json").write_text(LOCK)
    unfit = '{"ansible_connection": "local", "ansible_python_interpreter": "/nowhere/python"}'
    done = run("-i", str(inventory), "podnet.baremetal.migrate", "-e", "fabric_mode=direct", "-e", unfit)
    assert done.returncode != 0
    assert "TASK [podnet.baremetal.host : " in done.stdout
    assert (inventory / ".podnet.lock.json").read_text() == LOCK


def test_after_a_run_that_was_killed_there_are_two_ways_and_site_is_none(tmp_path: Path, inventory: Path) -> None:
    lock = inventory / ".podnet.lock.json"
    killed = migrated(tmp_path, inventory, KILLED, "fabric_mode=direct", LOCK)
    assert killed.returncode == -signal.SIGKILL
    (tmp_path / "site.yml").write_text(SITE)
    collections, begun = tmp_path, lock.read_text()
    for mode in ("vxlan", "direct"):
        site = run(
            "-i", str(inventory), str(tmp_path / "site.yml"), "-e", f"fabric_mode={mode}", collections=collections
        )
        assert "fabric_mode is on its way from vxlan to direct, by a run of podnet.baremetal.migrate" in site.stdout
    third = migrated(tmp_path, inventory, "pass", "fabric_mode=geneve", begun)
    assert "repeat it with direct to go on, or with vxlan to go back" in third.stdout
    assert "podnet.baremetal.migrate : " not in third.stdout
    assert lock.read_text() == begun
    checked = migrated(tmp_path, inventory, "pass", "fabric_mode=vxlan", begun, "--check")
    assert (checked.returncode, lock.read_text()) == (0, begun), checked.stdout
    back = migrated(tmp_path, inventory, "pass", "fabric_mode=vxlan", begun)
    assert back.returncode == 0, back.stdout
    turned, removed = (back.stdout.index(name) for name in ("Let the old ways win", "Take the new ways away"))
    assert turned < removed
    assert "(item=direct)" in removal(back)
    assert json.loads(lock.read_text()).keys() == {"version", "paths", "hosts"}
    assert json.loads(lock.read_text())["paths"]["mode"] == "vxlan"
    on = migrated(tmp_path, inventory, "pass", "fabric_mode=direct", begun)
    assert on.returncode == 0, on.stdout
    assert json.loads(lock.read_text()).keys() == {"version", "paths", "hosts"}
    assert json.loads(lock.read_text())["paths"]["mode"] == "direct"


def test_a_run_that_was_killed_is_taken_back_only_as_far_as_nobody_is_lost(tmp_path: Path, inventory: Path) -> None:
    migrated(tmp_path, inventory, KILLED, "fabric_mode=vxlan", BGP_LOCK)
    begun = (inventory / ".podnet.lock.json").read_text()
    back = migrated(tmp_path, inventory, "pass", "fabric_mode=bgp", begun, routes=False)
    assert back.returncode != 0
    assert "on node-1, node-2, node-3 FRR has not laid its routes again" in " ".join(back.stdout.split())
    assert "skipping" in removal(back)
    assert '"towards": {"mode": "vxlan"' in (inventory / ".podnet.lock.json").read_text()


LOCK = '{"version": 1, "hosts": {"node-1": {"pod_subnet": ["10.244.0.0/24"]}}}'
BGP_LOCK = LOCK.replace(
    '"hosts"',
    '"paths": {"mode": "bgp", "overlay": null, "mtu": 1500, "underlay_family": 4, "underlay_cidr": []}, "hosts"',
)


def migrated(
    folder: Path, inventory: Path, event: str, variables: str, lock: str, *arguments: str, routes: bool = True
) -> subprocess.CompletedProcess[str]:
    """A migration on hosts of which nothing is real; this happens on node-3 once it is to prefer the new ways."""
    collection = folder / "ansible_collections" / "podnet" / "baremetal"
    for part in ("meta", "plugins", "roles"):
        shutil.copytree(
            ROOT / part, collection / part, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in STUBBED:
        (collection / "plugins" / "action" / f"{name}.py").write_text(STUB % event)
    (collection / "plugins" / "action" / "bgp_info.py").write_text(BGP_STUB % routes)
    # It would say that nothing was probed.
    (collection / "roles" / "verify" / "tasks" / "report.yml").write_text("[]\n")
    # It would install a package.
    (collection / "roles" / "bgp" / "tasks" / "main.yml").write_text("[]\n")
    (folder / "play.yml").write_text(PLAY)
    (inventory / ".podnet.lock.json").write_text(lock)
    options = ("-i", str(inventory), str(folder / "play.yml"), "-e", variables, "-e", "migrate_patience=1")
    return run(*options, *arguments, collections=folder)


def removal(done: subprocess.CompletedProcess[str]) -> str:
    """What was said of taking the new ways away."""
    (removed,) = re.findall(r"TASK \[\S+ : Take the new ways away\][^\n]*\n(.*?)\n\n", done.stdout, re.DOTALL)
    return str(removed)


@pytest.mark.parametrize("routes", [True, False])
def test_on_the_way_back_to_bgp_the_new_ways_stay_until_frr_has_laid_its_routes(
    tmp_path: Path, inventory: Path, routes: bool
) -> None:
    """It lays none beside one that wins, and takes its time once that loses."""
    done = migrated(tmp_path, inventory, FAILED, "fabric_mode=vxlan", BGP_LOCK, routes=routes)
    assert done.returncode != 0
    waited = done.stdout.index("Wait until FRR has laid the routes to all peers again")
    assert waited < done.stdout.index("Take the new ways away")
    assert ("skipping" in removal(done)) != routes
    said = " ".join(done.stdout.split())
    assert ("on node-1, node-2, node-3 FRR has not laid its routes again" in said) != routes
    assert "The hosts have the paths that they had" in said
    assert '"mode": "bgp"' in (inventory / ".podnet.lock.json").read_text()


def test_sessions_of_others_are_not_waited_for(tmp_path: Path, inventory: Path) -> None:
    done = migrated(tmp_path, inventory, FAILED, "fabric_mode=bgp", LOCK)
    (waited,) = re.findall(r"TASK \[\S+ : Wait until all planned BGP[^\n]*\n(.*?)\n\n", done.stdout, re.DOTALL)
    assert "fatal" not in waited
    assert "TASK [podnet.baremetal.migrate : Let the new ways win]" in done.stdout
