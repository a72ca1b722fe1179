"""Random clusters, out of so few labels, addresses and ports that selectors find pods and blocks overlap."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from hypothesis import strategies as st

from .evaluator import ICMP, Connection, Node, addresses

NODES = {
    "node-1": Node(("10.99.0.1", "fd99::1"), ("10.244.1.0/28", "fd00:244:1::/124")),
    "node-2": Node(("10.99.0.2", "fd99::2"), ("10.244.2.0/28", "fd00:244:2::/124")),
}
#: Others than pods and nodes, by family.
STRANGERS = {4: ("192.0.2.1", "192.0.2.200"), 6: ("2001:db8::1", "2001:db8::ff")}
_BLOCKS = {
    4: (
        "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "10.99.0.0/24", "10.244.0.0/16", "10.244.1.0/24",
        "10.244.1.0/30", "10.244.1.2/31", "10.244.1.2/32", "10.244.2.0/29", "10.244.2.4/30", "192.0.2.0/24",
        "192.0.2.128/25", "192.0.2.1/32",
    ),
    6: (
        "::/0", "::/1", "8000::/1", "fd00::/8", "fd99::/64", "fd00:244::/32", "fd00:244:1::/64", "fd00:244:1::/126",
        "fd00:244:1::2/128", "fd00:244:2::/125", "2001:db8::/32", "2001:db8::80/121", "2001:db8::1/128",
    ),
}  # fmt: skip
_NAMESPACES = ("x", "y", "z")
_KEYS, _VALUES = ("app", "tier"), ("a", "b", "")
_PORT_NAMES = ("web", "dns")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
#: What policies and pods speak of, and what is tried of each protocol: within it, between and around.
_NUMBERS = (80, 81)
_TRIED = (80, 81, 85)


def _maybe(key: str, strategy: st.SearchStrategy[Any], *absent: Any) -> st.SearchStrategy[dict[str, Any]]:
    """The field; or without it; or with one of the values that come to the same."""
    there = strategy.map(lambda value: {key: value})
    return st.one_of(there, there, st.sampled_from([{}, *({key: value} for value in absent)]))


def _merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda made: {key: value for part in made for key, value in part.items()})


_labels = st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(_VALUES), max_size=2)
_keys = st.sampled_from((*_KEYS, "kubernetes.io/metadata.name"))
_values = st.lists(st.sampled_from((*_VALUES, *_NAMESPACES)), min_size=1, max_size=3, unique=True)
_asking = st.fixed_dictionaries({"key": _keys, "operator": st.sampled_from(("In", "NotIn")), "values": _values})
_existing = st.fixed_dictionaries({"key": _keys, "operator": st.sampled_from(("Exists", "DoesNotExist"))})
_requirement = st.one_of(_asking, _existing)
_selector = st.one_of(
    st.just({}),
    _labels.map(lambda labels: {"matchLabels": labels}),
    _merged(
        _maybe("matchLabels", _labels, {}, None),
        _maybe("matchExpressions", st.lists(_requirement, max_size=2), [], None),
    ),
)


def _within(network: str, other: str) -> bool:
    outer, inner = ip_network(network), ip_network(other)
    return outer.version == inner.version and outer != inner and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version both


def _block(cidr: str) -> st.SearchStrategy[dict[str, Any]]:
    inside = [each for pool in _BLOCKS.values() for each in pool if _within(cidr, each)]
    parts = st.lists(st.sampled_from(inside), max_size=3, unique=True) if inside else st.just([])
    return parts.map(lambda excepted: {"cidr": cidr, **({"except": excepted} if excepted else {})})


_block_peer = st.sampled_from([each for pool in _BLOCKS.values() for each in pool]).flatmap(_block)
_peer = st.one_of(
    _block_peer.map(lambda block: {"ipBlock": block}),
    _selector.map(lambda pods: {"podSelector": pods}),
    _selector.map(lambda namespaces: {"namespaceSelector": namespaces}),
    st.builds(lambda one, other: {"namespaceSelector": one, "podSelector": other}, _selector, _selector),
)
_protocol = _maybe("protocol", st.sampled_from(_PROTOCOLS), None)
_port_number = st.sampled_from(_NUMBERS).map(lambda port: {"port": port})
_port_name = st.sampled_from(_PORT_NAMES).map(lambda name: {"port": name})
_port_range = st.sampled_from([(79, 80), (80, 85), (81, 90), (1, 65535)]).map(
    lambda each: {"port": each[0], "endPort": each[1]}
)
_any_port = st.sampled_from([{}, {"port": None}])
_port = _merged(_protocol, st.one_of(_port_name, _port_name, _port_number, _port_range, _any_port))


def _rules(peers: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    rule = _merged(
        _maybe(peers, st.lists(_peer, min_size=1, max_size=3), [], None),
        _maybe("ports", st.lists(_port, min_size=1, max_size=3), [], None),
    )
    return st.lists(rule, min_size=1, max_size=2)


_spec = _merged(
    _maybe("podSelector", _selector),
    _maybe("policyTypes", st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"], ["Egress", "Ingress"]]), []),
    _maybe("ingress", _rules("from"), []),
    _maybe("egress", _rules("to"), []),
)


def _policies() -> st.SearchStrategy[list[dict[str, Any]]]:
    made = st.builds(lambda namespace, spec: (namespace, spec), st.sampled_from(_NAMESPACES), _spec)
    return st.lists(made, min_size=1, max_size=5).map(
        lambda each: [
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": f"p{number}", "namespace": namespace},
                "spec": spec,
            }
            for number, (namespace, spec) in enumerate(each)
        ]
    )


_own_port = _merged(
    _maybe("name", st.sampled_from(_PORT_NAMES)),
    _protocol,
    st.sampled_from(_NUMBERS).map(lambda number: {"containerPort": number}),
)
_ports = st.lists(_own_port, max_size=3).map(lambda ports: list({each.get("name"): each for each in ports}.values()))
#: What a pod is, beside an ordinary one.
_kinds = st.sampled_from(
    [({}, {"phase": "Running"})] * 8
    + [({"hostNetwork": True}, {"phase": "Running"}), ({}, {"phase": "Succeeded"}), ({}, {"phase": "Failed"})]
    + [({}, {"phase": "Pending"})]
)
_families = st.sampled_from([(4, 6), (4, 6), (4, 6), (6, 4), (4,), (6,)])


@st.composite
def _pod(draw: st.DrawFn, name: str, host: int) -> dict[str, Any]:
    node = draw(st.sampled_from((1, 2)))
    spec, status = draw(_kinds)
    form = {4: f"10.244.{node}.{host}", 6: f"fd00:244:{node}::{host:x}"}
    if spec:
        form = {4: f"10.99.0.{node}", 6: f"fd99::{node}"}
    ips = [{"ip": form[family]} for family in draw(_families)]
    second = draw(st.sampled_from((0, 0, 1, 2)))
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": draw(st.sampled_from(_NAMESPACES)),
            "labels": draw(_labels),
            "creationTimestamp": f"2026-03-01T10:00:0{second}Z",
        },
        "spec": {"nodeName": f"node-{node}", "containers": [{"name": "c", "ports": draw(_ports)}], **spec},
        "status": {"podIPs": ips, "podIP": ips[0]["ip"], **status},
    }


@st.composite
def pods(draw: st.DrawFn, *, shared: bool = True) -> list[dict[str, Any]]:
    """Pods, some of them with the address of another where addresses may be shared."""
    hosts = draw(st.lists(st.integers(1, 6), min_size=2, max_size=6, unique=not shared))
    return [draw(_pod(f"pod-{number}", host)) for number, host in enumerate(hosts)]


@st.composite
def objects(draw: st.DrawFn, *, shared: bool = True) -> list[dict[str, Any]]:
    """A cluster's objects. Not every namespace that is used is listed."""
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": draw(_labels)}}
        for name in draw(st.sampled_from((_NAMESPACES, _NAMESPACES, _NAMESPACES[:2])))
    ]
    return [*namespaces, *draw(pods(shared=shared)), *draw(_policies())]


#: Chooses the ports of ``connections``.
numbers = st.integers(0, len(_TRIED) - 1)


def connections(listed: list[Mapping[str, Any]], number: int) -> list[Connection]:
    """Between all addresses of pods, and between them and others; of each protocol a port that ``number`` chooses."""
    own = {each for listing in listed if listing["kind"] == "Pod" for each in addresses(listing)}
    found = []
    for family in (4, 6):
        ours = sorted(each for each in own if (":" in each) == (family == 6))
        nodes = [node.addresses[family == 6] for node in NODES.values()]
        others = [*STRANGERS[family], *nodes]
        pairs = [(one, other) for one in ours for other in ours if one != other]
        pairs += [pair for one in ours for other in others if one != other for pair in ((one, other), (other, one))]
        for place, (source, destination) in enumerate(pairs):
            port = _TRIED[(number + place) % len(_TRIED)]
            found += [Connection(source, destination, protocol, port) for protocol in _PROTOCOLS]
            found.append(Connection(source, destination, ICMP))
    return found
