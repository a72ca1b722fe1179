"""Work in a fresh process with an empty network namespace and an empty /run of its own.

Both end with the process, however that ends: nothing has to be tidied up, even after a kill.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import subprocess
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x20000
"""From linux/sched.h; `os.unshare` came with Python 3.12."""

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


def call(function: Callable[Arguments, Value], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
    """Call a function of a module with picklable arguments in there; raises what it raises."""
    # Spawned, not forked: the process has neither this one's memory nor its garbage.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=enter) as pool:
        return pool.submit(function, *args, **kwargs).result()


def enter() -> None:
    """Leave the machine's network and /run, where namespaces and the engine's lock are."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET | CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "cannot make a network and a mount namespace")
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "none", "/run")


def run(*command: str) -> str:
    """Run a command; its output. What it writes to standard error comes through."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def peak_megabytes() -> float:
    """The most memory that this process has held (VmHWM: proc(5)), in units of 10^6 bytes."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6
