"""Run a command of the machine the lab stands on, and fail with its own words."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class LabError(Exception):
    """Something the lab cannot go on without; the message is for whoever typed the command."""


def say(message: str) -> None:
    """Tell the user, on standard error, what happens now."""
    print(f"lab: {message}", file=sys.stderr, flush=True)


def run(command: Sequence[str | Path], stdin: str | None = None, timeout: float | None = None) -> str:
    """Run `command` and give its standard output; raise LabError with its standard error if it fails.

    `timeout` is in seconds.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{words[0]} is not installed on this machine") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"`{shlex.join(words)}` did not end within {timeout} s") from error
    if done.returncode:
        reason = done.stderr.strip() or done.stdout.strip() or "it said nothing"
        raise LabError(f"`{shlex.join(words)}` failed with status {done.returncode}: {reason}")
    return done.stdout


def works(command: Sequence[str | Path]) -> bool:
    """Whether `command` is there and ends with status 0. A question: it prints nothing."""
    try:
        return subprocess.run([str(word) for word in command], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
