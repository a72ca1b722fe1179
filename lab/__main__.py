"""The lab's command line: hosts that stand for bare metal, and the pods on them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from lab import demo, disk, image, kinds, matrix, pods
from lab.process import LabError

Arguments = argparse.Namespace


def parser() -> argparse.ArgumentParser:
    """The command line's grammar; each command brings the function that carries it out and gives its exit status."""
    hosts = kinds.chosen()
    top = argparse.ArgumentParser(prog="python3 -m lab", description=__doc__)
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, text: str, carry_out: Callable[[Arguments], int | None]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(carry_out=carry_out)
        return added

    command("image", "build the hosts' image unless it is there", lambda asked: say_image())
    up = command("up", "boot the hosts that do not run yet", lambda asked: hosts.up(asked.topology, asked.hosts))
    reset = command(
        "reset", "make all hosts anew from the image", lambda asked: hosts.reset(asked.topology, asked.hosts)
    )
    for several in (up, reset):
        several.add_argument(
            "--hosts", type=int, default=hosts.NODES, metavar="N", help=f"how many nodes (default: {hosts.NODES})"
        )
        several.add_argument(
            "--topology",
            choices=hosts.TOPOLOGIES,
            default="flat",
            help="of the underlay (default: flat)",
        )
    command("down", "remove hosts, networks and keys; keep the image", lambda asked: hosts.down())
    command("clean", "as down, and remove the image", lambda asked: clean(hosts))

    apply = command("apply", "start pods from manifests; what runs as written is left alone", apply_pods)
    apply.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: lab/pods/*.yaml")
    command("pods", "list the pods, with their addresses and nodes", lambda asked: print(pods.wide(pods.present())))
    dump = command("dump", "print the pods of manifests as kubectl get pods -A -o json does", dump_pods)
    dump.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: lab/pods/*.yaml")
    delete = command("delete", "delete pods, or all when none is named", delete_pods)
    delete.add_argument("names", nargs="*", metavar="POD")
    execute = command("exec", "run a command in a pod", execute_in_pod)
    execute.add_argument("pod")
    execute.add_argument("-c", "--container", help="default: the pod's first one")
    execute.add_argument("words", nargs="+", metavar="WORD", help="after --: the command")
    command("matrix", "try every path between two pods; status 0 if all work", show_matrix)

    command("demo", "all of it, from booting the hosts to the matrix", lambda asked: demo.show())
    return top


def say_image() -> None:
    """Make sure of the image and print its name."""
    print(image.ensure())


def clean(hosts: kinds.Kind) -> None:
    """Take down what runs and remove the images."""
    hosts.down()
    image.clean()
    disk.clean()


def apply_pods(asked: Arguments) -> None:
    """Start pods and print a line for each."""
    files = asked.files or sorted(pods.MANIFESTS.glob("*.yaml"))
    print("\n".join(pods.apply(files)))


def dump_pods(asked: Arguments) -> None:
    """Print the pods that run, and what their manifests say of them."""
    print(pods.listing(asked.files or sorted(pods.MANIFESTS.glob("*.yaml")), pods.present()))


def delete_pods(asked: Arguments) -> None:
    """Delete pods and print a line for each."""
    print("\n".join(pods.delete(asked.names)))


def execute_in_pod(asked: Arguments) -> int:
    """Run a command in a pod; its exit status."""
    return pods.execute(asked.pod, asked.container, asked.words)


def show_matrix(asked: Arguments) -> int:
    """Measure and print the matrix."""
    present = pods.present()
    outcome = matrix.measure(present)
    print(matrix.report(present, outcome))
    return 0 if matrix.complete(outcome) else 1


def main() -> int:
    """Run one command."""
    try:
        asked = parser().parse_args()
        return asked.carry_out(asked) or 0
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
