"""Where the lab keeps what it makes, and finds what it needs."""

from __future__ import annotations

import os
from pathlib import Path

LAB = Path(__file__).resolve().parent
PROJECT = LAB.parent
KIND = os.environ.get("LAB_HOSTS", "containers")
"""What the hosts are, `containers` or `machines`: each is a lab of its own, and both can be up at the same time."""
STATE = PROJECT / "build" / ("lab" if KIND == "containers" else f"lab-{KIND}")
"""Keys and ssh_config of the running lab, and a machine's process; `lab down` removes it."""
DISK = PROJECT / "build" / "machines"
"""The machines' kernel and disk; `lab clean` removes it."""
