"""Real FRR, each in a network namespace of its own and all on one switch: a cluster's nodes and routers."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

PROGRAMS = Path("/usr/lib/frr")
DAEMONS = ("zebra", "bfdd", "bgpd")
#: Seconds. FRR waits one before it first connects, and up to one more between attempts where it is told so.
PATIENCE = 15

Value = TypeVar("Value")


def until(what: str, found: Callable[[], Value], wanted: Value) -> None:
    """Ask again until the answer is the wanted one."""
    end = time.monotonic() + PATIENCE
    while (present := found()) != wanted:
        assert time.monotonic() < end, f"{what}: {present} instead of {wanted} after {PATIENCE} seconds"
        time.sleep(0.05)


class Speaker:
    """One FRR. Its daemons listen to nobody but vtysh, and find all their files in a folder of their own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.namespace = f"podnet-{name}-{uuid.uuid4().hex[:8]}"
        self.folder = folder / name
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, *words: str) -> str:
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, *words], check=False, capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 0, f"{self.name}: {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def sh(self, commands: str) -> str:
        return self.run("sh", "-ec", commands)

    @contextmanager
    def present(self) -> Iterator[Speaker]:
        """The namespace and the daemons, as long as the block takes."""
        self.folder.mkdir()
        shutil.chown(self.folder, "frr", "frr")
        subprocess.run(["ip", "netns", "add", self.namespace], check=True)
        try:
            self.sh("ip link set lo up; sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
            # Addresses are there at once, without a second in which they might be somebody else's.
            self.sh("sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
            yield self
        finally:
            for daemon in tuple(self._running):
                self.stop(daemon)
            subprocess.run(["ip", "netns", "delete", self.namespace], check=True)

    def start(self, *daemons: str) -> None:
        """One after the other, zebra first: if bgpd does not find it, it looks again 10 seconds later."""
        for daemon in daemons or DAEMONS:
            self._running[daemon] = subprocess.Popen(self._command(daemon), stderr=subprocess.DEVNULL)
            until(f"{daemon} of {self.name} listens", (self.folder / f"{daemon}.vty").is_socket, True)

    def _command(self, daemon: str) -> list[str]:
        words = ["ip", "netns", "exec", self.namespace, str(PROGRAMS / daemon), "--config_file", "/dev/null"]
        words += ["--pid_file", f"{self.folder}/{daemon}.pid", "--vty_socket", str(self.folder), "--vty_port", "0"]
        words += ["--socket", f"{self.folder}/zserv.api", "--log", f"file:{self.folder}/{daemon}.log"]
        return [*words, "--bfdctl", f"{self.folder}/bfdd.sock"] if daemon == "bfdd" else words

    def stop(self, daemon: str, by: signal.Signals = signal.SIGTERM) -> None:
        process = self._running.pop(daemon)
        process.send_signal(by)
        process.wait(PATIENCE)
        (self.folder / f"{daemon}.vty").unlink(missing_ok=True)

    def vtysh(self, *commands: str) -> str:
        words = ["vtysh", "--vty_socket", str(self.folder)]
        for command in commands:
            words += ["-c", command]
        return self.run(*words)

    def configure(self, text: str) -> None:
        """Add this to what FRR is told already, as if it were typed: after a file FRR waits for 4 seconds."""
        lines = [line.strip() for line in text.splitlines() if line.strip(" !")]
        said = self.vtysh("configure terminal", *lines).splitlines()
        assert not [line for line in said if line and not line.startswith("Graceful restart")], f"{self.name}: {said}"

    def read(self, text: str) -> None:
        """Have FRR read this from a file, as it does when it starts."""
        file = self.folder / "frr.conf"
        file.write_text(text)
        self.run("vtysh", "--vty_socket", str(self.folder), "-f", str(file))

    def reloaded(self, text: str, action: str = "--reload") -> str:
        """Let frr-reload make this of what FRR is told; what it said."""
        file = self.folder / "frr.conf"
        file.write_text(text)
        folders = ["--confdir", str(self.folder), "--rundir", str(self.folder), "--vty_socket", str(self.folder)]
        words = ["python3", str(PROGRAMS / "frr-reload.py"), action, "--log-level", "error", "--stdout", *folders]
        return self.run(*words, str(file))

    def routes(self, version: int = 4) -> dict[str, list[str]]:
        """What the kernel has of BGP: each destination, and the gateways that lead there."""
        found = json.loads(self.run("ip", "-j", f"-{version}", "route", "show", "proto", "bgp", "metric", "20"))
        return {route["dst"]: sorted(_gateways(route)) for route in found}

    def until_routes(self, wanted: Mapping[str, list[str]], version: int = 4) -> None:
        until(f"IPv{version} routes of {self.name}", lambda: self.routes(version), dict(wanted))

    def established(self) -> set[str]:
        """The neighbors that there is a session with."""
        families = json.loads(self.vtysh("show bgp summary established json"))
        return {neighbor for family in families.values() for neighbor in family.get("peers", ())}

    def connected(self) -> dict[str, int]:
        """How often each neighbor's session has been established."""
        return {
            name: its["connectionsEstablished"]
            for name, its in json.loads(self.vtysh("show bgp neighbors json")).items()
        }

    def has_had_a_session(self) -> bool:
        """Cheaper than to ask it, out of what its bgpd has logged."""
        log = self.folder / "bgpd.log"
        return log.exists() and re.search(r"%ADJCHANGE: .* Up$", log.read_text(errors="replace"), re.M) is not None


def _gateways(route: dict[str, Any]) -> Iterator[str]:
    for hop in route.get("nexthops", [route]):
        yield hop["gateway"] if "gateway" in hop else hop["via"]["host"]


class Lab:
    """Speakers on one switch, each with the addresses that it is given on its link ``eth0``."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._switch = stack.enter_context(Speaker("switch", folder).present())
        self._switch.sh("ip link add switch type bridge; ip link set switch up")

    def speaker(self, name: str, *addresses: str) -> Speaker:
        """A new one, its daemons running and told nothing."""
        speaker = self._stack.enter_context(Speaker(name, self._folder).present())
        speaker.sh(f"ip link add eth0 type veth peer name {name} netns {self._switch.namespace}; ip link set eth0 up")
        self._switch.sh(f"ip link set {name} up")
        self.plug(name)
        for address in addresses:
            speaker.sh(f"ip address add {address} dev eth0")
        speaker.start()
        return speaker

    def plug(self, name: str) -> None:
        """Put a speaker on the switch."""
        self._switch.sh(f"ip link set {name} master switch")

    def unplug(self, name: str) -> None:
        """Take a speaker off the switch. Its link stays up, as with a switch that fails behind a switch."""
        self._switch.sh(f"ip link set {name} nomaster")


@contextmanager
def lab() -> Iterator[Lab]:
    """Nothing of it is left after the block."""
    # Not pytest's: the daemons are not root, and paths of sockets must be short.
    with tempfile.TemporaryDirectory(prefix="podnet-frr-") as folder, ExitStack() as stack:
        os.chmod(folder, 0o755)
        yield Lab(Path(folder), stack)
