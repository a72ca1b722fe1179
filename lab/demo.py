"""The demo: from nothing to pods on three hosts that talk to each other, each command shown as typed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from lab import pods
from lab.paths import PROJECT
from lab.process import LabError

SSH = "ssh -F build/lab/ssh_config"
INTRODUCTION = """\
Three hosts on this machine get a flat pod network from the playbook, and pods to try it with.
Commands are shown as typed, from the top of the checkout: repeat any of them. `make lab-down` removes the hosts."""
STEPS = 8


@dataclass(frozen=True)
class Step:
    """Commands that show one thing, what their output must contain, and where to look when they fail."""

    title: str
    commands: tuple[str, ...]
    look: str
    expect: str = ""


SET_UP = (
    Step(
        "Boot three hosts: systemd, SSH and containerd, but no pod network yet",
        ("python3 -m lab reset",),
        "`podman ps --all`, and `podman logs node-1` for what a host printed when it booted",
    ),
    Step(
        "Provision the pod network with Ansible",
        ("ansible-playbook -i inventories/lab playbooks/site.yml",),
        "the task that failed, above; the same command with `-v --limit HOST` says more",
    ),
    Step(
        "Start pods through containerd and the CNI configuration that the playbook wrote",
        ("python3 -m lab apply", "python3 -m lab pods"),
        f"`{SSH} node-1 journalctl -u containerd`, and /etc/cni/net.d/ on that host",
    ),
)


def proof() -> list[Step]:
    """The steps that need the server pod's address."""
    server = pods.find("server").ips[0]
    bridge = "bridge link show; ip route show | grep 10.244"
    return [
        Step(
            "What the hosts look like: pods are ports of a bridge, the peers' pods are a route away",
            tuple(f"{SSH} node-{number} '{bridge}'" for number in (1, 2, 3)),
            "`podnet status` on the host that shows no port or no route",
        ),
        Step(
            "Across nodes: the client on node-1 gets the page of the server on node-2, by IP",
            (f"python3 -m lab exec client -- wget -qO- http://{server}",),
            "the routes above; `tcpdump -ni eth0 udp port 4789` on node-2 shows whether packets arrive",
            "Hello from nginx",
        ),
        Step(
            "Across nodes: ping",
            (f"python3 -m lab exec client -- ping -c 3 {server}",),
            "the routes above; `tcpdump -ni eth0 udp port 4789` on node-2 shows whether packets arrive",
            "3 packets transmitted, 3 packets received",
        ),
        Step(
            "Inside a pod: two containers share one network, so the other one is at localhost",
            ("python3 -m lab exec pair -c shell -- wget -qO- http://localhost:8080",),
            "`python3 -m lab pods` for whether both containers of `pair` run",
            "Hello from busybox",
        ),
        Step(
            "Every pod to every other",
            ("python3 -m lab matrix",),
            "the lines with FAILS; `podnet status` on the two hosts that each of them names",
        ),
    ]


def show() -> int:
    """Run all steps; 0 only if each of them did what it must."""
    print(INTRODUCTION)
    began = time.monotonic()
    number = 0
    try:
        for make_steps in (lambda: SET_UP, proof):
            for step in make_steps():
                number += 1
                announce(number, step.title, time.monotonic() - began)
                carry_out(step)
    except LabError as error:
        print(f"\n{bold(f'The demo failed in step {number}.')}\n{error}", flush=True)
        return 1
    return 0


def announce(number: int, title: str, seconds: float) -> None:
    """A step's headline, with the time since the start."""
    print(f"\n{bold(f'[{number}/{STEPS}] {title}')}  ({seconds:.0f} s)", flush=True)


def carry_out(step: Step) -> None:
    """Run a step's commands as a person would type them, with their output on the terminal."""
    printed = "".join(run_as_typed(command, step.look) for command in step.commands)
    if step.expect not in printed:
        raise LabError(f"The output should have said {step.expect!r}.\nLook at: {step.look}.")


def run_as_typed(command: str, look: str) -> str:
    """Show a command, run it in a shell at the top of the checkout, pass its output on and give it."""
    print(bold(f"$ {command}"), flush=True)
    lines = []
    colour = {"ANSIBLE_FORCE_COLOR": "1"} if sys.stdout.isatty() else {}
    environment = {**os.environ, **colour}
    with subprocess.Popen(
        command, shell=True, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    ) as running:
        for line in running.stdout or []:
            print(line, end="", flush=True)
            lines.append(line)
    if running.returncode:
        raise LabError(f"`{command}` ended with status {running.returncode}.\nLook at: {look}.")
    return "".join(lines)


def bold(text: str) -> str:
    """Stand out on a terminal, stay plain in a file."""
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text
