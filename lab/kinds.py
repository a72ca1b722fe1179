"""The two kinds of hosts. Whatever works over SSH, as pods and the matrix do, need not know which ones there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lab import hosts, machines
from lab.paths import KIND
from lab.process import LabError
from lab.topology import Topology


class Kind(Protocol):
    """What `lab.hosts` does with containers, and `lab.machines` with virtual machines."""

    NODES: int

    @property
    def TOPOLOGIES(self) -> Mapping[str, Topology]:
        """The ways to arrange them, by name."""

    def up(self, topology: str = ..., nodes: int = ...) -> None:
        """Bring the hosts up that are not."""

    def down(self) -> None:
        """Remove hosts, networks and keys."""

    def reset(self, topology: str = ..., nodes: int = ...) -> None:
        """Make every host anew."""

    def present(self) -> list[str]:
        """Names of the hosts."""


KINDS: dict[str, Kind] = {"containers": hosts, "machines": machines}


def chosen() -> Kind:
    """The kind that the environment variable LAB_HOSTS says, containers where it says nothing."""
    if KIND not in KINDS:
        raise LabError(f"LAB_HOSTS={KIND} is no kind of host: use {' or '.join(KINDS)}")
    return KINDS[KIND]
