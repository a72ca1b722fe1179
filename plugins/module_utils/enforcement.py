# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enforce policy on this host: apply its document, then end the connections that it forbids."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from typing import Any, List, Mapping, Optional, Set

from .host import engine
from .host.errors import EngineError
from .host.paths import Paths
from .kernel import addresses, conntrack
from .kernel import namespace as namespaces
from .policy.flows import Flow, Judge
from .policy.table import from_json

#: The name of the document.
NAME = "policy"
#: A connection may be confirmed by a packet that met the old chains just before the commit: once more is looked.
_PASSES = 3
#: The link that kube-proxy gives the services' addresses to, in that mode only.
_IPVS = "kube-ipvs0"
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp"}


@dataclass
class Outcome(engine.Outcome):
    """What was changed, or in check mode would be, and which connections were ended, one flow for each."""

    ended: List[Flow] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return super().changed or bool(self.ended)

    def commands(self) -> List[str]:
        return super().commands() + sorted({_command(each) for each in self.ended})

    def before(self) -> List[str]:
        return super().before() + sorted({_line(each) for each in self.ended})


def enforce(
    document: Mapping[str, Any],
    tables: str,
    end_connections: bool = True,
    check: bool = False,
    paths: Optional[Paths] = None,
    namespace: str = "",
) -> Outcome:
    """Apply ``document`` (of ``policy.document.document``), then end what the tables it was made of forbid.

    ``tables`` is a JSON list of ``Table.as_json()``. Between the commit and its end a connection may still carry
    packets; new ones are judged by the new chains from the commit on. Raises as ``engine.apply``, and ``EngineError``
    where connections cannot be read or ended; the document is applied by then.
    """
    applied = engine.apply(NAME, document, check, paths, namespace)
    ended = namespaces.within(namespace, lambda: _end(tables, check)) if end_connections else []
    warnings = applied.warnings + namespaces.within(namespace, _ways_around)
    return Outcome(applied.changes, warnings, applied.failures, ended)


def remove(check: bool = False, paths: Optional[Paths] = None, namespace: str = "") -> engine.Outcome:
    """Take policy off this host: every pod talks to every pod. Raises as ``engine.remove``."""
    return engine.remove(NAME, check, paths, namespace)


def _ways_around() -> List[str]:
    """What on this host takes packets past the chain FORWARD."""
    if any(name == _IPVS for _index, name in socket.if_nameindex()):
        return [
            "kube-proxy works in mode ipvs here (there is a link %s): packets to services go by INPUT and OUTPUT, and "
            "policy does not see them there; have it work in mode nftables or iptables" % _IPVS
        ]
    return []


def _end(tables: str, check: bool) -> List[Flow]:
    ended: List[Flow] = []
    try:
        own = {address.partition("/")[0] for _dev, address, *_number in addresses.read_all()}
        for told in json.loads(tables):
            table = from_json(told)
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


def _forbidden(judge: Judge, family: int, own: Set[str]) -> List[conntrack.Connection]:
    """Those that do not begin or end at this host itself, which reaches its pods and is reached by them."""
    return [
        each
        for each in conntrack.read(family)
        if judge.forbids(Flow(*each[:4])) and each.source not in own and each.destination not in own
    ]


def _protocol(flow: Flow) -> str:
    return _PROTOCOLS.get(flow.protocol, str(flow.protocol))


def _command(flow: Flow) -> str:
    """The command of an operator who ends all connections that are alike."""
    family = "ipv6" if ":" in flow.source else "ipv4"
    port = " --reply-port-src %d" % flow.port if flow.port else ""
    ends = "--orig-src %s --reply-src %s" % (flow.source, flow.destination)
    return "conntrack -D -f %s -p %s %s%s" % (family, _protocol(flow), ends, port)


def _line(flow: Flow) -> str:
    port = " port %d" % flow.port if flow.port else ""
    return "connection %s from %s to %s%s" % (_protocol(flow), flow.source, flow.destination, port)
