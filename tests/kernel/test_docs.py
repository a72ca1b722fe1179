"""The playbooks of the page for users without Kubernetes, run as they stand."""

from __future__ import annotations

import re
import sys

import pytest

from tests.kernel.private import CHECKOUT, private_host

pytestmark = pytest.mark.usefixtures("namespace")
PAGE = (CHECKOUT / "docs" / "without-kubernetes.md").read_text(encoding="utf-8")
PLAYBOOKS = re.findall(r"```yaml\n(- name: .*?)```", PAGE, re.DOTALL)


@pytest.fixture
def host(namespace, tmp_path):
    """A host that has the page's namespace."""
    with private_host(tmp_path) as found:
        found.run("ip", "netns", "add", "demo")
        yield found


def test_playbooks_run_as_they_stand_and_change_nothing_again(host, tmp_path):
    file = tmp_path / "playbook.yml"
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", str(file)]
    command += ["-e", f"ansible_python_interpreter={sys.executable}"]
    assert len(PLAYBOOKS) == 5
    for playbook in PLAYBOOKS:
        file.write_text(playbook)
        shown = [host.run(*command, *options) for options in (["--check", "--diff"], [], [])]
        changed = [int(re.search(r"changed=(\d+)", each)[1]) for each in shown]
        assert (changed[1] > 0, changed[2]) == ("network_info" not in playbook, 0), shown


def test_the_refusal_reads_as_on_the_page(host):
    host.module("link", {"name": "vx0", "type": "vxlan", "vni": 42, "dstport": 4789})
    message = host.module("link", {"name": "vx0", "vni": 43})["msg"]
    assert " ".join(message.split()) in " ".join(PAGE.split())
