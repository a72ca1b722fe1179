"""Throughput and latency between pods of two hosts of the lab in each mode, beside host to host in the same rounds."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import convergence, measure
from bench.measure import BenchError
from bench.playbook import ended_well
from bench.result import Result
from bench.throughput import CLIENT, SERVER, Route, gigabits, inside, install_iperf3, pods_route, serve, shell
from lab import pods
from shared.inventories import write_inventory
from shared.runs import playbook

ROUNDS = 9
PINGS, INTERVAL = 300, 0.002
#: Client and server are on one subnet, so that in mode hybrid nothing is around their packets.
MODES = ("vxlan", "direct", "hybrid", "bgp")
HOST = Route("", "", SERVER.address)


def results() -> Iterator[Result]:
    """Two figures a mode; the hosts must be without pods, and are bare afterwards."""
    install_iperf3()
    for mode in MODES:
        with tempfile.TemporaryDirectory() as folder:
            inventory = write_inventory(Path(folder, "lab"), variables={"fabric_mode": mode})
            ended_well(playbook("reset", inventory=inventory))
            ended_well(playbook("site", inventory=inventory))
            pods.apply([pods.MANIFESTS / f"{name}.yaml" for name in ("client", "server")])
            yield from of_mode(mode)
            if mode == "bgp":
                yield from convergence.results()
            pods.delete([])


def of_mode(mode: str) -> Iterator[Result]:
    """Between the two pods that there are. Throughput over VXLAN has a figure already, beside one made by hand."""
    between_pods = pods_route()
    serve([between_pods, HOST])
    if mode != "vxlan":
        ours, direct = of_each(gigabits, between_pods)
        yield Result(f"throughput_{mode}", ours, "Gbit/s", "host to host", direct)
    ours, direct = of_each(milliseconds, between_pods)
    yield Result(f"latency_{mode}", ours, "ms", "host to host", direct)


def of_each(figure: Callable[[Route], float], between_pods: Route) -> list[float]:
    """The median for pods, and for hosts."""
    return measure.median(ROUNDS, lambda: [figure(between_pods), figure(HOST)])


def milliseconds(route: Route) -> float:
    """The mean time that an echo takes to come back; none may be lost."""
    said = shell(CLIENT, f"{inside(route.client)} ping -n -q -c {PINGS} -i {INTERVAL} -w 20 {route.address}")
    if " 0% packet loss" not in said:
        raise BenchError(f"ping from {CLIENT.name} lost packets:\n{said}")
    found = re.search(r"= [0-9.]+/([0-9.]+)/", said)
    if found is None:
        raise BenchError(f"ping from {CLIENT.name} said nothing of time:\n{said}")
    return float(found.group(1))
