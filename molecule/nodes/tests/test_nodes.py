"""A node comes and goes: the others do only what concerns it, and their pods do not notice.

The story is played once; each test looks at what its steps reported, and at what the hosts looked like between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from testinfra.host import Host

from shared.fingerprint import differences, fingerprint, fingerprints
from shared.inventories import locked, write_inventory
from shared.lab import lab, matrix, podman
from shared.nodes import SUBNETS
from shared.runs import PROJECT, Run, playbook
from shared.traffic import Traffic, between

OLD = ("node-1", "node-2")
NEW = "node-3"
PODS = PROJECT / "lab" / "pods"
#: The one task that has to do with peers, and the one that writes the lock file.
PEERS = "podnet.baremetal.vxlan : Bring the layer to the host"
PLAN = "podnet.baremetal.fabric : Plan the cluster's network"

#: What a test compares of a host, by its name.
Look = dict[str, list[str]]


@dataclass(frozen=True, repr=False)
class Step:
    """A run of the playbook, and after it the old nodes and the lock file."""

    run: Run
    old: Look
    subnets: dict[str, str]


@dataclass(frozen=True, repr=False)
class Story:
    """Two nodes; a third is planned while it is down; it comes up and joins; it leaves; its subnet is reclaimed."""

    founded: Step
    announced: Step
    joined: Step
    left: Step
    reclaimed: Step
    joined_matrix: str
    #: The third node before it joined, and after the reset that followed its leaving.
    bare: Look
    reset: Run
    bare_again: Look
    #: Between pods of the first two nodes, from before the third one was planned until after its subnet was reclaimed.
    traffic: Traffic


@pytest.fixture(scope="module")
def story(nodes: dict[str, Host], tmp_path_factory: pytest.TempPathFactory) -> Story:
    inventory = tmp_path_factory.mktemp("inventories") / "lab"

    def site(names: tuple[str, ...], *arguments: str) -> Step:
        run = playbook("site", *arguments, inventory=write_inventory(inventory, names))
        assert run.code == 0, run.output
        return Step(run, fingerprints({name: nodes[name] for name in OLD}), locked(inventory))

    everyone = (*OLD, NEW)
    bare = {NEW: fingerprint(nodes[NEW])}
    site(OLD)
    start_pods("client", "server")
    with between(nodes, "client", "server") as seen:
        founded = site(OLD)
        podman("stop", NEW)
        announced = site(everyone, "--limit", f"!{NEW}")
        assert lab("up").returncode == 0
        joined = site(everyone)
        start_pods("pair")
        joined_matrix = matrix()
        assert lab("delete", "pair").returncode == 0
        left = site(OLD)
        reset = playbook("reset", "--limit", NEW, inventory=write_inventory(inventory, everyone))
        bare_again = {NEW: fingerprint(nodes[NEW])}
        reclaimed = site(OLD, "-e", "fabric_reclaim=true")
    return Story(
        founded, announced, joined, left, reclaimed,
        joined_matrix=joined_matrix, bare=bare, reset=reset, bare_again=bare_again, traffic=seen,
    )  # fmt: skip


def start_pods(*names: str) -> None:
    """Start pods of the guide."""
    started = lab("apply", *(str(PODS / f"{name}.yaml") for name in names))
    assert started.returncode == 0, started.stdout


def changed(run: Run, host: str) -> set[str]:
    """The tasks that changed a host: the plan, which is the first one's, changes none."""
    return set(run.changed(host)) - {PLAN}


def commands(run: Run, host: str) -> list[str]:
    """The commands that a run gave on a host."""
    return [command for result in run.results(host, "fabric_state") for command in result["commands"]]


def test_nobody_lost_a_packet_or_a_byte(story: Story) -> None:
    traffic = story.traffic
    assert traffic.whole, traffic
    assert traffic.longest_pause < 1


def test_a_node_that_is_down_keeps_nobody_from_learning_of_it(story: Story) -> None:
    for host in OLD:
        assert changed(story.announced.run, host) == {PEERS}
        assert commands(story.announced.run, host) != []
        assert all("delete" not in command for command in commands(story.announced.run, host))
    assert {task.host for task in story.announced.run.tasks} == set(OLD)


def test_when_it_is_up_only_it_has_to_change(story: Story) -> None:
    assert story.joined.run.changed(NEW) != []
    for host in OLD:
        assert changed(story.joined.run, host) == set()
    assert differences(story.announced.old, story.joined.old) == []


def test_pods_of_the_new_node_reach_all_others_and_are_reached(story: Story) -> None:
    paths = story.joined_matrix.splitlines()[-1].split()
    assert paths[3:] == ["paths", "work"], story.joined_matrix
    assert paths[0] == paths[2] != "0"


def test_a_node_that_left_leaves_nothing_behind_on_the_others(story: Story) -> None:
    for host in OLD:
        assert changed(story.left.run, host) == {PEERS}
    assert differences(story.founded.old, story.left.old) == []


def test_a_node_that_left_is_as_if_it_had_never_been_there(story: Story) -> None:
    assert story.reset.code == 0, story.reset.output
    assert story.reset.changed(NEW) != []
    assert differences(story.bare, story.bare_again) == []


def test_no_subnet_moves_and_that_of_a_node_that_left_stays_reserved(story: Story) -> None:
    old = {host: SUBNETS[host] for host in OLD}
    assert story.founded.subnets == old
    for step in (story.announced, story.joined, story.left):
        assert step.subnets == old | {NEW: SUBNETS[NEW]}


def test_a_subnet_is_given_back_when_told_so_and_no_host_changes(story: Story) -> None:
    assert story.reclaimed.subnets == {host: SUBNETS[host] for host in OLD}
    assert story.reclaimed.run.changed() == [PLAN]
    assert differences(story.left.old, story.reclaimed.old) == []
