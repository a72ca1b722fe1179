"""What was written for other managers of the network is read by them, whatever fails after that and wherever."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.gates.checkout import ROOT
from tests.unit.playbooks.test_migrate import run

#: Stands for whatever would look at a host or change it: a host with firewalld, where some things fail.
STUB = """
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        if task_vars["inventory_hostname"] == "node-2" and self._task.get_name().rpartition(" : ")[2] in %r:
            return {"failed": True, "msg": "no more"}
        services = {"firewalld": True, "systemd-networkd": False, "NetworkManager": False}
        facts = {"os_family": "Debian", "service_mgr": "systemd"}
        return {
            "changed": %r,
            "ansible_facts": facts,
            "services": services,
            "unread": %r,
            "neighbor_sysctls": [],
            "advertised_links": [],
            "units_changed": False,
        }
"""
BUILT_IN = ("setup", "package", "file", "template", "systemd_service")
CHANGES = ("template", "systemd_service")
OURS = ("preflight", "kernel_modules", "network_state", "host_program")


def played(folder: Path, *fails: str, changed: Sequence[str] = CHANGES, unread: Sequence[str] = ()) -> str:
    """What the playbook site says where tasks of role host fail on node-2."""
    collection = folder / "ansible_collections" / "podnet" / "baremetal"
    for part in ("meta", "playbooks", "plugins", "roles"):
        shutil.copytree(ROOT / part, collection / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*BUILT_IN, *OURS):
        stub = STUB % (fails, name in changed, unread)
        (collection / "plugins" / "action" / f"{name}.py").write_text(stub)
        (collection / "plugins" / "modules" / f"{name}.py").write_text("")
    for path in (collection / "roles" / "host").glob("*/*.yml"):
        path.write_text(
            re.sub(rf"ansible\.builtin\.({'|'.join(BUILT_IN)}):", r"podnet.baremetal.\1:", path.read_text())
        )
    hosts = {f"node-{number}": {"ansible_host": f"192.0.2.{number}"} for number in (1, 2)}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"podnet": {"hosts": hosts}}))
    return run("-i", str(folder / "hosts.yml"), "podnet.baremetal.site", collections=folder).stdout


def told(said: str, handler: str) -> list[str]:
    """The hosts on which a handler ran."""
    found = re.findall(rf"HANDLER \[\S+ : {handler}\][^\n]*\n(.*?)\n\n", said, re.DOTALL)
    return sorted(re.findall(r"^(?:ok|changed): \[(\S+)\]", "\n".join(found), re.MULTILINE))


def test_managers_read_their_files_before_anything_else_is_tried(tmp_path: Path) -> None:
    said = played(tmp_path, "Load the kernel modules, now and at boot")
    assert told(said, "Reload firewalld") == ["node-1", "node-2"], said
    assert said.index("Reload firewalld") < said.index("no more")


def test_a_host_that_fails_among_the_files_keeps_no_other_from_reading_them(tmp_path: Path) -> None:
    said = played(tmp_path, "Have firewalld let pods and the overlay through, also after its reload")
    assert "no more" in said
    assert "node-1" in told(said, "Reload firewalld"), said


def test_what_a_reload_takes_away_comes_back_at_once_if_it_can(tmp_path: Path) -> None:
    repair = "Bring back the rules that firewalld took away"
    said = played(tmp_path, repair, "Load the kernel modules, now and at boot")
    assert told(said, repair) == ["node-1", "node-2"], said
    assert said.index("Reload firewalld") < said.index(repair) < said.index("Load the kernel modules")


@pytest.mark.parametrize(("unread", "hosts"), [(["firewalld"], ["node-1", "node-2"]), (["NetworkManager"], [])])
def test_what_a_killed_run_has_written_is_read_after_the_next(
    tmp_path: Path, unread: list[str], hosts: list[str]
) -> None:
    said = played(tmp_path, "Load the kernel modules, now and at boot", changed=["systemd_service"], unread=unread)
    assert told(said, "Reload firewalld") == hosts, said
