"""Wait for a host that was started, of whatever kind it is."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence

from lab import keys
from lab.process import LabError, run, say

STATE = "timeout 5 systemctl is-system-running --wait 2>/dev/null; true"
"""What systemd says of itself, given five seconds to come to an end."""


def wait(name: str, inside: Sequence[str], look: str, seconds: int) -> None:
    """Until systemd has started everything and SSH answers, or say what did not start and where to `look`.

    `inside`, with a shell's command behind it, runs that on the host.
    """
    deadline = time.monotonic() + seconds
    while (state := answer(inside, STATE)) not in ("running", "degraded"):
        if time.monotonic() > deadline:
            raise LabError(f"{name} has not booted in {seconds} s but is {state or 'silent'}\nlook: {look}")
        time.sleep(0.2)
    if state == "degraded":
        failed = answer(inside, "systemctl --failed --plain --no-legend")
        raise LabError(f"{name} has booted, but not all of it: {failed}\nlook: {look}")
    run(["ssh", "-F", keys.CONFIG, name, "true"], timeout=30)
    say(f"{name} is up")


def answer(inside: Sequence[str], command: str) -> str:
    """What a command prints on the host; nothing while the host does not answer."""
    return subprocess.run([*inside, command], capture_output=True, text=True, check=False).stdout.strip()
