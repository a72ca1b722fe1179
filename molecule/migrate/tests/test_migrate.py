"""From mode to mode while two pods talk: the story is played once, and each test looks at what its steps reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from shared.fingerprint import differences, fingerprints
from shared.inventories import LOCK_FILE, write_inventory
from shared.lab import lab, matrix
from shared.runs import PROJECT, Run, playbook
from shared.traffic import Traffic, between

Variables = Mapping[str, Any]
#: What a test compares of the hosts.
Look = dict[str, list[str]]

VXLAN: Variables = {"fabric_mode": "vxlan"}
BGP: Variables = {"fabric_mode": "bgp"}
#: Of the same kind, so that the kernel has to make the device anew.
OTHER_VXLAN: Variables = {"fabric_mode": "vxlan", "fabric_vxlan_vni": 7, "fabric_vxlan_port": 4790}
#: The same again, and node-2 gets nothing on that port.
BLOCKED_VXLAN: Variables = {"fabric_mode": "vxlan", "fabric_vxlan_port": 4799}
#: Where no chain of ours could accept it before.
BLOCK = "PREROUTING -t raw -p udp --dport 4799 -j DROP"
DIRECT: Variables = {"fabric_mode": "direct"}

#: The task after which a run is killed: some hosts send by the new way, and some by the old.
SWITCH = "podnet.baremetal.migrate : Let the new ways win"


@dataclass(frozen=True, repr=False)
class Move:
    """A migration, and what two pods saw of it."""

    run: Run
    #: By address family.
    traffic: Mapping[int, Traffic]


class Cluster:
    """The lab's hosts under an inventory that changes."""

    def __init__(self, nodes: Mapping[str, Host], folder: Path) -> None:
        self.nodes, self.folder = nodes, folder

    def play(self, name: str, variables: Variables, *arguments: str, killed_at: str = "") -> Run:
        """Run a playbook with these variables; nothing is said of how it ends."""
        inventory = write_inventory(self.folder, variables=variables)
        return playbook(name, *arguments, inventory=inventory, killed_at=killed_at)

    def move(self, variables: Variables, *arguments: str, killed_at: str = "") -> Move:
        """Migrate under traffic; where the run was killed, once more."""
        with (
            between(self.nodes, "client", "server", 4) as seen,
            between(self.nodes, "client", "server", 6) as seen_by_ipv6,
        ):
            if killed_at:
                self.play("migrate", variables, *arguments, killed_at=killed_at)
            run = self.play("migrate", variables, *arguments)
        return Move(run, {4: seen, 6: seen_by_ipv6})

    def lock(self) -> str:
        return (self.folder / LOCK_FILE).read_text()


@dataclass(frozen=True, repr=False)
class Refusal:
    """A migration that cannot work: what was changed on the hosts, and the lock file before and after."""

    move: Move
    changed: list[str]
    locks: tuple[str, str]


@dataclass(frozen=True, repr=False)
class Story:
    """All that happened: from VXLAN to BGP and back, to another VXLAN, to one that is blocked, and to direct routes."""

    bare: Look
    predicted: Run
    refused: Run
    moves: dict[str, Move]
    again: Run
    blocked: Refusal
    matrix: str


@pytest.fixture(scope="module")
def story(nodes: dict[str, Host], tmp_path_factory: pytest.TempPathFactory) -> Story:
    cluster = Cluster(nodes, tmp_path_factory.mktemp("inventories") / "lab")
    bare = fingerprints(nodes)
    first = cluster.play("site", VXLAN)
    assert first.code == 0, first.output
    started = lab("apply", *(str(PROJECT / "lab" / "pods" / f"{name}.yaml") for name in ("client", "server")))
    assert started.returncode == 0, started.stdout
    refused = cluster.play("site", BGP)
    predicted = cluster.play("migrate", DIRECT, "--check", "--diff")
    moves = {}
    moves["vxlan to bgp"] = cluster.move(BGP)
    moves["bgp to vxlan"] = cluster.move(VXLAN, "-e", "migrate_batch=2")
    moves["vxlan to another, by a detour"] = cluster.move(OTHER_VXLAN)
    blocked = blocked_migration(cluster)
    moves["vxlan to direct, killed on the way"] = cluster.move(DIRECT, killed_at=SWITCH)
    again = cluster.play("site", DIRECT)
    return Story(bare, predicted, refused, moves, again, blocked, matrix())


