"""Fixtures of all scenarios: the lab's hosts, over SSH."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from testinfra.host import Host

from shared.fingerprint import differences, fingerprints
from shared.lab import lab, pod_addresses
from shared.nodes import NODES, connect


@pytest.fixture(scope="session")
def nodes() -> dict[str, Host]:
    """The lab's hosts by inventory name."""
    return {name: connect(name) for name in NODES}


@pytest.fixture(params=list(NODES))
def node(request: pytest.FixtureRequest, nodes: dict[str, Host]) -> Host:
    """Each of the lab's hosts in turn."""
    return nodes[request.param]


@pytest.fixture
def read() -> Callable[[Host, str], Any]:
    """Run a command that prints JSON on a host and parse it."""
    return lambda host, command: json.loads(host.check_output(command))


@pytest.fixture
def untouched(nodes: dict[str, Host]) -> Iterator[None]:
    """Whatever the test does, no host may differ afterwards."""
    before = fingerprints(nodes)
    yield
    assert differences(before, fingerprints(nodes)) == []


@pytest.fixture(scope="module")
def pods() -> Iterator[dict[str, str]]:
    """The guide's pods, started by containerd through the CNI configuration; their IPv4 addresses by name."""
    started = lab("apply")
    assert started.returncode == 0, started.stdout
    yield pod_addresses()
    assert lab("delete").returncode == 0
