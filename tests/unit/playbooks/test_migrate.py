"""What the playbook refuses before it reaches for any host."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import yaml

from tests.gates.checkout import ROOT


def test_hosts_that_are_left_out_are_asked_for_before_anything_is_done(tmp_path: Path) -> None:
    nobody = {f"node-{number}": {"ansible_host": f"192.0.2.{number}"} for number in (1, 2, 3)}
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"podnet": {"hosts": nobody}}))
    command = ["ansible-playbook", "-i", str(inventory), "podnet.baremetal.migrate", "--limit", "node-1"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    left_out = '{"migrate_leave_out": ["node-3"]}'
    done = subprocess.run([*command, "-e", left_out], capture_output=True, text=True, check=False, env=environment)
    assert "node-2: not among the hosts of this run. Run it without --limit" in " ".join(done.stdout.split())
    assert done.returncode == 2
    assert "unreachable=0" in done.stdout
    assert list(tmp_path.iterdir()) == [inventory]
