"""A node with a bridge, pods on it in namespaces of their own, and somebody outside; policy is applied to it."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.podnet.baremetal.plugins.module_utils import enforcement
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.namespace import within
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings, document
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import AddressSet, Allow, Class, Table

Classes = Iterable[tuple[Iterable[int], tuple[Allow, ...] | None]]

SUBNETS = {4: "10.244.0.0/24", 6: "fd00:10:244::/64"}
_FORMS = {4: "10.244.0.%d", 6: "fd00:10:244::%x"}
_OUTSIDE = {4: "198.51.100.%d", 6: "fd00:198:51::%x"}
_DOMAINS = {4: socket.AF_INET, 6: socket.AF_INET6}
#: Link-local addresses are there without a second's wait for somebody who might have them.
_AT_ONCE = "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad"
_BRIDGE_CALLS = ("bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables")
#: Long enough for a packet on one machine, and short of the first retransmission of a SYN.
PATIENCE = 0.4


def address(number: int, family: int = 4) -> str:
    """Of the pod of this number."""
    return _FORMS[family] % number


def table(
    family: int,
    free: Iterable[int] = (),
    ingress: Classes = (),
    egress: Classes = (),
    sets: Iterable[AddressSet] = (),
) -> Table:
    """Pods by number; a class is (pods, allows)."""

    def addresses(pods: Iterable[int]) -> tuple[str, ...]:
        return tuple(address(pod, family) for pod in pods)

    def classes(given: Classes) -> tuple[Class, ...]:
        return tuple(Class(addresses(pods), allows) for pods, allows in given)

    named = {each.name: each for each in sets}
    return Table(family, (SUBNETS[family],), addresses(free), classes(ingress), classes(egress), named)


class Pod:
    """One end: a network namespace. Sockets are made in it, and used from anywhere."""

    def __init__(self, namespace: str, addresses: dict[int, str]) -> None:
        self.namespace = namespace
        self.addresses = addresses

    def opened(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        made = within(self.namespace, lambda: socket.socket(_DOMAINS[family], kind, protocol))
        made.settimeout(PATIENCE)
        return made

    def bound(self, family: int, kind: int, port: int) -> socket.socket:
        """A server's socket."""
        made = self.opened(family, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((self.addresses[family], port))
        if kind == socket.SOCK_STREAM:
            made.listen()
        return made

    def connected(self, other: str, port: int) -> socket.socket:
        """A TCP connection. Raises TimeoutError."""
        made = self.opened(6 if ":" in other else 4, socket.SOCK_STREAM)
        try:
            made.connect((other, port))
        except OSError:
            made.close()
            raise
        return made

    def reaches(self, other: Pod, port: int = 80, family: int = 4, kind: int = socket.SOCK_STREAM) -> bool:
        """Whether the first packet of a connection to a server there arrives, and its answer comes back."""
        with other.bound(family, kind, port) as server:
            if kind == socket.SOCK_STREAM:
                try:
                    self.connected(other.addresses[family], port).close()
                except TimeoutError:
                    return False
                return True
            with self.bound(family, kind, 0) as client:
                client.sendto(b"?", (other.addresses[family], port))
                try:
                    _question, sender = server.recvfrom(16)
                    server.sendto(b"!", sender)
                    return client.recv(16) == b"!"
                except TimeoutError:
                    return False

    def pings(self, other: str) -> bool:
        words = ["ip", "netns", "exec", self.namespace, "ping", "-n", "-c", "1", "-W", "1", other]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def run(self, command: str) -> str:
        words = ["ip", "netns", "exec", self.namespace, "sh", "-ec", command]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def connect(client: Pod, server: Pod, family: int, port: int) -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection that has carried something."""
    with server.bound(family, socket.SOCK_STREAM, port) as listener:
        near = client.connected(server.addresses[family], port)
        far, _peer = listener.accept()
    far.settimeout(PATIENCE)
    near.send(b"hello")
    assert far.recv(16) == b"hello"
    return near, far


def carries(source: socket.socket, destination: socket.socket) -> bool:
    """Whether a connection still does."""
    source.send(b"more")
    try:
        return destination.recv(16) == b"more"
    except TimeoutError:
        return False


class Node:
    """The node itself, in the caller's namespace, whose name its pods' names begin with."""

    def __init__(self, name: str, paths: Paths) -> None:
        self._name, self.paths = name, paths
        self._ends: list[str] = []

    def pod(self, number: int) -> Pod:
        """A pod on the bridge."""
        end = self._end(f"p{number}", {family: _FORMS[family] % number for family in (4, 6)})
        _run(f"ip link set p{number} master cni0 up; bridge link set dev p{number} hairpin on")
        self._lead(end, {family: _FORMS[family] % 1 for family in (4, 6)})
        return end

    def outside(self) -> Pod:
        """Somebody beyond the node, who has a route to its pods."""
        end = self._end("out", {family: _OUTSIDE[family] % 2 for family in (4, 6)})
        _run(f"ip link set out up; ip address add {_OUTSIDE[4] % 1}/24 dev out")
        _run(f"ip address add {_OUTSIDE[6] % 1}/64 dev out nodad")
        self._lead(end, {family: _OUTSIDE[family] % 1 for family in (4, 6)})
        return end

    def apply(
        self,
        tables: Iterable[Table],
        settings: Settings | None = None,
        *,
        end: bool = True,
        check: bool = False,
        unrestored: str = "deny",
    ) -> enforcement.Outcome:
        """Enforce these tables."""
        compiled = self.compiled(tables, settings)
        return enforcement.enforce(*compiled, end, check, self.paths, unrestored=unrestored)

    @staticmethod
    def compiled(tables: Iterable[Table], settings: Settings | None = None) -> tuple[dict[str, Any], str]:
        """What the controller sends: the document, and what it was made of."""
        given = list(tables)
        return document(given, settings or Settings()), json.dumps([each.as_json() for each in given])

    def remove_pods(self) -> None:
        for each in self._ends:
            subprocess.run(["ip", "netns", "delete", each], check=True)

    def _end(self, link: str, addresses: dict[int, str]) -> Pod:
        name = f"{self._name}-{link}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        self._ends.append(name)
        end = Pod(name, addresses)
        end.run(_AT_ONCE)
        _run(f"ip link add {link} type veth peer name eth0 netns {name}")
        end.run(f"ip link set lo up; ip link set eth0 up; ip address add {addresses[4]}/24 dev eth0")
        end.run(f"ip address add {addresses[6]}/64 dev eth0 nodad")
        return end

    @staticmethod
    def _lead(end: Pod, gateways: dict[int, str]) -> None:
        end.run(f"ip route add default via {gateways[4]}; ip -6 route add default via {gateways[6]}")


@contextlib.contextmanager
def policed_node(name: str, paths: Paths) -> Iterator[Node]:
    """A node in this namespace, without policy yet. Its pods' namespaces go with it."""
    _run(_AT_ONCE)
    _run("ip link add cni0 type bridge forward_delay 0; ip link set cni0 up")
    _run(f"ip address add {_FORMS[4] % 1}/24 dev cni0; ip address add {_FORMS[6] % 1}/64 dev cni0 nodad")
    for sysctl in ("ipv4/ip_forward", "ipv6/conf/all/forwarding", *_BRIDGE_CALLS):
        _run(f"echo 1 > /proc/sys/net/{sysctl}")
    node = Node(name, paths)
    try:
        yield node
    finally:
        node.remove_pods()


def _run(command: str) -> None:
    subprocess.run(["sh", "-ec", command], check=True, capture_output=True, text=True)


def kernel_state(run: Any) -> str:
    """All sets and chains as the tools list them."""
    return str(run("ipset save | sed 's/ initval [^ ]*//' | sort; iptables-save -t mangle | grep -v '^[#:]' || true"))
