"""What role host hands to preflight of the variables of role bgp, before anything is changed on any host."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import frr_options
from tests.gates.checkout import ROOT
from tests.unit.playbooks.test_migrate import run

#: Says what it was given, where the module would look at a host.
STUB = """
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return {"changed": False, "msg": "GIVEN" + __import__("json").dumps(self._task.args.get("bgp")) + "END"}
"""
PLAY = """
- hosts: podnet
  gather_facts: false
  tasks:
    - ansible.builtin.import_role: {name: podnet.baremetal.fabric}
    - ansible.builtin.import_role: {name: podnet.baremetal.host, tasks_from: preflight}
    - ansible.builtin.debug: {var: host_preflight.msg}
"""


def given(folder: Path, **variables: Any) -> tuple[int, str, Any]:
    """Exit status, what was printed, and what preflight was given as ``bgp``."""
    collection = folder / "ansible_collections" / "podnet" / "baremetal"
    for part in ("meta", "plugins", "roles"):
        shutil.copytree(ROOT / part, collection / part, ignore=shutil.ignore_patterns("__pycache__"))
    (collection / "plugins" / "action" / "preflight.py").write_text(STUB)
    inventory = folder / "inventory.yml"
    hosts = {"node-1": {"ansible_host": "192.0.2.1"}, "node-2": {"ansible_host": "192.0.2.2"}}
    inventory.write_text(yaml.safe_dump({"podnet": {"hosts": hosts, "vars": variables}}))
    (folder / "play.yml").write_text(PLAY)
    done = run("-i", str(inventory), str(folder / "play.yml"), "--limit", "node-1", collections=folder)
    found = re.search(r"GIVEN(.*)END", done.stdout)
    return done.returncode, done.stdout, json.loads(found.group(1).replace('\\"', '"')) if found else None


def test_variables_that_are_set_are_as_the_role_has_them_and_others_at_their_default(tmp_path: Path) -> None:
    set_here = {"bgp_hold": 45, "bgp_bfd": True, "bgp_password": "hunter2", "bgp_foreign": 1, "bgp_existing": "join"}
    code, said, found = given(tmp_path, fabric_mode="bgp", **set_here)
    assert code == 0, said
    assert "timers bgp 10 45" in found["config"]
    assert "password @password@" in found["config"]
    assert found["secrets"] == {"@password@": "hunter2"}
    assert (found["daemons"], found["existing"]) == (["bgpd", "bfdd"], "join")


def test_without_any_of_them_the_defaults_are_the_roles(tmp_path: Path) -> None:
    code, said, found = given(tmp_path, fabric_mode="bgp")
    assert code == 0, said
    assert "timers bgp 10 30" in found["config"]
    assert (found["daemons"], found["existing"], found["secrets"]) == (["bgpd"], "refuse", {})


def test_other_modes_hand_over_nothing(tmp_path: Path) -> None:
    code, said, found = given(tmp_path, bgp_hold="never")
    assert (code, found) == (0, None), said


def test_what_cannot_be_is_refused_before_the_first_change(tmp_path: Path) -> None:
    code, said, _found = given(tmp_path, fabric_mode="bgp", bgp_keepalive=20)
    assert code != 0
    assert "bgp_keepalive 20 is more than a third of bgp_hold, 30. Give at most 10." in " ".join(said.split())


@pytest.mark.parametrize(("role", "variable"), [("host", "host_bgp_known"), ("bgp", "bgp_options")])
def test_no_variable_is_forgotten(role: str, variable: str) -> None:
    known = yaml.safe_load((ROOT / "roles" / role / "vars" / "main.yml").read_text())[variable]
    assert set(known) | {"password"} == set(frr_options.read({"password": False}, ()).__dataclass_fields__)


def test_the_roles_defaults_are_the_filters() -> None:
    """For role host knows the filter's alone."""
    defaults = yaml.safe_load((ROOT / "roles" / "bgp" / "defaults" / "main.yml").read_text())
    options = {name[4:]: value for name, value in defaults.items() if name not in ("bgp_existing", "bgp_password")}
    assert frr_options.read(options, ()) == frr_options.read({}, ())
