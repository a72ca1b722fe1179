# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``podnet``: the engine on a host without Ansible, for the boot unit, the drift timer and the operator."""

from __future__ import annotations

import argparse
import sys
from typing import Callable, Dict, List, Optional, TextIO

from ..kernel import world
from ..state.document import to_document
from ..state.errors import shortened
from ..state.reasons import reason
from ..state.text import lines
from . import closed, connections, ledger, restore, underlay
from .engine import Outcome
from .errors import EngineError, failure_lines
from .paths import Paths


def main(arguments: Optional[List[str]] = None) -> int:
    """Run one command; its exit status: 0 all is well, 1 something deviates or failed, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    paths = Paths.under(options.root) if options.root else Paths()
    command: Callable[[argparse.Namespace, Paths], int] = _COMMANDS[options.command]
    try:
        if options.command != "show":
            _do_without_pyroute2()
        return command(options, paths)
    except (EngineError, OSError) as error:
        _complain(str(error))
        return 1


def _do_without_pyroute2() -> None:
    reason = world.do_without_pyroute2()
    if reason:
        _complain("going on without it, so of links that exist only what all links have is compared: %s" % reason)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="podnet", description="The pod network that is kept on this host.")
    parser.add_argument("--root", metavar="DIRECTORY", help="look for the files that are kept below this directory")
    commands = parser.add_subparsers(dest="command", required=True)
    at_boot = commands.add_parser("restore", help="bring back all documents, as at boot")
    at_boot.add_argument(
        "--wait", metavar="SECONDS", type=float, default=0, help="wait so long for addresses and devices below tunnels"
    )
    commands.add_parser("drift", help="repair what was deleted or altered, and say what and why")
    commands.add_parser("status", help="say what deviates from the documents; change nothing")
    show = commands.add_parser("show", help="print a document as it is kept here")
    show.add_argument("name", metavar="NAME", help="a document's name; without it `podnet status` lists them")
    return parser


def _restore(options: argparse.Namespace, paths: Paths) -> int:
    ledgers = restore.kept(paths).ledgers
    underlay.wait([each.document for each in ledgers if not each.namespace], options.wait, _say)
    outcome = restore.restore(paths, _say)
    _say("%d document(s) restored, %d change(s)" % (len(ledgers), len(outcome.changes)))
    _end_connections(outcome, paths)
    return _verdict(outcome)


def _drift(_options: argparse.Namespace, paths: Paths) -> int:
    outcome = restore.restore(paths, _say)
    failed = {(failure.change.section, failure.change.key) for failure in outcome.failures}
    for change in outcome.changes:
        if (change.section, change.key) not in failed:
            _say("repaired: %s" % reason(change))
    _end_connections(outcome, paths)
    return _verdict(outcome)


def _end_connections(outcome: Outcome, paths: Paths) -> None:
    """Those that policy forbids and that nothing kept from beginning until now."""
    try:
        ended = connections.end_after_repair(paths, outcome.changes)
    except EngineError as error:
        outcome.warnings.append(str(error))
        return
    if ended:
        _say("ended %d connection(s) that policy forbids:" % len(ended))
        for line in shortened(sorted({connections.line(each) for each in ended})):
            _say(line)


def _verdict(outcome: Outcome) -> int:
    for problem in outcome.warnings + failure_lines(outcome.failures):
        _complain(problem)
    return 1 if outcome.warnings or outcome.failures else 0


def _status(_options: argparse.Namespace, paths: Paths) -> int:
    closings = closed.state()
    for each in closings:
        _say(each)
    found = restore.deviations(paths)
    for name, reasons in found.items():
        _say("%s: %s" % (name, "%d deviation(s)" % len(reasons) if reasons else "in sync"))
        for each in reasons:
            _say("  %s" % each)
    if not found:
        _say("no document is kept here")
    return 1 if closings or any(found.values()) else 0


def _show(options: argparse.Namespace, paths: Paths) -> int:
    kept = ledger.load(paths.ledgers, options.name)
    if kept is None:
        _complain("no document %r is kept here; there are: %s" % (options.name, ", ".join(ledger.names(paths.ledgers))))
        return 1
    for section in to_document(kept.document):
        for key, attributes in kept.document.get(section, {}).items():
            for line in lines(section, key, attributes):
                _say(line)
    return 0


def _say(line: str) -> None:
    _write(sys.stdout, line)


def _complain(line: str) -> None:
    _write(sys.stderr, "podnet: %s" % line)


def _write(stream: TextIO, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()


_COMMANDS: Dict[str, Callable[[argparse.Namespace, Paths], int]] = {
    "restore": _restore,
    "drift": _drift,
    "status": _status,
    "show": _show,
}
