"""Earlier states of the collection, out of the checkout's history."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from shared.runs import PROJECT

#: How far back to look for a commit that can be run: one in the middle of a piece of work may lack the rest of it.
FARTHEST = 10
COLLECTION = Path("ansible_collections/podnet/baremetal")
IMPORT_ALL = (
    "import importlib, pathlib; [importlib.import_module('.'.join(path.with_suffix('').parts)) "
    "for path in sorted(pathlib.Path('.').glob('ansible_collections/*/*/plugins/module_utils/*/[!_]*.py'))]"
)


def earlier(folder: Path) -> tuple[str, Path]:
    """The state to upgrade from, as a commit and as a folder of collections below `folder` that holds it.

    That is the commit in the environment variable UPGRADE_FROM, or the nearest one before HEAD whose code is whole.
    Raises LookupError where the history is not there, or does not go back far enough.
    """
    for commit in candidates():
        collections = folder / commit
        extract(commit, collections / COLLECTION)
        if whole(collections):
            return commit, collections
    raise LookupError(f"none of the {FARTHEST} commits before HEAD is whole; set UPGRADE_FROM to one that is")


def candidates() -> Iterator[str]:
    """Commits to try, the nearest first."""
    asked = os.environ.get("UPGRADE_FROM")
    for name in [asked] if asked else [f"HEAD~{distance}" for distance in range(1, FARTHEST + 1)]:
        found = git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if found.returncode:
            way_out = "fetch the history (git fetch --unshallow), or set UPGRADE_FROM to a commit that is here"
            raise LookupError(f"there is no commit {name} in {PROJECT}: {way_out}")
        yield found.stdout.decode().strip()


def extract(commit: str, folder: Path) -> None:
    """Write the files of a commit into a new folder."""
    folder.mkdir(parents=True)
    archive = git("archive", commit).stdout
    subprocess.run(["tar", "--extract", "--directory", folder], input=archive, check=True, timeout=60)


def whole(collections: Path) -> bool:
    """Whether all Python modules there can be imported."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=collections, capture_output=True, timeout=60, check=False
    )
    return done.returncode == 0


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Ask the checkout."""
    return subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, timeout=60, check=False)
