"""`python3 -m lab`: the lab's command line."""

from __future__ import annotations

import argparse
import sys

from lab import hosts, image
from lab.process import LabError


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(prog="lab", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("image", help="build the hosts' image unless it is there")
    for name, text in (("up", "boot the hosts"), ("reset", "make the hosts anew from the image")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--hosts", type=int, default=3, metavar="N", help="how many (default: 3)")
    commands.add_parser("down", help="remove hosts, network and keys; keep the image")
    commands.add_parser("clean", help="as down, and remove the image")
    return top


def main() -> int:
    """Run one command; 0 if it worked."""
    asked = parser().parse_args()
    try:
        if asked.command == "image":
            image.ensure()
        elif asked.command == "up":
            hosts.up(asked.hosts)
        elif asked.command == "reset":
            hosts.reset(asked.hosts)
        elif asked.command == "down":
            hosts.down()
        elif asked.command == "clean":
            hosts.down()
            image.clean()
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
