"""The tree speaks only of itself: no paths of the machine it was written on, no places to download from."""

from __future__ import annotations

import re

from tests.gates.checkout import ROOT, tracked_files

# The escapes keep these patterns from finding themselves.
FORBIDDEN = {
    "a path of the machine it was written on": rf"{re.escape(str(ROOT))}\b|(?<![\w.}}])/(?:work|workspace|builds)/\w+",
    "a package registry": r"pypi\.org|pythonhosted\.org|debian\.org/debian|archive\.ubuntu\.com|galaxy\.ansible\.com"
    r"|npmjs\.(?:org|com)|crates\.io|proxy\.golang\.org",
    "an image registry": r"docker\.io/|hub\.docker\.com|quay\.io|ghcr\.io|gcr\.io|registry\.k8s\.io",
    "a download host": r"github\.com/\S+/(?:releases|archive|raw)/|raw\.githubusercontent\.com",
}


def test_no_file_names_this_machine_or_a_place_to_download_from() -> None:
    found = [
        f"{path}:{number}: {what}: {match.group()}"
        for path in tracked_files()
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        for match in re.finditer(pattern, line)
    ]
    assert found == []


def test_the_lock_holds_versions_only() -> None:
    lines = (ROOT / "requirements/tools.lock").read_text(encoding="utf-8").splitlines()
    wanted = re.compile(r"#.*|[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+]*")
    assert [line for line in lines if not wanted.fullmatch(line)] == []
