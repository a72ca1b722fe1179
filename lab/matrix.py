"""Which pod reaches which: every pod to every other, by ping and, where one listens, by TCP.

Pure but for `measure`: one command in each pod tries all its paths, and the verdicts are read from what it prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.parallel import in_parallel
from lab.pods import Pod, podctl
from lab.process import run
from lab.table import table


@dataclass(frozen=True)
class Path:
    """One way to try: from a pod to an address of another, by `ping` or by `tcp/PORT`."""

    source: Pod
    target: Pod
    address: str
    probe: str

    def command(self) -> str:
        """What a shell in the source pod runs; status 0 if the path works."""
        if self.probe == "ping":
            return f"ping -c 1 -W 3 {self.address}"
        # Once connected, nc becomes `true`: nothing is sent, and nobody has to answer.
        return f"nc -w 3 {self.address} {self.probe.removeprefix('tcp/')} -e true"


def paths(pods: Sequence[Pod]) -> list[Path]:
    """All paths between different pods, in the order of `pods`."""
    return [
        Path(source, target, address, probe)
        for source in pods
        for target in pods
        if source != target
        for address in target.ips
        for probe in ("ping", *(f"tcp/{port}" for port in target.tcp_ports))
    ]


def script(tried: Sequence[Path]) -> str:
    """A shell script that tries paths one after the other and prints the exit status of each on a line."""
    return "\n".join(f"{path.command()} >/dev/null 2>&1; echo $?" for path in tried)


def verdicts(tried: Sequence[Path], printed: str) -> dict[Path, bool]:
    """Which of the paths work, from what their script printed; a path it did not come to does not."""
    lines = printed.split()
    return {path: lines[number : number + 1] == ["0"] for number, path in enumerate(tried)}


def measure(pods: Sequence[Pod]) -> dict[Path, bool]:
    """Try every path, from all pods at the same time."""

    def from_pod(source: Pod) -> dict[Path, bool]:
        own = [path for path in paths(pods) if path.source == source]
        return verdicts(own, run(podctl(source.node, "exec", source.name, "--", "sh", "-c", script(own))))

    return {path: works for part in in_parallel(from_pod, pods) for path, works in part.items()}


def grid(pods: Sequence[Pod], outcome: dict[Path, bool]) -> str:
    """The outcome as a table: a row for each source, a column for each target."""

    def cell(source: Pod, target: Pod) -> str:
        tried = {path: works for path, works in outcome.items() if (path.source, path.target) == (source, target)}
        return "  ".join(f"{path.probe} {'ok' if works else 'FAILS'}" for path, works in tried.items()) or "-"

    heading = ["FROM \\ TO", *(pod.name for pod in pods)]
    return table([heading, *([source.name, *(cell(source, target) for target in pods)] for source in pods)])


def report(pods: Sequence[Pod], outcome: dict[Path, bool]) -> str:
    """The table, each path that fails, and a last line that counts."""
    failed = [
        f"FAILS: {path.source.name} ({path.source.node}) to {path.target.name} ({path.target.node}): {path.command()}"
        for path, works in outcome.items()
        if not works
    ]
    return "\n".join([grid(pods, outcome), "", *failed, f"{sum(outcome.values())} of {len(outcome)} paths work"])


def complete(outcome: dict[Path, bool]) -> bool:
    """Whether there was something to try, and all of it works."""
    return bool(outcome) and all(outcome.values())
