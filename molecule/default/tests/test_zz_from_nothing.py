"""Last of all: taken off, the hosts are as if the collection had never been there; and the way back is short."""

from __future__ import annotations

from testinfra.host import Host

from shared.fingerprint import differences, fingerprints
from shared.lab import lab
from shared.nodes import NODES
from shared.runs import playbook


def test_reset_leaves_what_a_fresh_host_has(nodes: dict[str, Host]) -> None:
    predicted = playbook("reset", "--check")
    done = playbook("reset")
    again = playbook("reset")
    assert predicted.code == done.code == again.code == 0, predicted.output + done.output + again.output
    assert predicted.changed() != []
    assert done.changed() != []
    assert again.changed() == []
    after = fingerprints(nodes)
    assert lab("reset").returncode == 0
    assert differences(fingerprints(nodes), after) == []


def test_first_run_takes_at_most_30_tasks_and_verify_passes() -> None:
    first = playbook("site")
    assert first.code == 0, first.output
    assert {host: first.count(host) for host in NODES if first.count(host) > 30} == {}
    verified = playbook("verify")
    assert verified.code == 0, verified.output
    assert "paths work" in verified.output
    assert playbook("verify").changed() == verified.changed()
