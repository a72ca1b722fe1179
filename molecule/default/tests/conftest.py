"""Fixtures of scenarios with the guide's pods."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.lab import lab, pod_addresses


@pytest.fixture(scope="module")
def pods() -> Iterator[dict[str, str]]:
    """The guide's pods, started by containerd through the CNI configuration; their addresses by name."""
    started = lab("apply")
    assert started.returncode == 0, started.stdout
    yield pod_addresses()
    assert lab("delete").returncode == 0
