# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enforce policy on this host: apply its document, then end the connections that it forbids."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from typing import Any, List, Mapping, Optional

from .host import closed, connections, engine, policy_tables
from .host.errors import RefusedError
from .host.paths import Paths
from .host.policy_tables import NAME
from .kernel import filter_needs
from .kernel import namespace as namespaces
from .policy.flows import Flow
from .policy.table import from_json

#: The link that kube-proxy gives the services' addresses to, in that mode only.
_IPVS = "kube-ipvs0"


@dataclass
class Outcome(engine.Outcome):
    """What was changed, or in check mode would be, and which connections were ended, one flow for each."""

    ended: List[Flow] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return super().changed or bool(self.ended)

    def commands(self) -> List[str]:
        return super().commands() + sorted({connections.command(each) for each in self.ended})

    def before(self) -> List[str]:
        return super().before() + sorted({connections.line(each) for each in self.ended})


def enforce(
    document: Mapping[str, Any],
    tables: str,
    end_connections: bool = True,
    check: bool = False,
    paths: Optional[Paths] = None,
    namespace: str = "",
    unrestored: str = policy_tables.DENY,
) -> Outcome:
    """Apply ``document`` (of ``policy.document.document``), then end what the tables it was made of forbid.

    ``tables`` is a JSON list of ``Table.as_json()``; the host keeps them, so that it ends as well what begins while
    somebody has taken the chains away. Between the commit and its end a connection may still carry packets; new ones
    are judged by the new chains from the commit on. ``unrestored``: whether the host closes its pods where it cannot
    restore the document (``deny``), or lets them be open (``allow``). Raises as ``engine.apply``, and ``EngineError``
    where connections cannot be read or ended; the document is applied by then.
    """
    places = paths or Paths()
    lacking = namespaces.within(namespace, lambda: filter_needs.lacking(document))
    if lacking:
        raise RefusedError("document %s" % NAME, [str(each) for each in lacking])
    applied = engine.apply(NAME, document, check, places, namespace)
    if not check:
        policy_tables.keep(places, document, tables if end_connections else "[]", unrestored)
    opened = namespaces.within(namespace, lambda: closed.lift(check))
    told = [from_json(each) for each in json.loads(tables)] if end_connections else []
    ended = namespaces.within(namespace, lambda: connections.end(told, check))
    warnings = applied.warnings + namespaces.within(namespace, _ways_around)
    return Outcome([*applied.changes, *opened], warnings, applied.failures, ended)


def remove(check: bool = False, paths: Optional[Paths] = None, namespace: str = "") -> engine.Outcome:
    """Take policy off this host: every pod talks to every pod. Raises as ``engine.remove``."""
    places = paths or Paths()
    removed = engine.remove(NAME, check, places, namespace)
    removed.changes = [*removed.changes, *namespaces.within(namespace, lambda: closed.lift(check))]
    if not check:
        policy_tables.forget(places)
    return removed


def _ways_around() -> List[str]:
    """What on this host takes packets past the chain FORWARD."""
    if any(name == _IPVS for _index, name in socket.if_nameindex()):
        return [
            "kube-proxy works in mode ipvs here (there is a link %s): packets to services go by INPUT and OUTPUT, and "
            "policy does not see them there; have it work in mode nftables or iptables" % _IPVS
        ]
    return []
