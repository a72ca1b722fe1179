"""kill -9 at a hundred points: the next run converges whatever it is, and when all is removed nothing is left over."""

from __future__ import annotations

import itertools
import random
import shutil
import time
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, ledger, restore
from tests.kernel.crashes import Clock, kill_after, kill_at
from tests.kernel.picture import lost, picture
from tests.kernel.strangers import settle
from tests.kernel.whole import first, second

pytestmark = pytest.mark.usefixtures("namespace")

#: For each of the four kinds of run: points spread evenly over its steps, and others at random times. 100 in all.
STEPS, MOMENTS = 17, 8
SEED = 20240229


class Host:
    """A host full of others' look-alikes, on which runs are killed and then made good."""

    def __init__(self, run, paths):
        self._run, self._paths = run, paths
        settle(run)
        self.before = picture(run)

    def apply(self, document):
        return engine.apply("whole", document, paths=self._paths)

    def remove(self):
        return engine.remove("whole", paths=self._paths)

    def boot(self):
        return restore.restore(self._paths)

    def lose_all(self):
        """What a reboot does: nothing of ours is there but the ledger."""
        kept = Path(self._paths.ledgers, "whole.json")
        beside = kept.with_suffix(".kept")
        shutil.copy(kept, beside)
        self.remove()
        beside.rename(kept)

    def check_is_clean(self):
        assert picture(self._run) == self.before
        assert not list(Path(self._paths.ledgers).glob("*")), "a left-over file"

    def check_has(self, document):
        assert not self.apply(document).changed
        assert lost(self.before, picture(self._run)) == []
        assert ledger.load(self._paths.ledgers, "whole").leaving == {}


@pytest.fixture
def host(run, paths):
    return Host(run, paths)


def nothing(_host):
    """A host that no document was ever applied to, or none is any more."""


def applied(host):
    host.apply(first())


def rebooted(host):
    host.apply(first())
    host.lose_all()


RUNS = {
    "fresh apply": (nothing, lambda host: host.apply(first())),
    "change": (applied, lambda host: host.apply(second())),
    "removal": (applied, lambda host: host.remove()),
    "boot": (rebooted, lambda host: host.boot()),
}


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_killed_at_any_point_is_made_good_by_any_other_and_leaks_nothing(host, kind):
    prepare, action = RUNS[kind]
    steps, seconds = measured(host, prepare, action)
    dice = random.Random(f"{SEED} {kind}")
    points = [(kill_at, dice.randint(*part)) for part in parts(steps, STEPS)]
    points += [(kill_after, dice.uniform(0, seconds)) for _each in range(MOMENTS)]
    killed = 0

    for number, (kill, point) in enumerate(points):
        print(f"{kind}: {kill.__name__} {point} of {steps} steps, {seconds:.3f} s")
        prepare(host)
        while not kill(point, lambda: action(host)):  # this run was quicker than the measured one
            host.remove()
            prepare(host)
            point = max(1, point // 2) if kill is kill_at else point / 2
        killed += 1
        if number % 3 == 0:
            host.boot()
        elif number % 3 == 1:
            host.apply(second())
            host.check_has(second())
        host.remove()
        host.check_is_clean()

    assert killed * len(RUNS) == 100


def measured(host, prepare, action):
    """How many steps the run has, and how long it takes."""
    prepare(host)
    clock, start = Clock(), time.monotonic()
    with clock.running():
        action(host)
    seconds = time.monotonic() - start
    host.remove()
    host.check_is_clean()
    return clock.ticks, seconds


def parts(whole, count):
    """``count`` spans of numbers that together are 1 to ``whole``."""
    ends = [whole * number // count for number in range(count + 1)]
    return [(low + 1, high) for low, high in itertools.pairwise(ends)]


def test_a_set_left_behind_in_the_midst_of_a_swap_is_cleared_away_by_any_run(host, run):
    for repair in (host.boot, lambda: host.apply(second()), host.remove):
        host.apply(second())
        run("ipset create podnet-swap hash:net")
        assert repair().changed
        assert "podnet-swap " not in run("ipset save")
    host.check_is_clean()
