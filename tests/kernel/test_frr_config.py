"""Real FRR comes to do as a configuration says, keeps its sessions meanwhile, and gets the old one if it cannot."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr.causes import cause
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.secrets import Secrets
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.service import State
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.sessions import MISSING, sessions
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.watch import watch
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.namespace import within
from tests.kernel.frr_node import CONFIG, DAEMONS, OTHER, SECRET, Node, content
from tests.kernel.speakers import PATIENCE, lab, until


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    """Two that have a session."""
    with lab() as segment:
        first, second = (
            Node(segment.speaker(f"node{own}", f"192.0.2.{own}/24"), tmp_path / str(own)) for own in (1, 2)
        )
        assert first.bring(content(1, 2)).changed
        assert second.bring(content(2, 1)).changed
        first.speaker.until_routes({"10.244.2.0/24": ["192.0.2.2"]})
        second.speaker.until_routes({"10.244.1.0/24": ["192.0.2.1"]})
        yield first, second


def is_the_same(before: int | None, after: int | None) -> bool:
    """Whether a session has stood since that second: FRR counts back from its age, so the second may be the next."""
    return before is not None and after is not None and abs(after - before) <= 1


def test_the_second_time_nothing_changes(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    assert not first.bring(content(1, 2)).changed
    assert first.service.verbs == []


def test_a_change_leaves_the_session_up(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    before = first.since
    changed = content(1, 2, " timers bgp 5 15").replace("10.244.1.0", "10.244.7.0")
    assert first.bring(changed, check=True).changed
    assert "timers bgp 5 15" not in first.vtysh.running()
    assert first.bring(changed).changed
    assert "timers bgp 5 15" in first.vtysh.running()
    assert is_the_same(before, first.since)


def test_routes_that_are_to_be_kept_from_now_on_cost_no_session(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    before = first.since
    graceful = content(1, 2, " bgp graceful-restart", " bgp graceful-restart preserve-fw-state")
    assert first.bring(graceful, keep_routes=True).changed
    assert "-K 120" in Path(first.paths.daemons).read_text()
    assert first.bring(content(1, 2)).changed
    assert Path(first.paths.daemons).read_text() == DAEMONS
    assert set(first.service.verbs) == {"daemon-reload"}
    assert is_the_same(before, first.since)


def test_what_daemons_have_lost_they_get_back(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    first.speaker.vtysh(
        "configure terminal", "router bgp 64512", "no neighbor 192.0.2.2", "neighbor 192.0.2.9 remote-as 1"
    )
    assert first.bring(content(1, 2), check=True).drift
    assert first.bring(content(1, 2)).changed
    assert not first.bring(content(1, 2)).changed
    assert "192.0.2.9" not in first.vtysh.running()


def test_what_was_typed_during_an_incident_and_written_down_is_taken_back(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    first.speaker.vtysh(
        "configure terminal", "log syslog debugging", "router bgp 64512", "neighbor 192.0.2.2 shutdown message incident"
    )
    until("the session is down", lambda: first.since, None)
    Path(first.paths.config).write_text(first.vtysh.running().partition(":\n")[2])  # as `write memory` does
    outcome = first.bring(content(1, 2), check=True)
    assert "neighbor 192.0.2.2 shutdown message incident" in str(outcome.before.config)
    assert "shutdown" not in str(outcome.after.config)
    assert first.bring(content(1, 2)).changed
    until("the session is up", lambda: first.since is None, False)
    assert not first.bring(content(1, 2)).changed
    assert first.installer.take_away(check=False).changed
    assert Path(first.paths.config).read_text() == CONFIG


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (" neighbor nodes blah", "Unknown command.*neighbor nodes blah"),
        (" neighbor nodes ebgp-multihop", "has another one now.*The configuration of before is in place again"),
    ],
)
def test_what_frr_cannot_have_changes_nothing(nodes: tuple[Node, Node], line: str, words: str) -> None:
    first, _second = nodes
    file, running, before = Path(first.paths.config).read_text(), first.vtysh.running(), first.since
    wrong = content(1, 2).replace(" neighbor nodes timers", line + "\n neighbor nodes timers")
    with pytest.raises(FrrError, match=f"(?s){words}"):
        first.bring(wrong)
    assert Path(first.paths.config).read_text() == file
    assert first.vtysh.running() == running
    assert is_the_same(before, first.since)
    assert not first.bring(content(1, 2)).changed


@contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Those of all programs on the machine within the block, filled in meanwhile."""
    seen: set[bytes] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(process.read_bytes())
                except OSError:
                    continue

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


