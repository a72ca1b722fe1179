"""What is measured on hosts: the lab is made anew for it and taken down afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from bench import migration, site, throughput, ways
from bench.result import Result
from lab import hosts, pods
from lab.process import LabError


def results() -> Iterator[Result]:
    """Provision bare hosts and measure on what comes of it."""
    if hosts.present():
        raise LabError("the lab is up, and the bench would make its hosts anew; take it down first: make lab-down")
    try:
        hosts.up()
        yield from site.results()
        yield from throughput.results()
        pods.delete([])
        yield from ways.results()
        yield from migration.results()
    finally:
        hosts.down()
