"""The checkout as the gates look at it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def tracked_files() -> list[str]:
    """What git tracks, as paths relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for path in listed.split("\0") if path and (ROOT / path).exists()]


def load(path: str) -> Any:
    """A YAML file of the checkout."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def modules() -> list[str]:
    """The names of the collection's modules."""
    return sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")


def roles() -> list[str]:
    """The names of the collection's roles."""
    return sorted(path.name for path in (ROOT / "roles").glob("*") if path.is_dir())
