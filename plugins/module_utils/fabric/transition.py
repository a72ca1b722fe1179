# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the plan that the hosts have to another one, so that at every moment each host has a way to each peer.

The new ways are laid beside the old with a metric that loses (``lay``), and tried; then the old ones get such a metric
and the new ones their own (``prefer``). All hosts reach a stage before the first goes on, so whatever one of them
sends, the other takes. Before ``lay`` is the old plan, and after ``prefer`` the new one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from . import documents, ways
from .model import Overlay, Plan, family
from .problems import EVERY_HOST, PlanError, Problem
from .ways import BESIDE, Route

LAY, PREFER = "lay", "prefer"

#: The layer of :func:`trial`.
TRIAL = "trial"
#: Table and priority of the rules that lead probe pods over new ways before anybody else goes there.
TRIAL_TABLE = TRIAL_PRIORITY = 244


def towards(had: Plan, wanted: Plan) -> Plan:
    """The plan to go to next: the wanted one, or one by way of a detour where a tunnel has to be made anew.

    The kernel changes neither a device's VNI nor its port, and one and the same way has one device. Raises
    :class:`PlanError` where the old and the new tunnel cannot be there at once.
    """
    found = list(_problems(had, wanted))
    if found:
        raise PlanError(found)
    old, new = had.cluster.overlay, wanted.cluster.overlay
    if old is None or new is None or ways.tunnel(old) != ways.tunnel(new) or _device(had, old) == _device(wanted, new):
        return wanted
    return replace(wanted, cluster=replace(wanted.cluster, overlay=_detour(old, new)))


def _device(plan: Plan, overlay: Overlay) -> Tuple[Any, ...]:
    """What cannot be changed of it. Geneve's has no VNI, for its routes say that."""
    return overlay.name, overlay.port, plan.cluster.underlay_family, overlay.vni if overlay.kind == "vxlan" else None


def _detour(old: Overlay, new: Overlay) -> Overlay:
    """A device that can be there with both: VXLAN's share a port, each of Geneve's needs one of its own."""
    vni = next(number for number in range(1, 4) if number not in (old.vni, new.vni))
    nearby = (new.port + step for step in (1, 2, -1, -2))
    free = (port for port in nearby if 1 <= port <= 65535 and port != old.port)
    return Overlay(new.kind, ways.DETOUR_LINK, vni, new.port if new.kind == "vxlan" else next(free))


def during(had: Plan, target: Plan) -> Plan:
    """The plan to go to, with an MTU that both can carry: pods' packets go now this way and now that."""
    return replace(target, cluster=replace(target.cluster, mtu=min(had.cluster.mtu, target.cluster.mtu)))


def _problems(had: Plan, wanted: Plan) -> Iterator[Problem]:
    old, new = had.cluster.overlay, wanted.cluster.overlay
    if old is None or new is None or ways.tunnel(old) == ways.tunnel(new):
        return
    reason = "is taken as long as hosts have %s, a %s on UDP port %d" % (old.name, old.kind, old.port)
    way_out = "choose another, for good or for a while"
    if old.name == new.name:
        yield Problem(EVERY_HOST, "fabric_%s_name" % new.kind, new.name, reason, way_out)
    if old.port == new.port and not old.kind == new.kind == "vxlan":
        yield Problem(EVERY_HOST, "fabric_%s_port" % new.kind, new.port, reason, way_out)


def layers(had: Plan, target: Plan) -> Tuple[str, ...]:
    """The ways that hosts have meanwhile, those of the old plan first. BGP's routes are not ours to give metrics to."""
    found = dict.fromkeys((*ways.layers(had), *ways.layers(target)))
    return tuple(layer for layer in found if layer != "bgp")


def document(had: Plan, target: Plan, name: str, layer: str, stage: str) -> Dict[str, Any]:
    """One layer of a host at a stage. Raises ValueError for a host or layer that is in neither plan."""
    if layer not in layers(had, target):
        raise ValueError("there is no layer %s between these plans, only %s" % (layer, ", ".join(layers(had, target))))
    if name not in target.hosts:
        raise ValueError("host %s is not in the plan: put it into the group of nodes and plan again" % name)
    plan = target if layer in ways.layers(target) else had
    return documents.WITH_ROUTES[layer](plan, name, _routes(had, target, name, layer, stage))


def _routes(had: Plan, target: Plan, name: str, layer: str, stage: str) -> List[Route]:
    old, new = _of_layer(had, name, layer), _of_layer(target, name, layer)
    winning = new if stage == PREFER else old
    all_of_both = {**new, **{key: route for key, route in old.items() if key not in new}}
    return [
        route if key in winning else route._replace(metric=route.metric + BESIDE) for key, route in all_of_both.items()
    ]


def _of_layer(plan: Plan, name: str, layer: str) -> Mapping[Tuple[str, str], Route]:
    if layer not in ways.layers(plan):
        return {}
    return {(route.peer, route.subnet): route for route in ways.routes(plan, name, layer)}


def trial(had: Plan, target: Plan, name: str, pods: Sequence[str]) -> Dict[str, Any]:
    """The document that leads these addresses of a host, its probe pods', over the new ways alone.

    With the same on all hosts the answers come back by the new ways too. What BGP announces cannot be tried so.
    """
    routes: List[Dict[str, Any]] = []
    for layer in layers(had, target):
        old, new = _of_layer(had, name, layer), _of_layer(target, name, layer)
        changed = [route for key, route in new.items() if key not in old]
        if changed:
            routes += documents.WITH_ROUTES[layer](target, name, changed)["routes"]
    return {
        "version": 1,
        "routes": [{**route, "table": TRIAL_TABLE} for route in routes],
        "rules": [
            {"family": "ipv%d" % family(pod), "priority": TRIAL_PRIORITY, "from": pod, "table": TRIAL_TABLE}
            for pod in pods
        ],
    }
