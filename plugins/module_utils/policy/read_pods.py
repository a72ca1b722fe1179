# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods: those that have addresses of their own, with labels and named ports.

Of a pod only what policy depends on is looked at, for a cluster has many and each says a lot.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from . import metadata, networks, problems, syntax, times
from .fields import Fields, is_integer
from .labels import LabelReader
from .model import TCP, Pod, PodPort
from .read_policies import read_protocol

#: Phases of pods that have ended; their addresses may be another's already.
_ENDED = ("Succeeded", "Failed")

#: A container of this policy among those that start first is a sidecar, and runs as long as the pod does.
_SIDECAR = "Always"
_SECTIONS = (("containers", "spec.containers"), ("initContainers", "spec.initContainers"))


class Candidate(NamedTuple):
    """A pod, and when it was created ("" where that is not said): of two with one address the later one has it."""

    pod: Pod
    created: str


class PodReader:
    """Reads pods of one listing; what many of them have alike is one object."""

    def __init__(self, labels: LabelReader) -> None:
        self._labels = labels
        self._ports: Dict[Tuple[str, str, int], PodPort] = {}
        self._port_lists: Dict[Tuple[PodPort, ...], Tuple[PodPort, ...]] = {}

    def read(self, fields: Fields) -> Candidate:
        """A pod. ``addresses`` are empty of one that has none of its own: of the host's network, or ended."""
        body = fields.body
        about = fields.mapping(body.get("metadata"), "metadata")
        spec = fields.mapping(body.get("spec"), "spec")
        status = fields.mapping(body.get("status"), "status")
        namespace, name = metadata.place(fields, about)
        labels = self._labels.read(fields, about.get("labels"), "metadata.labels")
        node = fields.string(spec.get("nodeName"), "spec.nodeName") or ""
        ports = self._read_ports(fields, spec)
        addresses = _addresses(fields, status)
        on_host = fields.boolean(spec.get("hostNetwork"), "spec.hostNetwork")
        if fields.string(status.get("phase"), "status.phase") in _ENDED or on_host:
            addresses = ()
        created = metadata.moment(fields, about, "creationTimestamp")
        return Candidate(Pod(namespace, name, labels, node, addresses, ports), created)

    def _read_ports(self, fields: Fields, spec: Mapping[str, Any]) -> Tuple[PodPort, ...]:
        """Named ports; of two containers with one name for a port the first has it, as for Services."""
        found: Dict[Tuple[str, str], PodPort] = {}
        for section, place in _SECTIONS:
            for number, each in enumerate(fields.sequence(spec.get(section), place)):
                container = each if isinstance(each, dict) else fields.mapping(each, "%s[%d]" % (place, number))
                if section == "initContainers" and container.get("restartPolicy") != _SIDECAR:
                    continue
                for port in self._container_ports(fields, container.get("ports"), "%s[%d].ports" % (place, number)):
                    found.setdefault((port.name, port.protocol), port)
        ports = tuple(found.values())
        return self._port_lists.setdefault(ports, ports)

    def _container_ports(self, fields: Fields, value: Any, place: str) -> Iterator[PodPort]:
        for number, each in enumerate(fields.sequence(value, place)):
            port = self._known_port(each) or self._new_port(fields, each, "%s[%d]" % (place, number))
            if port is not None:
                yield port

    def _known_port(self, value: Any) -> Optional[PodPort]:
        """The port, where one that is just so was read before."""
        try:
            key = value["name"], value.get("protocol") or TCP, value["containerPort"]
            return self._ports.get(key) if is_integer(key[2]) else None  # to a dict, True and 1.0 are 1
        except (KeyError, TypeError):
            return None

    def _new_port(self, fields: Fields, value: Any, field: str) -> Optional[PodPort]:
        """A port, or None where it has no name or is not as it has to be."""
        body = fields.mapping(value, field)
        name = fields.string(body.get("name"), field + ".name")
        if not name:
            return None
        noted = fields.count()
        number = fields.integer(body.get("containerPort"), field + ".containerPort")
        protocol = read_protocol(fields, body.get("protocol") or TCP, field + ".protocol")
        fields.note_all(field + ".name", name, syntax.port_name(name))
        if number is not None:
            fields.note_all(field + ".containerPort", number, syntax.port_number(number))
        elif body.get("containerPort") is None:
            fields.note(field + ".containerPort", None, "must be given", problems.REQUIRED)
        if number is None or fields.count() > noted:
            return None
        return self._ports.setdefault((name, protocol, number), PodPort(name, protocol, number))


def _addresses(fields: Fields, status: Mapping[str, Any]) -> Tuple[str, ...]:
    """``podIPs``, or ``podIP`` where there are none of them, at most one of each family."""
    listed = fields.sequence(status.get("podIPs"), "status.podIPs")
    found: Dict[int, str] = {}
    for number, each in enumerate(listed):
        place = "status.podIPs[%d]" % number
        _add_address(fields, fields.mapping(each, place).get("ip"), place + ".ip", found)
    if not listed:
        _add_address(fields, status.get("podIP"), "status.podIP", found)
    return tuple([found[family] for family in (4, 6) if family in found])


def _add_address(fields: Fields, value: Any, field: str, found: Dict[int, str]) -> None:
    text = fields.string(value, field)
    if text:
        read = fields.parsed(text, field, networks.address, networks.stored_address)
        if read and found.setdefault(*read) != read[1]:
            fields.note(field, text, "may specify no more than one IP for each IP family")


def without_shared_addresses(candidates: List[Candidate]) -> List[Pod]:
    """Pods with the addresses that are theirs alone; those without any are left out.

    The kubelet may report an address of a pod that is going away until after the next pod has it, so the pod that was
    created last has it, and of two that were created at the same time the later one in the listing.
    """
    holders: Dict[str, int] = {}
    for number, (pod, created) in enumerate(candidates):
        for address in pod.addresses:
            holder = holders.setdefault(address, number)
            if holder != number and times.seconds(created) >= times.seconds(candidates[holder].created):
                holders[address] = number
    found = []
    for number, (pod, _created) in enumerate(candidates):
        own = tuple(address for address in pod.addresses if holders[address] == number)
        if own:
            found.append(pod if own == pod.addresses else pod._replace(addresses=own))
    return found
