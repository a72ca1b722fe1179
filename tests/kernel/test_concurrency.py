"""Runs at once, in processes of their own: one after the other, and each on what the other left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, execution, ledger, lock, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import LockError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import command
from tests.kernel.crashes import is_free
from tests.kernel.overlay import overlay
from tests.kernel.picture import picture
from tests.kernel.whole import first, second

pytestmark = pytest.mark.usefixtures("namespace")


def started(action):
    """The process that does it, beside this one."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        action()
        status = 0
    finally:
        os._exit(status)


def ended_well(*children):
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * len(children)


@pytest.fixture
def slow(monkeypatch, tmp_path):
    """Have each change take a while, and keep a record of when it was made: a line at its begin and one at its end."""
    record = tmp_path / "record"
    record.touch()
    real = execution.carry_out

    def watched(*arguments, **options):
        with record.open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} begins\n")
            file.flush()
            time.sleep(0.2)
            try:
                return real(*arguments, **options)
            finally:
                file.write(f"{os.getpid()} ends\n")

    monkeypatch.setattr(execution, "carry_out", watched)
    return record


def holder(paths):
    """Wait until somebody holds the lock."""
    while not Path(paths.lock).exists() or is_free(paths.lock):
        time.sleep(0.01)


def test_applies_of_one_and_of_several_documents_come_one_after_the_other(run, paths, slow):
    other = {"version": 1, "links": [{"name": "br9", "type": "bridge"}]}
    works = [("vxlan", overlay(3)), ("vxlan", overlay(30)), ("vxlan", overlay(2)), ("other", other)]
    children = [started(partial(engine.apply, name, document, paths=paths)) for name, document in works]

    assert ended_well(*children)

    lines = slow.read_text(encoding="utf-8").split("\n")[:-1]
    assert len(lines) == 8
    assert all(re.sub("begins", "ends", one) == two for one, two in zip(lines[::2], lines[1::2], strict=True))
    routes = ledger.load(paths.ledgers, "vxlan").document["routes"]
    assert len(run("ip route show proto 244").splitlines()) == len(routes)
    assert "br9" in run("ip link")


def test_drift_waits_for_an_apply_and_then_finds_nothing_to_repair(run, paths, slow):
    engine.apply("whole", first(), paths=paths)
    child = started(lambda: engine.apply("whole", second(), paths=paths))
    holder(paths)

    outcome = restore.restore(paths)

    assert ended_well(child)
    assert not outcome.changed
    assert not engine.apply("whole", second(), paths=paths).changed


def test_a_dry_run_waits_for_an_apply_and_sees_what_it_made(paths, slow):
    child = started(lambda: engine.apply("whole", second(), paths=paths))
    holder(paths)

    assert not engine.apply("whole", second(), check=True, paths=paths).changed

    assert ended_well(child)


def test_dry_runs_do_not_wait_for_each_other(paths):
    engine.apply("vxlan", overlay(1), paths=paths)
    with lock.shared(paths.lock, 0.1), lock.shared(paths.lock, 0.1):
        assert not engine.apply("vxlan", overlay(1), check=True, paths=paths).changed
        with pytest.raises(LockError, match="has held"), lock.exclusive(paths.lock, 0.1):
            pass


def test_whoever_waits_too_long_is_told_who_holds_the_lock(paths):
    def hold():
        with lock.exclusive(paths.lock):
            time.sleep(60)

    child = started(hold)
    holder(paths)
    try:
        said = rf"another apply \(process {child}, or a tool that it started\) has held"
        with pytest.raises(LockError, match=said), lock.exclusive(paths.lock, 0.2):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with lock.exclusive(paths.lock, 0.2):
        pass


def test_a_tool_that_outlives_a_killed_run_holds_the_lock_until_it_ends(run, paths, tmp_path):
    """A slow tool goes on making a link after the run that started it was killed; the next run waits for that."""
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\ntouch $1\nsleep 0.5\nip link add late type bridge\n", encoding="utf-8")
    tool.chmod(0o755)

    def work():
        with lock.exclusive(paths.lock):
            command.run([str(tool), str(tmp_path / "works")])

    child = started(work)
    while not (tmp_path / "works").exists():
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not is_free(paths.lock)

    engine.apply("bridge", {"version": 1, "links": [{"name": "late", "type": "bridge", "mtu": 1400}]}, paths=paths)

    assert "mtu 1400" in run("ip link show late")
    assert is_free(paths.lock)


def test_reading_while_others_change_their_routes_misses_none_of_ours(run, paths):
    """Other people's routes come and go all the time; each reading of ours is complete, however often it is made."""
    engine.apply("vxlan", overlay(1500), paths=paths)
    kept = ledger.load(paths.ledgers, "vxlan").document
    script = "while true; do ip route add 192.0.2.0/25 dev cni0; ip route delete 192.0.2.0/25; done"
    with subprocess.Popen(["sh", "-c", script], stderr=subprocess.DEVNULL) as churn:
        try:
            for _round in range(40):
                assert not engine.apply("vxlan", overlay(1500), check=True, paths=paths).changed
        finally:
            churn.kill()
    assert len(kept["routes"]) == 1500


def test_a_whole_cluster_of_runs_leaves_nothing_behind(run, paths):
    """Applies, dry runs, repairs and removals at once, several rounds of them; then all of it is removed."""
    run("ip address show; iptables -t nat -L -n; iptables -t raw -L -n; ip6tables -L -n; iptables -L -n")
    engine.apply("whole", first(), paths=paths)
    engine.remove("whole", paths=paths)
    before = picture(run)
    actions = [
        lambda: engine.apply("whole", first(), paths=paths),
        lambda: engine.apply("whole", second(), check=True, paths=paths),
        lambda: restore.restore(paths),
        lambda: engine.remove("whole", paths=paths),
    ]
    for _round in range(4):
        assert ended_well(*[started(action) for action in actions])
    engine.remove("whole", paths=paths)
    assert picture(run) == before
