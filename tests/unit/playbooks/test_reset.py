"""What a reset takes off a host and what it leaves there, for whom; and that it foretells it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.transition import TRIAL
from ansible_collections.podnet.baremetal.plugins.module_utils.host.policy_tables import NAME as POLICY
from tests.gates.checkout import ROOT
from tests.unit.playbooks.test_migrate import run

#: Stands for whatever would look at a host or change it; what it was asked for is told.
STUB = """
from ansible.plugins.action import ActionBase

DOCUMENTS, PORTS, LEASES = %r


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        given = self._task.args
        kept = ["/etc/podnet/state.d/" + name for name in DOCUMENTS if name not in given.get("excludes", [])]
        return {
            "changed": False,
            "msg": "ASKED %%s %%s" %% (self._task.action.rpartition(".")[2], given.get("path", given.get("state"))),
            "files": [{"path": path} for path in kept],
            "stat": {"exists": True},
            "units_changed": False,
            "ports": [{"bridge": "cni0", "port": port} for port in PORTS],
            "leases": [{"container_id": container} for container in LEASES],
            "cached_results": [],
        }
"""
BUILT_IN = ("command", "file", "find", "service_facts", "stat", "systemd_service")
OURS = ("host_program", "kernel_modules", "network_state", "pod_info", "probe_pod")


def played(folder: Path, *more: str, kept: Any = (), ports: Any = (), leases: Any = ()) -> tuple[int, str]:
    """How the playbook ends on a host with these documents, ports and leases, all layers but the last left out."""
    collection = folder / "ansible_collections" / "podnet" / "baremetal"
    for part in ("meta", "playbooks", "plugins", "roles"):
        shutil.copytree(ROOT / part, collection / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*BUILT_IN, *OURS):
        (collection / "plugins" / "action" / f"{name}.py").write_text(STUB % ((kept, ports, leases),))
        (collection / "plugins" / "modules" / f"{name}.py").write_text("")
    for role in ("cni", "policy", "ways", "bridge"):
        (collection / "roles" / role / "tasks" / "absent.yml").write_text("---\n[]\n")
    for role in ("host", "reset"):
        for path in (collection / "roles" / role).glob("*/*.yml"):
            ours = re.sub(rf"ansible\.builtin\.({'|'.join(BUILT_IN)}):", r"podnet.baremetal.\1:", path.read_text())
            path.write_text(ours)
    (folder / "hosts.yml").write_text(yaml.safe_dump({"podnet": {"hosts": {"node-1": {"ansible_host": "192.0.2.1"}}}}))
    done = run("-i", str(folder / "hosts.yml"), "podnet.baremetal.reset", "-v", *more, collections=folder)
    return done.returncode, done.stdout


@pytest.mark.parametrize("mode", [(), ("--check",)])
def test_documents_of_others_stay_with_what_keeps_them(tmp_path: Path, mode: tuple[str, ...]) -> None:
    code, said = played(tmp_path, *mode, kept=["bridge.json", "host.json", "site-b.json"])
    assert code == 0, said
    assert "they keep documents that are not the pod network's: site-b. To have all" in " ".join(said.split())
    assert "ASKED file /var/lib/podnet" in said
    assert "ASKED file /etc/podnet" not in said
    assert "ASKED host_program absent" not in said
    assert "ASKED network_state absent" in said


def test_nothing_stays_where_there_are_none(tmp_path: Path) -> None:
    code, said = played(tmp_path, kept=["bridge.json", "host.json", "trial.json"])
    assert code == 0, said
    assert "ASKED file /etc/podnet" in said
    assert "ASKED host_program absent" in said
    assert "they keep documents" not in said


def test_all_documents_of_the_roles_are_known() -> None:
    known = yaml.safe_load((ROOT / "roles" / "host" / "vars" / "main.yml").read_text())["host_documents"]
    assert sorted(known) == sorted([*documents.LAYERS, TRIAL, POLICY, "host"])


PROBES = ["podnet-probe-0", "podnet-probe-0", "podnet-probe-1"]


@pytest.mark.parametrize(
    ("ports", "leases", "refused"),
    [
        (["veth1", "veth2"], PROBES, False),
        (["veth1", "veth2", "veth3"], [*PROBES, "8d0f0e51"], True),
        (["veth3"], [], True),
        (["veth1"], ["podnet-probe-of-mine"], True),
    ],
)
def test_check_mode_refuses_for_the_pods_that_would_be_refused_for(
    tmp_path: Path, ports: list[str], leases: list[str], refused: bool
) -> None:
    """Probe pods that a verify left behind are not removed in check mode, and would be."""
    code, said = played(tmp_path, "--check", ports=ports, leases=leases)
    assert ("pods are still attached to cni0" in " ".join(said.split())) == refused
    assert (code != 0) == refused, said
