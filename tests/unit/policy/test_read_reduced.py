"""What is reduced is read again as what it was, whatever there was, and is no more than policy depends on."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Objects
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.reduced import reduced

NAMES = st.sampled_from(["a", "b", "c.d"])
NAMESPACES = st.sampled_from(["default", "one", "two"])
WORDS = st.sampled_from(["a", "b", "example.com/c"])
VALUES = st.sampled_from(["", "x", "Y-z"])
LABELS = st.dictionaries(WORDS | st.just("kubernetes.io/metadata.name"), VALUES)
PROTOCOLS = st.sampled_from(["TCP", "UDP", "SCTP"])
IPV4, IPV6 = st.integers(0, 3).map("10.0.0.{}".format), st.integers(0, 3).map("FD00:0::{}".format)


def some(required: dict[str, Any] | None = None, **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    """An object; any field that is not required may be missing or null."""
    maybe = {key.rstrip("_"): st.none() | values for key, values in optional.items()}
    return st.fixed_dictionaries(required or {}, optional=maybe)


def expression(operator: str, minimum: int, maximum: int) -> st.SearchStrategy[dict[str, Any]]:
    values = st.lists(VALUES, min_size=minimum, max_size=maximum)
    return st.fixed_dictionaries({"key": WORDS, "operator": st.just(operator), "values": values})


EXPRESSIONS = st.one_of(
    expression("In", 1, 3), expression("NotIn", 1, 3), expression("Exists", 0, 0), expression("DoesNotExist", 0, 0)
)
SELECTORS = some(matchLabels=st.dictionaries(WORDS, VALUES), matchExpressions=st.lists(EXPRESSIONS, max_size=4))
PORTS = st.one_of(
    some(protocol=PROTOCOLS),
    some({"port": st.sampled_from(["http", "dns"])}, protocol=PROTOCOLS),
    some({"port": st.integers(1, 100)}, protocol=PROTOCOLS, endPort=st.integers(100, 65535)),
)
BLOCKS = st.one_of(
    some({"cidr": IPV4.map("{}/8".format)}, except_=st.lists(IPV4.map("{}/31".format), max_size=3)),
    some({"cidr": IPV6.map("{}/64".format)}, except_=st.lists(IPV6.map("{}/127".format), max_size=3)),
)
PEERS = st.one_of(
    some({"podSelector": SELECTORS}, namespaceSelector=SELECTORS),
    some({"namespaceSelector": SELECTORS}, podSelector=SELECTORS),
    st.fixed_dictionaries({"ipBlock": BLOCKS}),
)


def rules(peers: str) -> st.SearchStrategy[list[Any]]:
    sections: dict[str, Any] = {peers: st.lists(PEERS, max_size=3), "ports": st.lists(PORTS, max_size=3)}
    return st.lists(some({}, **sections), max_size=3)


POLICIES = st.fixed_dictionaries(
    {
        "apiVersion": st.just("networking.k8s.io/v1"),
        "kind": st.just("NetworkPolicy"),
        "metadata": some({"name": NAMES}, namespace=NAMESPACES, labels=LABELS),
        "spec": some(
            podSelector=SELECTORS,
            ingress=rules("from_"),
            egress=rules("to"),
            policyTypes=st.lists(st.sampled_from(["Ingress", "Egress"]), max_size=2),
        ),
    }
)
NAMED_PORTS = some({"containerPort": st.integers(1, 9)}, name=st.sampled_from(["http", "dns"]), protocol=PROTOCOLS)
CONTAINERS = some(ports=st.lists(NAMED_PORTS, max_size=3), restartPolicy=st.just("Always"))
PODS = st.fixed_dictionaries(
    {
        "apiVersion": st.just("v1"),
        "kind": st.just("Pod"),
        "metadata": some(
            {"name": NAMES},
            namespace=NAMESPACES,
            labels=LABELS,
            creationTimestamp=st.sampled_from(["2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"]),
        ),
        "spec": some(
            nodeName=NAMES,
            hostNetwork=st.booleans(),
            containers=st.lists(CONTAINERS, max_size=2),
            initContainers=st.lists(CONTAINERS, max_size=2),
        ),
        "status": some(
            phase=st.sampled_from(["Running", "Failed"]),
            podIP=IPV4,
            podIPs=st.tuples(IPV6, IPV4).map(lambda pair: [{"ip": each} for each in pair]),
        ),
    }
)
NAMESPACE_OBJECTS = st.fixed_dictionaries(
    {"apiVersion": st.just("v1"), "kind": st.just("Namespace"), "metadata": some({"name": NAMESPACES}, labels=LABELS)}
)


def place(body: dict[str, Any]) -> tuple[str, str, str]:
    metadata = body["metadata"]
    return body["kind"], metadata.get("namespace") or "default", metadata["name"]


LISTINGS = st.lists(POLICIES | PODS | NAMESPACE_OBJECTS, max_size=8, unique_by=place)


@given(LISTINGS)
def test_what_is_reduced_is_read_as_what_it_was(listed: list[dict[str, Any]]) -> None:
    objects = read(listed)
    again = json.loads(json.dumps(reduced(objects)))
    assert read(again) == objects
    assert reduced(read(again)) == again


@given(LISTINGS)
def test_no_two_pods_have_one_address(listed: list[dict[str, Any]]) -> None:
    addresses = [address for pod in read(listed).pods for address in pod.addresses]
    assert len(addresses) == len(set(addresses))


def test_what_does_not_matter_is_gone() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "uid": "1", "creationTimestamp": "2026-01-31T12:00:00Z"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "a", "image": "b", "ports": [{"containerPort": 80}]}]},
        "status": {"phase": "Running", "hostIP": "198.51.100.1", "podIP": "10.0.0.1", "qosClass": "Burstable"},
    }
    gone = {**pod, "metadata": {"name": "gone"}, "status": {"phase": "Succeeded", "podIP": "10.0.0.2"}}
    shop = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "2"}, "status": {}}
    assert reduced(read([pod, gone, shop])) == [
        {
            "apiVersion": "v1",
            "kind": "NamespaceList",
            "items": [{"metadata": {"name": "shop"}}],
        },
        {
            "apiVersion": "v1",
            "kind": "PodList",
            "items": [
                {
                    "metadata": {"namespace": "shop", "name": "web"},
                    "spec": {"nodeName": "node-1"},
                    "status": {"podIPs": [{"ip": "10.0.0.1"}]},
                }
            ],
        },
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicyList", "items": []},
    ]


def test_nothing() -> None:
    assert read(reduced(Objects((), (), ()))) == Objects((), (), ())
