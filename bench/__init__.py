"""What the collection costs, measured beside what an operator would use in its place (docs/bench.md)."""

from __future__ import annotations

import sys

from lab.paths import PROJECT

# As pytest has it from pyproject.toml: the checkout as a collection, and the scenarios' package `shared`.
sys.path += [str(PROJECT / "build" / "collections"), str(PROJECT / "molecule")]
