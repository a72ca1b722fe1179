# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of policy: what of Kubernetes' objects decides who may talk to whom, checked and in normal form.

Source: Kubernetes API reference, ``networking.k8s.io/v1`` NetworkPolicy and ``v1`` Namespace and Pod.
"""

from __future__ import annotations

from typing import FrozenSet, Mapping, NamedTuple, Optional, Tuple, Union

INGRESS, EGRESS = "ingress", "egress"
DIRECTIONS = (INGRESS, EGRESS)

IN, NOT_IN, EXISTS, DOES_NOT_EXIST = "In", "NotIn", "Exists", "DoesNotExist"
TCP, UDP, SCTP = "TCP", "UDP", "SCTP"

Labels = Mapping[str, str]


class Requirement(NamedTuple):
    """One line of a label selector; ``matchLabels`` is the operator ``In`` with one value."""

    key: str
    operator: str
    values: FrozenSet[str]


#: A label selector: all requirements have to hold, and one without any selects everything.
Selector = Tuple[Requirement, ...]


class Namespace(NamedTuple):
    """A namespace. Its label ``kubernetes.io/metadata.name`` is always there, as with the API server."""

    name: str
    labels: Labels


class PodPort(NamedTuple):
    """A container's port that has a name, so that policies can speak of it."""

    name: str
    protocol: str
    port: int


class Pod(NamedTuple):
    """A pod that has addresses of its own: neither of the host's network, nor ended, nor without an address yet."""

    namespace: str
    name: str
    labels: Labels
    node: str
    addresses: Tuple[str, ...]  # of either family, in normal form, IPv4 first
    ports: Tuple[PodPort, ...]


class Port(NamedTuple):
    """One entry of ``ports``: all ports of the protocol (``first`` is None), one or a range of them, or a named one."""

    protocol: str
    first: Optional[Union[int, str]]
    last: Optional[int] = None  # inclusive; None where it is one port


class Block(NamedTuple):
    """An ``ipBlock``: a network without some of its parts, all in normal form."""

    cidr: str
    excepted: Tuple[str, ...] = ()


class Pods(NamedTuple):
    """A peer of pods. ``namespaces`` is None for those of the policy's own namespace only."""

    namespaces: Optional[Selector]
    pods: Selector


Peer = Union[Pods, Block]


class Rule(NamedTuple):
    """What one rule allows: each of ``ports`` to (from) each of ``peers``. Empty means without restriction."""

    peers: Tuple[Peer, ...] = ()
    ports: Tuple[Port, ...] = ()


class Policy(NamedTuple):
    """A NetworkPolicy. A direction that it does not isolate is None; one that it isolates without a rule is ``()``."""

    namespace: str
    name: str
    pods: Selector
    ingress: Optional[Tuple[Rule, ...]]
    egress: Optional[Tuple[Rule, ...]]

    @property
    def title(self) -> str:
        """How people name it."""
        return "%s/%s" % (self.namespace, self.name)


class Objects(NamedTuple):
    """All of a cluster that policy depends on, each in order of namespace and name.

    ``assumed`` are those namespaces that no object was given of: pods or policies are in them, and their labels are not
    known.
    """

    namespaces: Tuple[Namespace, ...]
    pods: Tuple[Pod, ...]
    policies: Tuple[Policy, ...]
    assumed: FrozenSet[str] = frozenset()