def assert_none_has_a_password(seen: set[bytes]) -> None:
    assert any(b"frr-reload" in line for line in seen)
    assert [line for line in seen if SECRET.encode() in line or OTHER.encode() in line] == []


def test_no_program_is_called_with_a_password(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    with command_lines() as seen:
        first.bring(content(1, 2), OTHER)
        first.bring(content(1, 2).replace(" neighbor nodes password @password@\n", ""))
    assert_none_has_a_password(seen)


def test_a_router_has_a_password_of_its_own_that_no_program_is_called_with_either(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    own = " neighbor 192.0.2.2 password @router_1_password@\n"
    text = content(1, 2).replace(" neighbor 192.0.2.2 description", own + " neighbor 192.0.2.2 description")
    before = first.since
    with command_lines() as seen:
        second.bring(content(2, 1), OTHER)
        until("the session is down", lambda: first.since, None)
        outcome = first.bring(text, router=OTHER)
        until("the session is up with the router's password", lambda: first.since is None, False)
        assert not first.bring(text, router=OTHER).changed
        second.bring(content(2, 1), SECRET)
        assert first.bring(content(1, 2)).changed
        until("the session is up with that of all", lambda: first.since not in (None, before), True)
    assert_none_has_a_password(seen)
    hidden = Secrets({"@password@": SECRET, "@router_1_password@": OTHER}).hidden(outcome.after.config or "")
    assert "neighbor 192.0.2.2 password @router_1_password@" in hidden
    assert OTHER not in hidden


def test_another_password_is_the_cause(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    second.bring(content(2, 1), OTHER)
    until("the session is down", lambda: first.since, None)
    (session,) = sessions(first.vtysh.json("show bgp neighbors json"))
    (seen,) = within(first.speaker.namespace, lambda: watch([session], 3))
    assert "wrong password: the peer signs with another password" in cause(session, seen)


def test_a_session_that_comes_up_is_watched_no_longer(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    first.speaker.vtysh("clear bgp 192.0.2.2")
    until("the session is down", lambda: first.since, None)
    (session,) = first.planned()
    begun = time.monotonic()
    within(first.speaker.namespace, lambda: watch([session], 30, lambda: first.planned()[0].established))
    assert first.planned()[0].established
    assert time.monotonic() - begun < PATIENCE


def test_a_neighbor_that_frr_has_lost_is_missing_and_one_of_others_is_not_ours(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    first.speaker.vtysh(
        "configure terminal", "router bgp 64512", "no neighbor 192.0.2.2", "neighbor 192.0.2.9 remote-as 1"
    )
    assert [(session.name, session.peer, session.state) for session in first.planned()] == [
        ("192.0.2.2", "peer", MISSING)
    ]


def test_taken_away_all_is_as_before(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    assert first.installer.take_away(check=True).changed
    assert first.installer.take_away(check=False).changed
    assert not first.installer.take_away(check=False).changed
    assert Path(first.paths.config).read_text() == CONFIG
    assert "router bgp" not in first.vtysh.running()
    assert first.speaker.routes() == {}
    assert not Path(first.paths.ledger).exists()
    assert second.bring(content(2, 1)).drift == []


def test_taken_away_from_an_frr_that_was_killed_no_route_is_left(nodes: tuple[Node, Node]) -> None:
    first, _second = nodes
    speaker = first.speaker
    speaker.stop("zebra", signal.SIGKILL)
    for daemon in ("bgpd", "bfdd"):
        speaker.stop(daemon)
    speaker.sh(
        "ip -6 address add 2001:db8::1/64 dev eth0; ip nexthop add id 900 via 2001:db8::2 dev eth0; "
        "ip -6 route add fd00:10:244:2::/64 nhid 900 proto bgp metric 20; ip -6 route add default nhid 900 proto bgp; "
        "ip route add blackhole 10.244.0.0/16 proto bgp metric 20; ip route add 10.244.9.0/24 dev eth0 proto static"
    )
    first.service.now = State(active=False, enabled=True)
    left = {"10.244.0.0/16", "10.244.2.0/24", "fd00:10:244:2::/64", "::/0"}
    assert set(within(speaker.namespace, lambda: first.installer.take_away(check=True)).routes) == left
    assert set(within(speaker.namespace, first.service.routes)) == left
    within(speaker.namespace, lambda: first.installer.take_away(check=False))
    assert within(speaker.namespace, first.service.routes) == []
    assert "10.244.9.0/24" in speaker.sh("ip route")