def blocked_migration(cluster: Cluster) -> Refusal:
    """Try to go where packets do not get through."""
    host = cluster.nodes["node-2"]
    host.check_output(f"iptables -A {BLOCK}")
    before, lock = fingerprints(cluster.nodes), cluster.lock()
    move = cluster.move(BLOCKED_VXLAN)
    changed, locks = differences(before, fingerprints(cluster.nodes)), (lock, cluster.lock())
    host.check_output(f"iptables -D {BLOCK}")
    return Refusal(move, changed, locks)


def told(name: str, family: int, traffic: Traffic) -> str:
    """What two pods saw, in a line."""
    lost = f"{len(traffic.lost)} of {traffic.pings} packets lost"
    stream = f"{traffic.bytes_returned} bytes of one connection, longest pause {traffic.longest_pause} s"
    return f"{name}, IPv{family}: {lost}, {stream}"


def test_figures(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    """Not an assertion: what is told to whoever runs this."""
    with capsys.disabled():
        print()
        for name, move in {**story.moves, "vxlan to a blocked port": story.blocked.move}.items():
            for family, traffic in move.traffic.items():
                print(told(name, family, traffic))


def test_site_refuses_what_migrate_is_for(story: Story) -> None:
    assert story.refused.code != 0
    assert "fabric_mode bgp is not what the hosts have, which is vxlan" in story.refused.output
    assert "podnet.baremetal.migrate" in story.refused.output


def test_every_migration_succeeds(story: Story) -> None:
    assert {name: move.run.output for name, move in story.moves.items() if move.run.code != 0} == {}


def test_nobody_lost_a_packet_or_a_connection(story: Story) -> None:
    seen = [traffic for move in (*story.moves.values(), story.blocked.move) for traffic in move.traffic.values()]
    assert len(seen) == 2 * (len(story.moves) + 1)
    assert [traffic for traffic in seen if not traffic.whole] == []
    assert max(traffic.longest_pause for traffic in seen) < 1


def test_hosts_begin_to_send_by_the_new_ways_as_many_at_a_time_as_they_are_told_to(story: Story) -> None:
    """And all paths are probed each time, while some send by one way and some by the other."""
    tasks = story.moves["bgp to vxlan"].run.tasks
    switched = [index for index, task in enumerate(tasks) if task.task == SWITCH and task.status != "skipped"]
    assert [sorted(tasks[index].host for index in batch) for batch in (switched[:2], switched[2:])] == [
        ["node-1", "node-2"],
        ["node-3"],
    ]
    assert any(task.action.endswith("probe_paths") for task in tasks[switched[1] : switched[2]])


def test_site_has_nothing_to_do_afterwards(story: Story) -> None:
    assert story.again.code == 0, story.again.output
    assert story.again.changed() == []


def test_check_mode_says_what_would_be_done(story: Story) -> None:
    assert story.predicted.code == 0, story.predicted.output
    results = story.predicted.results("node-1", "fabric_state")
    each = [item for result in results for item in result.get("results", [result])]
    commands = [command for item in each for command in item.get("commands", [])]
    assert any(command.startswith("ip route add 10.244.1.0/24 via 198.51.100.12") for command in commands)


def test_a_way_that_does_not_work_takes_all_hosts_back(story: Story) -> None:
    failed = story.blocked.move.run
    assert failed.code != 0
    assert "The hosts have the paths that they had, for this failed: Require that all of them work" in " ".join(
        failed.output.split()
    )
    assert "node-2 is an end of every failing path" in failed.output
    assert story.blocked.changed == []
    assert story.blocked.locks[0] == story.blocked.locks[1]


def test_pods_reach_each_other_in_the_end(story: Story) -> None:
    assert "paths work" in story.matrix


def test_reset_leaves_what_a_fresh_host_has(story: Story, nodes: dict[str, Host]) -> None:
    assert lab("delete").returncode == 0
    reset = playbook("reset")
    assert reset.code == 0, reset.output
    left = differences(story.bare, fingerprints(nodes))
    # FRR's package stays, switched off and with its own files.
    assert [line for line in left if "  /etc/" not in line or "podnet" in line] == []
    assert {node.run("systemctl is-enabled frr").stdout for node in nodes.values()} == {"disabled\n"}
