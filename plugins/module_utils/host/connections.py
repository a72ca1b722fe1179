# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of tracked connections that policy forbids: after each change of it, and when its chains had been away."""

from __future__ import annotations

from typing import Iterable, List, Sequence, Set

from ..kernel import addresses, conntrack
from ..kernel import namespace as namespaces
from ..policy.flows import Flow, Judge
from ..policy.table import Table
from ..state.change import Change
from . import ledger, lock, policy_tables
from .errors import EngineError
from .paths import Paths

#: A connection may be confirmed by a packet that met the old chains just before the commit: once more is looked.
_PASSES = 3
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp"}


def end(tables: Iterable[Table], check: bool = False) -> List[Flow]:
    """End what ``tables`` forbid, or find it if ``check``; one flow for each connection. Raises ``EngineError``."""
    ended: List[Flow] = []
    try:
        own = {address.partition("/")[0] for _dev, address, *_number in addresses.read_all()}
        for table in tables:
            judge = Judge(table)
            for _attempt in range(1 if check else _PASSES):
                forbidden = _forbidden(judge, table.family, own)
                if not forbidden:
                    break
                ended += [Flow(*each[:4]) for each in forbidden]
                if not check:
                    conntrack.end(forbidden)
    except OSError as error:
        raise EngineError(
            "connections that policy forbids cannot be found or ended: %s; end_connections: false leaves all alone"
            % error
        ) from error
    return ended


def end_after_repair(paths: Paths, changes: Sequence[Change]) -> List[Flow]:
    """End what began while nothing forbade it, if ``changes`` repaired policy's document. Raises ``EngineError``."""
    if not changes:
        return []
    with lock.exclusive(paths.lock):  # nobody may give the host another policy meanwhile
        kept = ledger.load(paths.ledgers, policy_tables.NAME)
        if kept is None or not any(each.key in kept.document.get(each.section, {}) for each in changes):
            return []
        tables = policy_tables.load(paths, kept.document)
        return namespaces.within(kept.namespace, lambda: end(tables))


def command(flow: Flow) -> str:
    """The command of an operator who ends all connections that are alike."""
    family = "ipv6" if ":" in flow.source else "ipv4"
    port = " --reply-port-src %d" % flow.port if flow.port else ""
    ends = "--orig-src %s --reply-src %s" % (flow.source, flow.destination)
    return "conntrack -D -f %s -p %s %s%s" % (family, _protocol(flow), ends, port)


def line(flow: Flow) -> str:
    """``connection tcp from 10.244.0.3 to 10.244.1.2 port 80``."""
    port = " port %d" % flow.port if flow.port else ""
    return "connection %s from %s to %s%s" % (_protocol(flow), flow.source, flow.destination, port)


def _forbidden(judge: Judge, family: int, own: Set[str]) -> List[conntrack.Connection]:
    """Those that do not begin or end at this host itself, which reaches its pods and is reached by them."""
    return [
        each
        for each in conntrack.read(family)
        if judge.forbids(Flow(*each[:4])) and each.source not in own and each.destination not in own
    ]


def _protocol(flow: Flow) -> str:
    return _PROTOCOLS.get(flow.protocol, str(flow.protocol))
