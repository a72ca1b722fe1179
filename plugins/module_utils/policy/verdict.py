# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May one end open a connection to another, and which policies say so: answered for any two, from no node's view.

Source: Kubernetes documentation, "Network Policies".
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from .cluster import Cluster, rules
from .meaning import allows
from .model import EGRESS, INGRESS
from .question import End, Given, GivenPort, Traffic, Unanswerable, ends, title, traffic_to


class Said(NamedTuple):
    """What policies say of one end, by their titles. Of an end that is no pod, none says anything."""

    isolated_by: Tuple[str, ...] = ()
    allowed_by: Tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """One policy that allows it is enough, and so is that none isolates the end."""
        return bool(self.allowed_by) or not self.isolated_by


class Verdict(NamedTuple):
    """``egress`` is what the source's policies say, ``ingress`` what the destination's do."""

    allowed: bool
    egress: Said
    ingress: Said


def verdict(
    cluster: Cluster,
    source: Given,
    destination: Given,
    protocol: Optional[str],
    port: GivenPort = None,
    family: Optional[int] = None,
) -> Verdict:
    """Whether ``source`` may open a connection to ``destination``, and who says so.

    Ends are pods, ``namespace/name`` or addresses; the address of a pod is that pod. ``protocol`` is TCP, UDP or SCTP,
    with a ``port``: its number, or its name on the destination; or ICMP, or None for all others, without one.
    ``family`` is 4 or 6, or that of the first of the source's addresses that the destination has one of, too.

    What a node and its own pods send each other is allowed whatever is said here of the node's address. A pod reaches
    itself: no policy is asked. Raises ``Unanswerable``.
    """
    from_, to = ends(cluster, source, destination, family)
    traffic = traffic_to(to.pod, protocol, port)
    if traffic is None:
        raise Unanswerable("port %s: %s has no %s port of that name" % (port, _name(to), protocol))
    if from_.pod and to.pod and title(from_.pod) == title(to.pod):
        return Verdict(True, Said(), Said())
    egress, ingress = _said(cluster, from_, to, EGRESS, traffic), _said(cluster, to, from_, INGRESS, traffic)
    return Verdict(egress.allowed and ingress.allowed, egress, ingress)


def _name(end: End) -> str:
    return title(end.pod) if end.pod else end.address


def _said(cluster: Cluster, end: End, other: End, direction: str, traffic: Traffic) -> Said:
    if end.pod is None:
        return Said()
    isolating = cluster.isolating(end.pod, direction)
    allowing = [
        policy
        for policy in isolating
        if any(allows(cluster, policy, rule, direction, end, other, traffic) for rule in rules(policy, direction) or ())
    ]
    return Said(tuple(each.title for each in isolating), tuple(each.title for each in allowing))
