"""The memory that 100,000 routes take: of the engine that applies them, and of pyroute2 that lists them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from bench import sandbox
from bench.batch import Batch
from bench.measure import BenchError
from bench.peers import Peers, make_devices
from bench.result import Result

ROUTES = Peers(100_000, metrics=True)


def results() -> Iterator[Result]:
    """The one figure; each side in a process of its own."""
    yield Result(
        "memory_100000_routes", sandbox.call(engine_peak), "MB", "pyroute2 get_routes()", sandbox.call(pyroute2_peak)
    )


def engine_peak() -> float:
    """Apply the routes, and again with nothing to do."""
    make_devices()
    document = {"version": 1, "routes": ROUTES.routes()}
    with tempfile.TemporaryDirectory() as folder:
        for _time in range(2):
            engine.apply("bench", document, paths=Paths.under(folder))
    return sandbox.peak_megabytes()


def pyroute2_peak() -> float:
    """Let `ip` make the routes, and read them."""
    from pyroute2 import IPRoute  # here, so that no other process of the bench holds it

    make_devices()
    with tempfile.TemporaryDirectory() as folder:
        Batch(Path(folder), "ip", ROUTES.route_commands()).run()
    with IPRoute() as netlink:
        routes = list(netlink.get_routes(table=254))
    if len(routes) < ROUTES.count:
        raise BenchError(f"pyroute2 sees {len(routes)} routes")
    return sandbox.peak_megabytes()
