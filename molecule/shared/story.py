"""What most scenarios begin and end with: bare hosts are provisioned, and in the end as bare as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from testinfra.host import Host

from shared.fingerprint import differences, fingerprints
from shared.lab import lab
from shared.runs import Run, playbook


@dataclass(frozen=True, repr=False)
class Story:
    """The hosts' fingerprints when they were bare, and the run that provisioned them."""

    bare: dict[str, list[str]]
    site: Run


def provision(nodes: Mapping[str, Host]) -> Story:
    """Run site.yml on bare hosts; it must succeed."""
    bare = fingerprints(nodes)
    site = playbook("site")
    assert site.code == 0, site.output
    return Story(bare, site)


def assert_second_run_changes_nothing() -> None:
    """Neither a failure nor a change in the second run."""
    again = playbook("site")
    assert again.code == 0, again.output
    assert again.changed() == []


def assert_reset_leaves_bare_hosts(story: Story, nodes: Mapping[str, Host]) -> None:
    """Delete the pods, run reset.yml: no host differs from what it was before the first run."""
    assert lab("delete").returncode == 0
    reset = playbook("reset")
    assert reset.code == 0, reset.output
    assert all(reset.changed(name) for name in nodes)
    assert differences(story.bare, fingerprints(nodes)) == []
