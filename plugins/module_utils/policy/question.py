# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked of policy: which ends, and what they send."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple, Union

from . import networks
from .cluster import Cluster
from .members import family_of
from .model import SCTP, TCP, UDP, Pod

ICMP = "ICMP"
_WITH_PORTS = (TCP, UDP, SCTP)
_LAST_PORT = 65535

#: A pod, its ``namespace/name``, or an address.
Given = Union[Pod, str]
#: A port's number, or its name on the destination; None where the protocol has none.
GivenPort = Optional[Union[int, str]]


class Unanswerable(ValueError):
    """The question names what is not there, or leaves open what the answer depends on."""


class End(NamedTuple):
    """One end of a connection: a pod, or whatever else has the address."""

    pod: Optional[Pod]
    address: str


class Traffic(NamedTuple):
    """What is sent, and to which port; no port where the protocol has none, and no protocol for any other."""

    protocol: Optional[str]
    port: Optional[int]


def ends(cluster: Cluster, source: Given, destination: Given, family: Optional[int]) -> Tuple[End, End]:
    """Both ends by addresses of one family: this one, or that of the first of the source's that will do.

    The address of a pod is that pod. Raises ``Unanswerable``.
    """
    from_, from_addresses = _found(cluster, source)
    to, to_addresses = _found(cluster, destination)
    for address in from_addresses:
        for other in to_addresses:
            if family_of(address) == family_of(other) == (family or family_of(address)):
                return End(from_, address), End(to, other)
    wanted = "one family" if family is None else "IPv%d" % family
    raise Unanswerable("%s and %s do not both have an address of %s" % (_shown(source), _shown(destination), wanted))


def traffic_to(pod: Optional[Pod], protocol: Optional[str], port: GivenPort) -> Optional[Traffic]:
    """What is sent to this pod; None where it has no port of that name. Raises ``Unanswerable``."""
    if protocol in (None, ICMP):
        if port is not None:
            raise Unanswerable("port %s: %s has no ports" % (port, protocol or "a protocol that is not named"))
        return Traffic(protocol, None)
    if protocol not in _WITH_PORTS:
        raise Unanswerable("protocol %s is none of %s and %s" % (protocol, ", ".join(_WITH_PORTS), ICMP))
    if port is None or (isinstance(port, int) and not 1 <= port <= _LAST_PORT):
        raise Unanswerable(
            "port %s: %s needs a number from 1 to %d, or the name of a port" % (port, protocol, _LAST_PORT)
        )
    if isinstance(port, int):
        return Traffic(protocol, port)
    for each in pod.ports if pod else ():
        if (each.protocol, each.name) == (protocol, port):
            return Traffic(protocol, each.port)
    return None


def title(pod: Pod) -> str:
    """How people name a pod."""
    return "%s/%s" % (pod.namespace, pod.name)


def _found(cluster: Cluster, given: Given) -> Tuple[Optional[Pod], Tuple[str, ...]]:
    """The pod, if it is one, and the addresses that the end can have."""
    if isinstance(given, Pod):
        return given, given.addresses
    if "/" in given:
        namespace, _slash, name = given.partition("/")
        pod = cluster.pods.get(namespace, name)
        if pod is None:
            raise Unanswerable(
                "pod %s is not known: it is not among the objects, has ended, is of its host's network or has no "
                "address yet, and policy is of pods that have addresses of their own" % given
            )
        return pod, pod.addresses
    try:
        _family, address = networks.address(given)
    except ValueError as error:
        reason = "%s is no end of a connection, which is namespace/name or an address: %s" % (given, error)
        raise Unanswerable(reason) from None
    return cluster.pods.at(address), (address,)


def _shown(given: Given) -> str:
    return title(given) if isinstance(given, Pod) else given
