"""A node of its own for policy: a network namespace with a bridge and two pods that talk, whose packets policy sees."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from subprocess import PIPE, Popen
from typing import NamedTuple

from bench.measure import BenchError
from bench.sandbox import run

SECONDS = 1
PINGS, INTERVAL = 500, 0.002
CONNECTIONS = 2000
GATEWAY, CLIENT, SERVER = "10.128.0.1", "10.128.0.240", "10.128.0.241"
#: As the collection leaves a node without policy: pods on a bridge that shows iptables its packets, and masquerade.
NODE = f"""
ip netns add {{node}}
ip -n {{node}} link set lo up
ip -n {{node}} link add cni0 up type bridge
ip -n {{node}} address add {GATEWAY}/24 dev cni0
ip netns exec {{node}} sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
ip netns exec {{node}} iptables -t nat -A POSTROUTING -s 10.128.0.0/24 ! -d 10.0.0.0/8 -j MASQUERADE
"""
POD = """
ip netns add {node}-{pod}
ip -n {node} link add {pod} up master cni0 type veth peer name eth0 netns {node}-{pod}
ip -n {node}-{pod} link set lo up
ip -n {node}-{pod} link set eth0 up
ip -n {node}-{pod} address add {address}/24 dev eth0
"""
#: Answers UDP; and asks as often as it is told, each time from another port, so that each is a new connection.
ECHO = """
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 7))
print(flush=True)
while True:
    server.sendto(*server.recvfrom(64))
"""
ASK = """
import socket, sys, time
start = time.perf_counter()
for _number in range(int(sys.argv[2])):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect((sys.argv[1], 7))
        client.send(b"?")
        client.recv(64)
print(time.perf_counter() - start)
"""


class Costs(NamedTuple):
    """Gbit/s of a TCP stream, milliseconds of an echo, and microseconds of a new connection with an echo."""

    throughput: float
    latency: float
    connection: float


class Node:
    """Its namespaces end with the sandbox."""

    def __init__(self, name: str) -> None:
        self.name = name
        run("sh", "-euc", NODE.format(node=name))
        for pod, address in (("client", CLIENT), ("server", SERVER)):
            run("sh", "-euc", POD.format(node=name, pod=pod, address=address))

    def serve(self) -> Iterator[Popen[str]]:
        """Start what answers in the pod `server`, and say what has to be killed."""
        for command in (["iperf3", "--server", "--forceflush"], [sys.executable, "-c", ECHO]):
            server = Popen([*self._inside("server"), *command], stdout=PIPE, text=True)
            if server.stdout is None or not server.stdout.readline():
                raise BenchError(f"{command[0]} did not start in a pod")
            yield server

    def throughput(self) -> float:
        streamed = json.loads(self._client("iperf3", "--json", "--time", str(SECONDS), "--client", SERVER))
        return float(streamed["end"]["sum_received"]["bits_per_second"] / 1e9)

    def latency(self) -> float:
        echoed = self._client("ping", "-n", "-q", "-c", str(PINGS), "-i", str(INTERVAL), "-w", "20", SERVER)
        found = re.search(r" 0% packet loss.*= [0-9.]+/([0-9.]+)/", echoed, re.DOTALL)
        if found is None:
            raise BenchError(f"ping lost packets:\n{echoed}")
        return float(found.group(1))

    def connection(self) -> float:
        return float(self._client(sys.executable, "-c", ASK, SERVER, str(CONNECTIONS))) / CONNECTIONS * 1e6

    def _client(self, *command: str) -> str:
        return run(*self._inside("client"), *command)

    def _inside(self, pod: str) -> list[str]:
        return ["ip", "netns", "exec", f"{self.name}-{pod}"]
