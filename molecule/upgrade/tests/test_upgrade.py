"""The present collection takes over what an earlier one had made, and the pods do not notice."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from testinfra.host import Host

from shared.fingerprint import differences, fingerprints
from shared.history import earlier
from shared.inventories import write_inventory
from shared.lab import lab, matrix
from shared.nodes import NODES
from shared.runs import Run, playbook
from shared.traffic import Traffic, between

LAYERS = ("bridge", "host", "vxlan")


@dataclass(frozen=True, repr=False)
class Story:
    """Provisioned by an earlier state, upgraded, run again."""

    bare: dict[str, list[str]]
    upgraded: Run
    again: Run
    traffic: Traffic


@pytest.fixture(scope="module")
def story(nodes: dict[str, Host], tmp_path_factory: pytest.TempPathFactory) -> Story:
    commit, collections = earlier(tmp_path_factory.mktemp("history"))
    # Without a lock file: the earlier state writes its own, and this one has to read it.
    inventory = write_inventory(tmp_path_factory.mktemp("inventory") / "lab")
    bare = fingerprints(nodes)
    provisioned = playbook("site", collections=collections, inventory=inventory)
    assert provisioned.code == 0, f"site.yml of {commit}, to upgrade from, does not work here\n{provisioned.output}"
    started = lab("apply")
    assert started.returncode == 0, started.stdout
    with between(nodes, "client", "server") as seen:
        upgraded = playbook("site", inventory=inventory)
        again = playbook("site", inventory=inventory)
    return Story(bare, upgraded, again, seen)


def test_it_works(story: Story) -> None:
    assert story.upgraded.code == 0, story.upgraded.output
    matrix()


def test_nobody_lost_a_packet_or_a_byte(story: Story) -> None:
    traffic = story.traffic
    assert traffic.whole, traffic
    assert traffic.longest_pause < 1


def test_second_run_changes_nothing(story: Story) -> None:
    assert story.again.code == 0, story.again.output
    assert story.again.changed() == []


@pytest.mark.usefixtures("story")
def test_the_documents_are_taken_over(node: Host) -> None:
    assert node.run("podnet status").rc == 0
    assert set(node.check_output("podnet status | sed -n 's/: in sync$//p'").split()) == set(LAYERS)


@pytest.mark.usefixtures("story")
def test_one_version_of_the_program_is_left(node: Host) -> None:
    assert node.check_output("find /usr/local/lib/podnet -mindepth 1 -maxdepth 1 -type d | wc -l") == "1"


def test_reset_leaves_what_a_fresh_host_has(story: Story, nodes: dict[str, Host]) -> None:
    assert lab("delete").returncode == 0
    reset = playbook("reset")
    assert reset.code == 0, reset.output
    assert all(reset.changed(name) for name in NODES)
    assert differences(story.bare, fingerprints(nodes)) == []
