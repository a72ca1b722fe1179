"""Throughput and latency between pods of two hosts of the lab in each mode, beside host to host in the same rounds.

Between the lab's hosts is no network card, so that a stream takes all that their processors have, and each step on its
way shows. Hosts of metal have a link that ends it before: throughput is taken over one of 10 Gbit/s, and without any.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import convergence, measure
from bench.measure import BenchError
from bench.playbook import ended_well
from bench.result import Result
from bench.throughput import CLIENT, SERVER, Route, gigabits, inside, install_iperf3, pods_route, serve, shell
from lab import pods
from lab.parallel import in_parallel
from shared.inventories import write_inventory
from shared.runs import playbook

ROUNDS = 9
PINGS, INTERVAL = 300, 0.002
#: Client and server are on one subnet, so that in mode hybrid nothing is around their packets.
MODES = ("vxlan", "direct", "hybrid", "bgp")
HOST = Route("", "", SERVER.address)
#: A link for what a host sends to others; its bucket holds a few of the largest segments.
LINK = "tc qdisc replace dev eth0 root tbf rate 10gbit burst 512kb latency 10ms"
NO_LINK = "tc qdisc delete dev eth0 root"


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
        yield Result(f"throughput_{mode}_unlimited", ours, "Gbit/s", "host to host", direct)
        with linked():
            ours, direct = of_each(gigabits, between_pods)
        yield Result(f"throughput_{mode}", ours, "Gbit/s", "host to host", direct)
    ours, direct = of_each(milliseconds, between_pods)
    yield Result(f"latency_{mode}", ours, "ms", "host to host", direct)


@contextmanager
def linked() -> Iterator[None]:
    """Have a link between the hosts that is as fast as that of a server."""
    in_parallel(lambda host: shell(host, LINK), [CLIENT, SERVER])
    try:
        yield
    finally:
        in_parallel(lambda host: shell(host, NO_LINK), [CLIENT, SERVER])


def of_each(figure: Callable[[Route], float], between_pods: Route, between_hosts: Route = HOST) -> list[float]:
    """The median for pods, and for hosts."""
    return measure.median(ROUNDS, lambda: [figure(between_pods), figure(between_hosts)])


def milliseconds(route: Route) -> float:
    """The mean time that an echo takes to come back; none may be lost."""
    said = shell(CLIENT, f"{inside(route.client)} ping -n -q -c {PINGS} -i {INTERVAL} -w 20 {route.address}")
    if " 0% packet loss" not in said:
        raise BenchError(f"ping from {CLIENT.name} lost packets:\n{said}")
    found = re.search(r"= [0-9.]+/([0-9.]+)/", said)
    if found is None:
        raise BenchError(f"ping from {CLIENT.name} said nothing of time:\n{said}")
    return float(found.group(1))
