"""The common cluster as network namespaces: two nodes with a bridge and pods each, routed to each other by the world.

Pods are in every place where a case can put one. The nodes forward as a provisioned host does, and policy is applied to
them by the product's engine.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ansible_collections.podnet.baremetal.plugins.module_utils import enforcement
from ansible_collections.podnet.baremetal.plugins.module_utils.cni import netns
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings, document
from tests.kernel.podnet_fixture import namespaces

from . import cluster
from .compiled import cluster_of, tables
from .evaluator import Object

Result = TypeVar("Result")

_WORLD = "world"
_LENGTHS = {4: 24, 6: 64}
_EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
_WIRE = {4: "10.99.0.254", 6: "fd99::fe"}
_ROUTED = ("ipv4/ip_forward", "ipv6/conf/all/forwarding")
#: Addresses of IPv6 are there from the first moment on: nobody else can have them here.
_AT_ONCE = ("ipv6/conf/default/accept_dad",)
_BRIDGED = ("bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables")
#: Thousands of connections are tried in a minute: none is remembered longer than it takes.
_TIMEOUTS = ("udp_timeout", "udp_timeout_stream", "icmp_timeout", "icmpv6_timeout", "tcp_timeout_close")


class Network:
    """Where the places of cases are."""

    def __init__(self, names: Mapping[str, str], folder: Path) -> None:
        self._names = names
        self._paths = {node: Paths.under(str(folder / node)) for node in cluster.NODES}

    def namespace(self, place: str) -> str:
        """The namespace that an end is in: a pod's, its node's for a node's addresses, the world's."""
        return self._names[place if cluster.is_pods(place) else cluster.node_of(place) or _WORLD]

    def enforce(self, objects: Iterable[Object]) -> None:
        """Have both nodes' packet filters say what these objects say."""
        compiled = cluster_of(objects)
        told = {name: tables(compiled, name, node) for name, node in cluster.NODES.items()}

        def enforce(name: str) -> None:
            as_json = json.dumps([each.as_json() for each in told[name]])
            made = document(told[name], Settings())
            enforcement.enforce(made, as_json, paths=self._paths[name], namespace=self._names[name])

        self.on_nodes(enforce)

    def remove_policy(self) -> None:
        """Take policy off both nodes."""
        self.on_nodes(lambda name: enforcement.remove(paths=self._paths[name], namespace=self._names[name]))

    def on_nodes(self, call: Callable[[str], Result]) -> list[Result]:
        """Call it for each node, at once."""
        with ThreadPoolExecutor(len(cluster.NODES)) as pool:
            return list(pool.map(call, cluster.NODES))

    def run(self, place: str, command: str) -> str:
        """A shell command where a place is; its output. A failure is the test's."""
        words = ["ip", "netns", "exec", self.namespace(place), "sh", "-ec", command]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    def lay(self) -> None:
        """Plug all together."""
        for place in self._names:
            self._set(place, _AT_ONCE, "0")
        self._set(_WORLD, _ROUTED)
        self._ip(_WORLD, "link add wire type bridge", "link set wire up")
        self._ip(
            _WORLD, *(f"address add {_WIRE[family]}/{_LENGTHS[family]} dev wire {_nodad(family)}" for family in (6, 4))
        )
        for place in cluster.WORLD:
            self._ip(_WORLD, *(f"address add {cluster.address(place, family)} dev lo" for family in cluster.FAMILIES))
        for node in cluster.NODES:
            self._lay_node(node)
        for place in cluster.PLACES:
            self._lay_pod(place)

    def _lay_node(self, node: str) -> None:
        self._ip(_WORLD, f"link add {node} type veth peer name eth0 netns {self._names[node]}")
        self._ip(_WORLD, f"link set {node} master wire up")
        self._ip(node, "link set eth0 up", "link add cni0 type bridge forward_delay 0", "link set cni0 up")
        gateway = next(each for each, owner in cluster.GATEWAYS.items() if owner == node)
        for family, length in _LENGTHS.items():
            self._ip(node, f"address add {cluster.address(node, family)}/{length} dev eth0 {_nodad(family)}")
            self._ip(node, f"address add {cluster.address(gateway, family)}/{length} dev cni0 {_nodad(family)}")
            self._ip(node, f"route add {_EVERYWHERE[family]} via {_WIRE[family]}")
            subnet = next(each for each in cluster.NODES[node].subnets if (":" in each) == (family == 6))
            self._ip(_WORLD, f"route add {subnet} via {cluster.address(node, family)}")
        self._set(node, (*_ROUTED, *_BRIDGED))
        self._set(node, [f"netfilter/nf_conntrack_{each}" for each in _TIMEOUTS], "2")

    def _lay_pod(self, place: str) -> None:
        node = cluster.node_of(place)
        gateway = next(each for each, owner in cluster.GATEWAYS.items() if owner == node)
        port = "veth-" + place.replace("/", "-")
        self._ip(node, f"link add {port} type veth peer name eth0 netns {self._names[place]}")
        self._ip(node, f"link set {port} master cni0 up")
        self._ip(place, "link set eth0 up")
        for family, length in _LENGTHS.items():
            self._ip(place, f"address add {cluster.address(place, family)}/{length} dev eth0 {_nodad(family)}")
            self._ip(place, f"route add {_EVERYWHERE[family]} via {cluster.address(gateway, family)}")

    def _ip(self, place: str, *commands: str) -> None:
        words = ["ip", "-n", self._names[place], "-batch", "-"]
        subprocess.run(words, check=True, input="".join(f"{each}\n" for each in commands), text=True)

    def _set(self, place: str, sysctls: Iterable[str], value: str = "1") -> None:
        with netns.entered(self._names[place]):
            for each in sysctls:
                Path("/proc/sys/net", each).write_text(value, encoding="ascii")


def _nodad(family: int) -> str:
    return "nodad" if family == 6 else ""


@contextlib.contextmanager
def network(folder: Path) -> Iterator[Network]:
    """The cluster's network, until the context ends."""
    places = [_WORLD, *cluster.NODES, *cluster.PLACES]
    with namespaces(*(each.replace("/", "-") for each in places)) as names:
        made = Network(dict(zip(places, names, strict=True)), folder)
        made.lay()
        yield made
