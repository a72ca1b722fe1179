"""What is installed works on its own: no Ansible, no environment, no directory that it is called from."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.host_program.host import FILES, Host


@pytest.fixture
def podnet(host: Host, tmp_path: Path):
    """The installed command, called from a directory and with an environment that want to be imported from."""
    host.call()
    hostile = tmp_path / "hostile"
    (hostile / "podnet").mkdir(parents=True)
    for name in ("argparse.py", "podnet/__init__.py"):
        (hostile / name).write_text("raise SystemExit('imported what the caller put there')", encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [host.launcher, *arguments],
            cwd=hostile,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(hostile)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_command_works_whatever_surrounds_it(podnet, tmp_path: Path) -> None:
    done = podnet("--root", str(tmp_path), "status")
    assert (done.returncode, done.stdout, done.stderr) == (0, "no document is kept here\n", "")


def test_command_hands_on_exit_status_and_its_own_name(podnet) -> None:
    done = podnet("no-such-command")
    assert done.returncode == 2
    assert done.stderr.startswith("usage: podnet ")


def test_python_that_is_gone_is_replaced_by_the_distributions(podnet, host: Host, tmp_path: Path) -> None:
    text = host.launcher.read_text(encoding="utf-8")
    (line,) = [each for each in text.splitlines() if each.startswith("python=")]
    host.launcher.write_text(text.replace(line, "python=/no/such/python"), encoding="utf-8")
    assert podnet("--root", str(tmp_path), "status").returncode == 0


def test_package_is_complete_without_ansible(host: Host) -> None:
    host.call()
    modules = sorted(path[: -len(".py")].replace("/", ".") for path in FILES["package"] if "__" not in path)
    assert {name.split(".")[0] for name in modules} == {"state", "kernel", "host", "policy"}
    script = f"""
import importlib, sys
sys.path.insert(0, {str(host.library)!r})
for name in {modules!r}:
    importlib.import_module("podnet." + name)
print([name for name in sys.modules if name.startswith("ansible")])
"""
    done = subprocess.run(["/usr/bin/python3", "-I", "-S", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_no_placeholder_is_left(host: Host) -> None:
    host.call()
    for path in (host.launcher, *host.units.iterdir()):
        assert "@" not in path.read_text(encoding="utf-8").replace('"$@"', "")
