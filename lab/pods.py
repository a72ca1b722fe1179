"""All pods of the lab: what `podctl` does on one host, done on every host over SSH."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import keys, kinds
from lab.parallel import in_parallel
from lab.paths import LAB
from lab.process import LabError, run
from lab.table import table

MANIFESTS = LAB / "pods"


@dataclass(frozen=True)
class Pod:
    """A pod as its host's runtime reports it; `ready` counts containers, as `1/1`."""

    name: str
    status: str
    ready: str
    ips: tuple[str, ...]
    node: str
    tcp_ports: tuple[int, ...]


def podctl(node: str, *words: str) -> list[str]:
    """The command that runs `podctl` with these words on a host."""
    return ["ssh", "-F", str(keys.CONFIG), node, shlex.join(["podctl", *words])]


def nodes() -> list[str]:
    """Names of the nodes that exist."""
    found = sorted(name for name in kinds.chosen().present() if name.startswith("node-"))
    if not found:
        raise LabError("the lab is not up; start it with `make lab-up`")
    return found


def apply(files: Sequence[Path]) -> list[str]:
    """Start the pods of the manifest `files`, each on the node it names; one line a pod says what was done."""
    text = "\n---\n".join(path.read_text() for path in files)
    done = in_parallel(lambda node: run(podctl(node, "apply"), stdin=text).splitlines(), nodes())
    return [line for lines in done for line in lines]


def present() -> list[Pod]:
    """Every pod of every host."""
    listings = in_parallel(lambda node: json.loads(run(podctl(node, "list"))), nodes())
    return [
        Pod(pod["name"], pod["status"], pod["ready"], tuple(pod["ips"]), pod["node"], tuple(pod["tcp_ports"]))
        for listing in listings
        for pod in listing
    ]


def delete(names: Sequence[str]) -> list[str]:
    """Delete the pods of these names, or all if there are none."""
    done = in_parallel(lambda node: run(podctl(node, "delete", *names)).splitlines(), nodes())
    return [line for lines in done for line in lines]


def execute(name: str, container: str | None, words: Sequence[str]) -> int:
    """Run a command in a pod with this terminal's output; give its exit status."""
    command = podctl(find(name).node, "exec", *(["-c", container] if container else []), name, "--", *words)
    return subprocess.run(command, check=False).returncode


def find(name: str) -> Pod:
    """The pod of this name."""
    for pod in present():
        if pod.name == name:
            return pod
    raise LabError(f"there is no pod {name}; `python3 -m lab pods` shows those that are")


def listing(files: Sequence[Path], running: Sequence[Pod]) -> str:
    """The pods of these manifests that run, as ``kubectl get pods -A -o json`` prints them with their addresses."""
    import yaml  # here, for nothing else of the lab needs more than Python's standard library

    manifests = [manifest for path in files for manifest in yaml.safe_load_all(path.read_text())]
    found = {pod.name: pod for pod in running if pod.ips}
    items = [
        {**manifest, "status": {"phase": "Running", "podIPs": [{"ip": ip} for ip in found[name].ips]}}
        for manifest in manifests
        if (name := manifest["metadata"]["name"]) in found
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=2)


def wide(pods: Sequence[Pod]) -> str:
    """Pods as `kubectl get pods -o wide` shows them."""
    rows = [(pod.name, pod.ready, pod.status, ",".join(pod.ips) or "<none>", pod.node) for pod in pods]
    return table([("NAME", "READY", "STATUS", "IP", "NODE"), *rows])
