"""Where the lab keeps what it makes, and finds what it needs."""

from __future__ import annotations

from pathlib import Path

LAB = Path(__file__).resolve().parent
PROJECT = LAB.parent
STATE = PROJECT / "build" / "lab"
"""Keys and ssh_config of the running lab; `lab down` removes it."""
