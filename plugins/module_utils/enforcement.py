# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enforce policy on this host: apply its document, then end the connections that it forbids."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from .cni import attached
from .fabric.problems import some
from .host import closed, connections, engine, policy_tables
from .host.errors import RefusedError
from .host.paths import Paths
from .host.policy_tables import NAME
from .kernel import filter_needs
from .kernel import namespace as namespaces
from .policy.flows import Flow
from .policy.table import Table, from_json
from .state.marks import PROBE_POD

#: The link that kube-proxy gives the services' addresses to, in that mode only.
_IPVS = "kube-ipvs0"
#: So many addresses help, and no more.
_SHOWN = 10
_NONE_KNOWN = (
    "Kubernetes' objects have none of the pods that are attached to this host, with addresses %s, so that policy would "
    "cut all of them off. Way out: give the pods of all namespaces as they are now, as kubectl get "
    "ns,pods,networkpolicies -A -o json prints them in this cluster's context; say what Kubernetes calls this host "
    "(policy_node_name); or let pods be open that policy has not seen (policy_unseen_pods: allow)"
)
_SOME_UNKNOWN = (
    "Kubernetes' objects lack pods that are attached to this host, with addresses %s, so that policy cuts them off "
    "until the next run; if they have not just started, give the pods of all namespaces (kubectl get … -A)"
)


@dataclass
class Outcome(engine.Outcome):
    """What was changed, or in check mode would be, and which connections were ended, one flow for each."""

    ended: List[Flow] = field(default_factory=list)
    #: Where it changes, what the host was to do by itself, and what it is to do now.
    options: Tuple[List[str], List[str]] = ([], [])

    @property
    def changed(self) -> bool:
        return super().changed or bool(self.ended) or any(self.options)

    def commands(self) -> List[str]:
        return super().commands() + sorted({connections.command(each) for each in self.ended})

    def before(self) -> List[str]:
        return super().before() + self.options[0] + sorted({connections.line(each) for each in self.ended})

    def after(self) -> List[str]:
        return super().after() + self.options[1]


def enforce(
    document: Mapping[str, Any],
    tables: str,
    end_connections: bool = True,
    check: bool = False,
    paths: Optional[Paths] = None,
    namespace: str = "",
    unrestored: str = policy_tables.DENY,
    unseen: str = policy_tables.DENY,
) -> Outcome:
    """Apply ``document`` (of ``policy.document.document``), then end what the tables it was made of forbid.

    ``tables`` is a JSON list of ``Table.as_json()``; the host keeps them, so that it ends as well what begins while
    somebody has taken the chains away. Between the commit and its end a connection may still carry packets; new ones
    are judged by the new chains from the commit on. ``unrestored``: whether the host closes its pods where it cannot
    restore the document (``deny``), or lets them be open (``allow``). ``unseen``: whether the document closes pods that
    are in no table, or lets them be open. Raises as ``engine.apply``, and ``EngineError`` where connections cannot be
    read or ended; the document is applied by then.
    """
    places = paths or Paths()
    told = [from_json(each) for each in json.loads(tables)]
    cut_off = [] if unseen == policy_tables.ALLOW else _cut_off(told)
    lacking = namespaces.within(namespace, lambda: filter_needs.lacking(document))
    if lacking:
        raise RefusedError("document %s" % NAME, [str(each) for each in lacking])
    was, now = policy_tables.kept_options(places), policy_tables.options(unrestored, end_connections)
    applied = engine.apply(NAME, document, check, places, namespace)
    if not check:
        policy_tables.keep(places, document, tables if end_connections else "[]", unrestored)
    opened = namespaces.within(namespace, lambda: closed.lift(check))
    ended = namespaces.within(namespace, lambda: connections.end(told if end_connections else [], check))
    warnings = cut_off + applied.warnings + namespaces.within(namespace, _ways_around)
    options = (was, now) if was != now else ([], [])
    return Outcome([*applied.changes, *opened], warnings, applied.failures, ended, options)


def remove(check: bool = False, paths: Optional[Paths] = None, namespace: str = "") -> engine.Outcome:
    """Take policy off this host: every pod talks to every pod. Raises as ``engine.remove``."""
    places = paths or Paths()
    removed = engine.remove(NAME, check, places, namespace)
    removed.changes = [*removed.changes, *namespaces.within(namespace, lambda: closed.lift(check))]
    if not check:
        policy_tables.forget(places)
    return removed


def _cut_off(tables: Sequence[Table]) -> List[str]:
    """What is to be said of pods that are attached here and in no table. Raises ``RefusedError`` where no other is.

    Some may have started since Kubernetes' objects were read. All of them have not: these objects are another
    cluster's, or of one namespace.
    """
    known = {address for each in tables for address in each.free}
    known.update(pod for table in tables for each in (*table.ingress, *table.egress) for pod in each.pods)
    # Leases without a pod are left where a removal failed; and policy lets probe pods through by themselves.
    leased = attached.leases() if attached.ports() else []
    given = [each["address"] for each in leased if not each["container_id"].startswith(PROBE_POD)]
    unknown = [address for address in given if address not in known]
    if not unknown:
        return []
    named = some(unknown, _SHOWN)
    if len(unknown) == len(given):
        raise RefusedError("document %s" % NAME, [_NONE_KNOWN % named])
    return [_SOME_UNKNOWN % named]


def _ways_around() -> List[str]:
    """What on this host takes packets past the chain FORWARD."""
    if any(name == _IPVS for _index, name in socket.if_nameindex()):
        return [
            "kube-proxy works in mode ipvs here (there is a link %s): packets to services go by INPUT and OUTPUT, and "
            "policy does not see them there; have it work in mode nftables or iptables" % _IPVS
        ]
    return []
