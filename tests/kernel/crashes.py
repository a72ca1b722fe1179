"""Runs of the engine that are killed, as kill -9 or a power cut would, at any point one likes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import netlink

Action = Callable[[], Any]


class Clock:
    """Ticks before and after each step of a run that can be seen from outside it; deadly at one tick."""

    def __init__(self, deadly: int | None = None) -> None:
        self.ticks = 0
        self._deadly = deadly

    def tick(self, last_deed: Action = lambda: None) -> None:
        if threading.current_thread().name == "podnet-namespace":
            return  # trying out rules in a namespace that ends with the process
        self.ticks += 1
        if self.ticks == self._deadly:
            last_deed()
            os.killpg(0, signal.SIGKILL)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Tick with every netlink message, tool, and file that is written, replaced or deleted.

        A tool that gets its orders line by line also dies in their midst.
        """
        places: list[tuple[Any, str]] = [
            (netlink.Netlink, "_send"),
            (subprocess, "run"),
            (os, "replace"),
            (os, "unlink"),
            (os, "fsync"),
            (os, "write"),
        ]
        originals = [(place, name, getattr(place, name)) for place, name in places]
        try:
            for place, name, original in originals:
                setattr(place, name, self._around(original))
            yield
        finally:
            for place, name, original in originals:
                setattr(place, name, original)

    def _around(self, function: Action) -> Action:
        def stepped(*arguments: Any, **options: Any) -> Any:
            self.tick()
            orders = options.get("input", "").splitlines(keepends=True)
            if len(orders) > 1:
                dice = random.Random(self.ticks)
                half = {**options, "input": "".join(orders[: dice.randrange(1, len(orders))])}
                self.tick(lambda: function(*arguments, **half))
            result = function(*arguments, **options)
            self.tick()
            return result

        return stepped


def kill_at(tick: int, action: Action) -> bool:
    """Run ``action`` in a child that dies, with the tools it started, at this tick; whether it had come so far."""

    def die_at_tick() -> None:
        with Clock(tick).running():
            action()

    return _killed(_child(die_at_tick))


def kill_after(seconds: float, action: Action) -> bool:
    """Run ``action`` in a child that is killed after so long, without the tools it started; whether it still ran."""
    child = _child(action)
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return _killed(child)


def _child(action: Action) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.setpgid(0, 0)
        action()
        status = 0
    finally:
        os._exit(status)


def _killed(child: int) -> bool:
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), "the run that was to be killed failed by itself"
    return status != 0


def is_free(lock: str) -> bool:
    """Whether nobody holds the lock, not even a tool that outlived who started it."""
    with open(lock, encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
