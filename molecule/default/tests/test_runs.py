"""What the playbooks report is what they do."""

from __future__ import annotations

from shared.lab import podman
from shared.nodes import NODES
from shared.runs import Run, playbook


def applied(run: Run, host: str) -> list[list[str]]:
    """The commands of each document that was (or, in check mode, would be) applied on a host."""
    return [result["commands"] for result in run.results(host, "fabric_state") + run.results(host, "network_state")]


def test_plan_touches_nothing(untouched: None) -> None:
    run = playbook("plan")
    assert run.code == 0, run.output
    assert all(name in run.output and address in run.output for name, address in NODES.items())


def test_second_run_changes_nothing_in_at_most_20_tasks() -> None:
    run = playbook("site")
    assert run.code == 0, run.output
    assert run.changed() == []
    assert {host: run.count(host) for host in NODES if run.count(host) > 20} == {}


def test_check_mode_predicts_exactly_what_the_run_does() -> None:
    # The underlay has room for a smaller MTU, not for a larger one; the VXLAN port cannot be changed in place.
    variables = "fabric_vxlan_port=4790 fabric_underlay_mtu=1400 fabric_masquerade=false"
    arguments = ("-e", f"{variables} fabric_paths=replace")  # nobody's connections are at stake
    predicted = playbook("site", "--check", "--diff", *arguments)
    done = playbook("site", "--diff", *arguments)
    try:
        assert predicted.code == done.code == 0, predicted.output + done.output
        for host in NODES:
            assert predicted.changed(host) == done.changed(host) != []
            assert applied(predicted, host) == applied(done, host)
            assert any(applied(done, host))
        again = playbook("site", *arguments)
        assert again.changed() == [], again.output
    finally:
        back = playbook("site", "-e", "fabric_paths=replace")
    assert back.code == 0, back.output


def test_a_limited_run_needs_no_other_host() -> None:
    podman("pause", "node-3")
    try:
        run = playbook("site", "--limit", "node-1")
    finally:
        podman("unpause", "node-3")
    assert run.code == 0, run.output
    assert run.changed() == []
    assert {task.host for task in run.tasks} == {"node-1"}
