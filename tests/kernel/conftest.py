"""Tests on real netlink. They need root, and run in throw-away network namespaces only."""

from __future__ import annotations

import ctypes
import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import iptables_backend
from tests.kernel.policed import Node, policed_node

_CLONE_NEWNET = 0x40000000


def _enter(descriptor: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@pytest.fixture
def namespace() -> Iterator[str]:
    """A new network namespace that this thread, its sockets and its children are in during the test."""
    name = f"podnet-test-{uuid.uuid4().hex[:12]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        inside = os.open(f"/run/netns/{name}", os.O_RDONLY)
        _enter(inside)
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield name
        finally:
            _enter(home)
            os.close(inside)
            os.close(home)
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Places for ledgers and lock of this test's own."""
    return Paths.under(str(tmp_path))


@pytest.fixture
def run(namespace: str) -> Callable[[str], str]:
    """Run a shell command in the test's namespace; its output."""

    def run_in_namespace(command: str) -> str:
        return subprocess.run(["sh", "-ec", command], check=True, capture_output=True, text=True).stdout

    return run_in_namespace


@pytest.fixture
def underlay(run: Callable[[str], str]) -> None:
    """Give the host the address that the tunnel of ``tests.kernel.overlay`` sends from."""
    run("ip address add 198.18.0.0/32 dev lo")


@pytest.fixture(params=iptables_backend.NAMES)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both packet filters, one after the other: the name is the suffix of the tools."""
    name: str = request.param
    monkeypatch.setattr(iptables_backend, "choice", lambda: iptables_backend.Choice(name, ""))
    return name


@pytest.fixture(params=[4, 6], ids=["ipv4", "ipv6"])
def family(request: pytest.FixtureRequest) -> int:
    """Both families of addresses, one after the other."""
    number: int = request.param
    return number


@pytest.fixture
def node(namespace: str, paths: Paths) -> Iterator[Node]:
    """A node for pods, without policy yet, in the test's namespace."""
    with policed_node(namespace, paths) as made:
        yield made
