"""`podctl`: this host's pods from the shell."""

from __future__ import annotations

import argparse
import json
import sys

import yaml

from .manifest import ManifestError
from .pods import NoSuchPod, Pods
from .runtime import Runtime, RuntimeRefused


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(prog="podctl", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("apply", help="start this host's pods out of the manifests on standard input")
    commands.add_parser("list", help="print this host's pods as JSON")
    execute = commands.add_parser("exec", help="run a command in a pod's container")
    execute.add_argument("pod")
    execute.add_argument("-c", "--container", help="default: the pod's first one")
    execute.add_argument("words", nargs="+", metavar="WORD")
    delete = commands.add_parser("delete", help="delete pods, or all when none is named")
    delete.add_argument("pods", nargs="*", metavar="POD")
    return top


def main() -> int:
    """Run one command; its own exit status, or that of the command run in the container."""
    asked = parser().parse_args()
    pods = Pods(Runtime())
    try:
        if asked.command == "apply":
            lines = pods.apply([manifest for manifest in yaml.safe_load_all(sys.stdin) if manifest])
        elif asked.command == "delete":
            lines = pods.delete(asked.pods)
        elif asked.command == "list":
            lines = [json.dumps(pods.all(), indent=2)]
        else:
            status, output, errors = pods.execute(asked.pod, asked.container, asked.words)
            sys.stdout.buffer.write(output)
            sys.stderr.buffer.write(errors)
            return status
    except (ManifestError, NoSuchPod, RuntimeRefused) as error:
        print(f"podctl: {error}", file=sys.stderr)
        return 1
    if lines:
        print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
