"""From the first BGP session of a cluster that starts until the last node has the last route.

For 50 light hosts, each a network namespace with an FRR of its own and the configuration that the role `bgp` writes,
two of them reflectors; and for the lab's three, on which FRR is started at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import frr, plan
from bench.measure import BenchError
from bench.result import Result
from bench.throughput import shell
from lab.parallel import in_parallel
from lab.topology import TOPOLOGIES, Host
from tests.kernel.speakers import Lab, Speaker, lab

LIGHT = 50
REFLECTORS = ("node-1", "node-2")
PATIENCE = 120
POLL = 0.02
#: On a host of the lab: whether a session stands, and how many routes FRR has put into the kernel.
#: One by one: `ip route flush` tells the kernel a route's next hop object and its gateway, which it refuses together.
FORGET = "for dst in $(ip -4 -o route show proto bgp | cut -d ' ' -f 1); do ip -4 route delete $dst proto bgp; done"
ESTABLISHED = "vtysh -c 'show bgp summary established json' | grep -q pfxRcd"
ROUTES = "ip -4 route show proto bgp | wc -l"


def seconds(begin: Callable[[], object], first_session: Callable[[], bool], all_routes: Callable[[], bool]) -> float:
    """From the first session to the last route. Both have to come, within PATIENCE.

    `begin` lets the hosts speak to each other. Sessions are looked for before it and while it goes on, for with many
    hosts the first stands long before the last has begun.
    """
    with ThreadPoolExecutor(1) as watching:
        start = watching.submit(moment, first_session)
        begin()
        end = moment(all_routes)
        return end - start.result()


def moment(seen: Callable[[], bool]) -> float:
    """When it is seen; asked again and again."""
    end = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > end:
            raise BenchError(f"BGP has not converged within {PATIENCE} s")
        time.sleep(POLL)
    return time.monotonic()


def light() -> Iterator[Result]:
    """The figure for namespaces. Nothing of them is left."""
    inventory = {f"node-{number}": variables(number) for number in range(1, LIGHT + 1)}
    planned = plan.make(inventory, None).plan
    with lab() as network:
        speakers = {name: started(network, name, host.node_ip[0]) for name, host in planned.hosts.items()}
        for name, speaker in speakers.items():
            speaker.configure(frr.configuration(planned, name, {}))
        waiting = dict(speakers)
        took = seconds(
            partial(plug_all, network, speakers),
            lambda: any(speaker.has_had_a_session() for speaker in speakers.values()),
            lambda: not still_waiting(waiting),
        )
        yield Result(f"bgp_convergence_{LIGHT}", took, "s")


def variables(number: int) -> dict[str, object]:
    """One node's, as the inventory has them."""
    return {
        "fabric_mode": "bgp",
        "fabric_bgp_topology": "reflectors",
        "fabric_bgp_reflector": f"node-{number}" in REFLECTORS,
        "fabric_node_ip": f"192.0.2.{number}",
    }


def started(network: Lab, name: str, address: str) -> Speaker:
    """A light host that is not yet on the switch."""
    speaker = network.speaker(name, f"{address}/24")
    network.unplug(name)
    return speaker


def plug_all(network: Lab, names: Iterable[str]) -> None:
    for name in names:
        network.plug(name)


def still_waiting(waiting: dict[str, Speaker]) -> Mapping[str, Speaker]:
    """Those that lack routes; who has all is not asked again."""
    for name in [name for name, speaker in waiting.items() if len(speaker.routes()) == LIGHT - 1]:
        del waiting[name]
    return waiting


def results() -> Iterator[Result]:
    """The figure for the lab's hosts, which must have the mode bgp."""
    nodes = TOPOLOGIES["flat"].hosts(3)
    in_parallel(lambda node: shell(node, f"systemctl stop frr; {FORGET}"), nodes)
    took = seconds(
        lambda: in_parallel(lambda node: shell(node, "systemctl start --no-block frr"), nodes),
        lambda: any(says_yes(node, ESTABLISHED) for node in nodes),
        lambda: all(complete(node, len(nodes)) for node in nodes),
    )
    yield Result(f"bgp_convergence_{len(nodes)}", took, "s")


def complete(node: Host, count: int) -> bool:
    """Whether it has a route to each of the others."""
    return int(shell(node, ROUTES)) == count - 1


def says_yes(node: Host, command: str) -> bool:
    """Whether a command ends well."""
    return shell(node, f"if {command} 2>/dev/null; then echo yes; fi") == "yes\n"
