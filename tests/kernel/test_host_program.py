"""The installed program on real netlink, started as systemd starts it: with next to no environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from tests.kernel.overlay import bridge
from tests.unit.host_program.host import Host

pytestmark = pytest.mark.usefixtures("namespace")


@pytest.fixture
def podnet(tmp_path: Path):
    host = Host(tmp_path)
    host.call()

    def run(*arguments: str) -> tuple[int, str, str]:
        command = [str(host.launcher), "--root", str(tmp_path), *arguments]
        environment = {"PATH": os.environ["PATH"]}
        done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


def test_installed_program_restores_what_the_collection_has_applied(run, paths, podnet):
    engine.apply("bridge", bridge(), paths=paths)
    assert podnet("status") == (0, "bridge: in sync\n", "")
    run("ip link delete cni0")
    status, said, _errors = podnet("status")
    assert status == 1
    assert "link cni0 is missing" in said
    assert podnet("restore", "--wait", "1")[0] == 0
    assert podnet("drift") == (0, "", "")
    assert podnet("status") == (0, "bridge: in sync\n", "")
