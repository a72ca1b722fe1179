# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetworkPolicies: checked as the API server does, with strict field validation, and into ``model.Policy``.

Source: ``pkg/apis/networking/validation`` and ``pkg/apis/networking/v1/defaults.go`` of Kubernetes.
"""

from __future__ import annotations

from typing import Any, FrozenSet, List, Optional, Sequence, Tuple

from . import metadata, networks, problems, syntax
from .fields import WRONG, Fields, is_integer, type_name
from .labels import LabelReader
from .model import SCTP, TCP, UDP, Block, Peer, Pods, Policy, Port, Rule
from .selectors import SelectorReader

PROTOCOLS = (TCP, UDP, SCTP)
INGRESS_TYPE, EGRESS_TYPE = "Ingress", "Egress"
_TYPES = (INGRESS_TYPE, EGRESS_TYPE)

#: ``status`` is there in objects of Kubernetes 1.24 to 1.27, and says nothing.
_POLICY = frozenset(("apiVersion", "kind", "metadata", "spec", "status"))
_SPEC = frozenset(("podSelector", "policyTypes", "ingress", "egress"))
_PEER = frozenset(("podSelector", "namespaceSelector", "ipBlock"))
_PORT = frozenset(("protocol", "port", "endPort"))
_BLOCK = frozenset(("cidr", "except"))
_INGRESS = frozenset(("from", "ports"))
_EGRESS = frozenset(("to", "ports"))


class PolicyReader:
    """Reads policies of one listing."""

    def __init__(self, labels: LabelReader) -> None:
        self._selectors = SelectorReader(labels)
        self._labels = labels

    def read(self, fields: Fields) -> Policy:
        """A policy; whatever of it is wrong was noted, and is left out."""
        fields.mapping(fields.body, "", _POLICY)
        about = metadata.strict(fields)
        namespace, name = metadata.place(fields, about)
        self._labels.read(fields, about.get("labels"), "metadata.labels")
        spec = fields.mapping(fields.body.get("spec"), "spec", _SPEC)
        selector = self._selectors.read(fields, spec.get("podSelector"), "spec.podSelector")
        ingress = self._rules(fields, spec.get("ingress"), "spec.ingress", "from", _INGRESS)
        egress = self._rules(fields, spec.get("egress"), "spec.egress", "to", _EGRESS)
        types = _types(fields, spec.get("policyTypes"), bool(egress))
        return Policy(
            namespace,
            name,
            selector,
            ingress if INGRESS_TYPE in types else None,
            egress if EGRESS_TYPE in types else None,
        )

    def _rules(
        self, fields: Fields, value: Any, field: str, peers_name: str, known: FrozenSet[str]
    ) -> Tuple[Rule, ...]:
        found = []
        for number, each in enumerate(fields.sequence(value, field)):
            place = "%s[%d]" % (field, number)
            rule = fields.mapping(each, place, known)
            ports = _ports(fields, rule.get("ports"), place + ".ports")
            found.append(Rule(self._peers(fields, rule.get(peers_name), "%s.%s" % (place, peers_name)), ports))
        return tuple(found)

    def _peers(self, fields: Fields, value: Any, field: str) -> Tuple[Peer, ...]:
        peers = (
            self._peer(fields, each, "%s[%d]" % (field, number))
            for number, each in enumerate(fields.sequence(value, field))
        )
        return tuple(peer for peer in peers if peer is not None)

    def _peer(self, fields: Fields, value: Any, field: str) -> Optional[Peer]:
        """A missing selector of pods next to one of namespaces selects all of their pods."""
        body = fields.mapping(value, field, _PEER)
        if body is WRONG:
            return None
        pods, namespaces, block = body.get("podSelector"), body.get("namespaceSelector"), body.get("ipBlock")
        of_pods = self._selectors.read(fields, pods, field + ".podSelector")
        of_namespaces = self._selectors.read(fields, namespaces, field + ".namespaceSelector")
        if block is not None:
            if pods is not None or namespaces is not None:
                fields.note(field, value, "may not specify both ipBlock and another peer", problems.FORBIDDEN)
            return _block(fields, block, field + ".ipBlock")
        if pods is None and namespaces is None:
            fields.note(field, value, "must specify a peer", problems.REQUIRED)
            return None
        return Pods(None if namespaces is None else of_namespaces, of_pods)


def _types(fields: Fields, value: Any, has_egress_rules: bool) -> List[str]:
    """``policyTypes``, or what they are without being said: egress only where there is a rule of it."""
    field = "spec.policyTypes"
    found = fields.sequence(value, field)
    if not found:
        return list(_TYPES) if has_egress_rules else [INGRESS_TYPE]
    if len(found) > len(_TYPES):
        fields.note(field, found, "may not specify more than two policyTypes")
        return []
    types = [fields.string(each, "%s[%d]" % (field, number)) for number, each in enumerate(found)]
    for number, each in enumerate(types):
        if each is not None and each not in _TYPES:
            fields.note("%s[%d]" % (field, number), each, _supported(_TYPES), problems.UNSUPPORTED)
    return [each for each in types if each is not None]


def _ports(fields: Fields, value: Any, field: str) -> Tuple[Port, ...]:
    return tuple(
        _port(fields, each, "%s[%d]" % (field, number)) for number, each in enumerate(fields.sequence(value, field))
    )


def _port(fields: Fields, value: Any, field: str) -> Port:
    body = fields.mapping(value, field, _PORT)
    protocol = read_protocol(fields, body.get("protocol"), field + ".protocol")
    first: Any = body.get("port")
    last = fields.integer(body.get("endPort"), field + ".endPort")
    if is_integer(first):
        fields.note_all(field + ".port", first, syntax.port_number(first))
    elif isinstance(first, str):
        fields.note_all(field + ".port", first, syntax.port_name(first))
    elif first is not None:
        fields.note(field + ".port", first, "must be of type integer or string, not %s" % type_name(first))
    if last is not None:
        fields.note_all(field + ".endPort", last, _wrong_end(first, last))
    return Port(protocol, first, None if last == first else last)


def _wrong_end(first: Any, last: int) -> Sequence[str]:
    """What is wrong with the end of a range that begins with ``first``."""
    if first is None:
        return ("may not be specified when `port` is not specified",)
    if not is_integer(first):
        return ("may not be specified when `port` is non-numeric",)
    before = ("must be greater than or equal to `port`",) if last < first else ()
    return before + syntax.port_number(last)


def read_protocol(fields: Fields, value: Any, field: str) -> str:
    """A protocol, TCP where none is said."""
    if value is None:
        return TCP
    protocol = fields.string(value, field)
    if protocol is not None and protocol not in PROTOCOLS:
        fields.note(field, protocol, _supported(PROTOCOLS), problems.UNSUPPORTED)
    return protocol or TCP


def _block(fields: Fields, value: Any, field: str) -> Optional[Block]:
    body = fields.mapping(value, field, _BLOCK)
    if body is WRONG:
        return None
    text = fields.string(body.get("cidr"), field + ".cidr")
    excepted = fields.sequence(body.get("except"), field + ".except")
    if text == "":
        fields.note(field + ".cidr", text, "must be given", problems.REQUIRED)
    whole = fields.parsed(text, field + ".cidr", networks.network, networks.stored_network) if text else None
    parts = []
    for number, each in enumerate(excepted):
        place = "%s.except[%d]" % (field, number)
        part_text = fields.string(each, place)
        part = None
        if part_text is not None:
            part = fields.parsed(part_text, place, networks.network, networks.stored_network)
        if part is None or whole is None:
            continue
        if not whole.strictly_holds(part):
            fields.note(place, each, "must be a strict subset of `cidr`")
        parts.append(part)
    return whole and Block(str(whole), tuple(str(part) for part in sorted(set(parts))))


def _supported(values: Sequence[str]) -> str:
    return "supported values: %s" % ", ".join('"%s"' % value for value in values)
