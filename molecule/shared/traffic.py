"""Traffic between two pods that runs while something happens to the hosts: a ping and a TCP stream, all of it counted.

Both run on the pods' hosts, in the pods' network namespaces, as transient units that end by themselves.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testinfra.host import Host

from lab import keys, pods
from lab.process import run

#: Seconds; whatever happens, nothing runs longer.
LONGEST = 600
#: Seconds from one ping to the next.
INTERVAL = 0.05
PORT = 7007
PROGRAM = Path(__file__).with_name("echo_stream.py")
FOLDER = "/run/podnet-test"
PING, SEND, ECHO = (f"podnet-test-{what}" for what in ("ping", "send", "echo"))


@dataclass
class Traffic:
    """What was sent and what came back; filled in once the traffic has ended.

    `lost` and `repeated` are the numbers of pings, counted from 1; bytes are the stream's, `longest_pause` its seconds
    without a byte while some were under way.
    """

    pings: int = 0
    lost: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()
    bytes_sent: int = 0
    bytes_returned: int = 0
    equal: bool = False
    longest_pause: float = 0.0
    error: str = ""

    @property
    def whole(self) -> bool:
        """Whether there was traffic, and each packet and each byte of it arrived once and as it was sent."""
        stream = self.equal and self.bytes_sent == self.bytes_returned > 0 and not self.error
        return stream and self.pings > 0 and not self.lost and not self.repeated


@contextmanager
def between(nodes: Mapping[str, Host], source: str, target: str, family: int | None = None) -> Iterator[Traffic]:
    """Keep a ping and a TCP stream going from pod `source` to pod `target` within the block; counted at its end.

    They go to the target's address of the family 4 or 6, or to its first one. Traffic of different families can go on
    at once.
    """
    here, there = pods.find(source), pods.find(target)
    client, server = nodes[here.node], nodes[there.node]
    folder, port = f"{FOLDER}-{family or 0}", PORT + (family or 0)
    ping, send, echo = (f"{unit}-{family or 0}" for unit in (PING, SEND, ECHO))
    for host, node in ((client, here.node), (server, there.node)):
        host.check_output(f"mkdir -p {folder}")
        run(["ssh", "-F", keys.CONFIG, node, f"cat > {folder}/echo_stream.py"], stdin=PROGRAM.read_text())
    address, *_others = [ip for ip in there.ips if family in (None, ipaddress.ip_address(ip).version)]
    python = f"python3 {folder}/echo_stream.py"
    seen = Traffic()
    try:
        start(server, echo, folder, there, f"{python} echo {port} {LONGEST}")
        until_listening(server, there, port)
        start(client, send, folder, here, f"{python} send {address} {port} {LONGEST}")
        start(client, ping, folder, here, f"ping -n -i {INTERVAL} -w {LONGEST} {address}", "KillSignal=SIGINT")
        yield seen
        take_pings(seen, stop(client, ping, folder))
        take_stream(seen, stop(client, send, folder))
    finally:
        for host, unit in ((client, ping), (client, send), (server, echo)):
            host.run(f"systemctl stop {unit}")
            host.run(f"rm -rf {folder}")


def start(host: Host, unit: str, folder: str, pod: pods.Pod, command: str, *properties: str) -> None:
    """Run a command in a pod's network namespace as a unit that writes to a file of its name."""
    settings = [
        f"NetworkNamespacePath=/run/netns/{namespace(host, pod)}", f"StandardOutput=file:{folder}/{unit}",
        f"StandardError=file:{folder}/{unit}.errors", f"RuntimeMaxSec={LONGEST + 30}",
        "TimeoutStopSec=20",  # a stream that was cut waits ten seconds for its last bytes before it reports
        *properties,
    ]  # fmt: skip
    options = " ".join(f"-p {setting}" for setting in settings)
    host.check_output(f"systemd-run --quiet --collect --unit {unit} {options} {command}")


def stop(host: Host, unit: str, folder: str) -> str:
    """End a unit, which may have ended by itself, and give what it printed."""
    host.run(f"systemctl stop {unit}")
    return host.check_output(f"cat {folder}/{unit}.errors >&2; cat {folder}/{unit}")


def namespace(host: Host, pod: pods.Pod) -> str:
    """The name of a pod's network namespace on its host."""
    find = "for name in $(ls /run/netns); do ip -n $name -o address show to %s | grep -q . && echo $name; done"
    return host.check_output(f"{find}; true", pod.ips[0])


def until_listening(host: Host, pod: pods.Pod, port: int) -> None:
    """Wait for the other end of the stream, at most five seconds."""
    listening = f"ip netns exec {namespace(host, pod)} ss -Hltn sport = {port} | grep -q ."
    host.check_output(f"for i in $(seq 50); do {listening} && exit; sleep 0.1; done; exit 1")


def take_pings(seen: Traffic, printed: str) -> None:
    """Count what `ping` printed. The last request may have had no time for its reply."""
    sent = re.search(r"(\d+) packets transmitted", printed)
    numbers = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl=", printed)]
    seen.pings = int(sent.group(1)) if sent else 0
    seen.lost = tuple(sorted(set(range(1, seen.pings)) - set(numbers)))
    seen.repeated = tuple(sorted({number for number in numbers if numbers.count(number) > 1}))


def take_stream(seen: Traffic, printed: str) -> None:
    """Read the sender's report."""
    report = json.loads(printed)
    seen.bytes_sent, seen.bytes_returned = report["sent"], report["returned"]
    seen.equal, seen.longest_pause, seen.error = report["equal"], report["longest_pause"], report["error"]
