"""TCP throughput between pods of two hosts of the lab: over our VXLAN, over one made by hand, and without any."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bench import measure
from bench.result import Result
from lab import keys, pods
from lab.parallel import in_parallel
from lab.process import run
from lab.topology import TOPOLOGIES, Host

ROUNDS = 31
SECONDS = 1
CLIENT, SERVER = TOPOLOGIES["flat"].hosts(2)

#: The other overlay: as ours, but typed. {own} and {peer} are the hosts' numbers.
BY_HAND = """
ip link add hand-vxlan address 02:00:5e:00:53:0{own} mtu 1450 up type vxlan id 4242 dstport 4790 \
    local {own_address} remote {peer_address} nolearning
ip link add hand-bridge mtu 1450 up type bridge
ip address add 10.250.{own}.1/24 dev hand-bridge
ip netns add hand
ip link add hand-port mtu 1450 up master hand-bridge type veth peer name eth0 mtu 1450 netns hand
ip -n hand link set lo up
ip -n hand link set eth0 up
ip -n hand address add 10.250.{own}.2/24 dev eth0
ip -n hand route add default via 10.250.{own}.1
ip neighbor add 10.250.{peer}.1 lladdr 02:00:5e:00:53:0{peer} dev hand-vxlan nud permanent
ip route add 10.250.{peer}.0/24 via 10.250.{peer}.1 dev hand-vxlan src 10.250.{own}.1 onlink
"""


class Route(NamedTuple):
    """From where to where: the namespaces' names on client's and server's host ('' is the host's), and the address."""

    client: str
    server: str
    address: str


def results() -> Iterator[Result]:
    """Two figures; the hosts must be provisioned and without pods."""
    prepare()
    routes = [pods_route(), Route("hand", "hand", "10.250.2.2"), Route("", "", SERVER.address)]
    serve(routes)
    ours, by_hand, direct = measure.median(ROUNDS, lambda: [gigabits(route) for route in routes])
    yield Result("throughput_vxlan", ours, "Gbit/s", "VXLAN made by hand", by_hand)
    yield Result("throughput_vxlan_vs_host", ours, "Gbit/s", "host to host", direct)


def prepare() -> None:
    """Install iperf3, start our pods, and lay the other overlay beside ours."""
    install_iperf3()
    pods.apply([pods.MANIFESTS / f"{name}.yaml" for name in ("client", "server")])
    for own, peer in ((CLIENT, SERVER), (SERVER, CLIENT)):
        addresses = {"own_address": own.address, "peer_address": peer.address}
        shell(own, BY_HAND.format(own=own.number, peer=peer.number, **addresses))


def install_iperf3() -> None:
    """On both hosts."""
    in_parallel(
        lambda host: shell(host, "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq iperf3"), [CLIENT, SERVER]
    )


def serve(routes: Iterable[Route]) -> None:
    """Have iperf3 listen at the end of each, in place of one that does already."""
    shell(SERVER, "pkill -x iperf3 || true")
    for route in routes:
        shell(SERVER, f"{inside(route.server)} iperf3 --server --daemon")


def pods_route() -> Route:
    """Between the pods; containerd has made one namespace on each host, for its only pod."""
    (client,), (server,) = (
        shell(host, "ip netns list | grep -v ^hand | cut -d' ' -f1").split() for host in (CLIENT, SERVER)
    )
    return Route(client, server, pods.find("server").ips[0])


def gigabits(route: Route) -> float:
    """What one TCP stream brings over a route, in Gbit/s at the receiver."""
    command = f"{inside(route.client)} iperf3 --json --time {SECONDS} --client {route.address}"
    return json.loads(shell(CLIENT, command))["end"]["sum_received"]["bits_per_second"] / 1e9


def inside(namespace: str) -> str:
    """What runs a command in a namespace."""
    return f"ip netns exec {namespace}" if namespace else ""


def shell(host: Host, script: str) -> str:
    """Run a shell script on a host; its output."""
    return run(["ssh", "-F", keys.CONFIG, host.name, shlex.join(["sh", "-euc", script])], timeout=120)
