"""The module as Ansible runs it, packed and sent: arguments in, results and errors out."""

from __future__ import annotations

import json
import sys

import pytest

from tests.kernel.overlay import overlay
from tests.kernel.private import private_host

pytestmark = pytest.mark.usefixtures("namespace")


@pytest.fixture
def ansible(namespace, tmp_path):
    """Run the module once; its result."""
    with private_host(tmp_path) as host:

        def run(*options, **arguments):
            command = [sys.executable, "-m", "ansible", "adhoc", "localhost", "--one-line", *options]
            command += ["-m", "podnet.baremetal.network_state", "-a", json.dumps({"name": "vxlan", **arguments})]
            done = host.call(*command, "-e", f"ansible_python_interpreter={sys.executable}")
            assert "=> " in done.stdout, done.stdout + done.stderr
            return json.loads(done.stdout.partition("=> ")[2])

        yield run


def test_check_apply_repeat_remove(ansible, run, tmp_path):
    predicted = ansible("--check", "--diff", document=overlay(1))
    assert (predicted["changed"], "vx0" in run("ip link")) == (True, False)
    assert not list((tmp_path / "up").rglob("*.json"))

    done = ansible(document=json.dumps(overlay(1)))
    assert done["changed"]
    assert {name: done[name] for name in ("commands", "before", "after")} == {
        name: predicted[name] for name in ("commands", "before", "after")
    }
    assert done["commands"][-1] == ("ip route add 10.244.1.0/24 via 10.244.1.1 dev vx0 src 10.244.0.1 proto 244 onlink")
    assert (tmp_path / "up" / "podnet" / "state.d" / "vxlan.json").exists()

    again = ansible(document=overlay(1))
    assert (again["changed"], again["commands"]) == (False, [])

    assert ansible(state="absent")["changed"]
    assert "vx0" not in run("ip link")


def test_errors_are_told_in_one_message(ansible):
    refused = ansible(document={"version": 1, "routes": [{"dst": "10.0.0.1/8", "dev": "vx0"}]})
    assert refused["msg"] == (
        "the document is not valid:\n  routes[0].dst: '10.0.0.1/8' has host bits set; the network is 10.0.0.0/8"
    )
    failed = ansible(document={"version": 1, "routes": [{"dst": "10.0.0.0/8", "gateway": "192.0.2.1"}]})
    assert failed["failures"] == ["route 10.0.0.0/8: add: ENETUNREACH: Nexthop has invalid gateway"]
    assert "all that this run had changed was taken back" in failed["msg"]
    assert "document" in ansible()["msg"]
    assert "is no JSON" in ansible(document="{")["msg"]
    assert "is no name of a document" in ansible(document={"version": 1}, name="../x")["msg"]
