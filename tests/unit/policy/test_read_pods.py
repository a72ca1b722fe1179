"""Which pods have addresses of their own, and what policy has to know of them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Pod, PodPort
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read


def pod(name: str, *addresses: str, **more: Any) -> dict[str, Any]:
    """A running pod; what `metadata`, `spec` and `status` of `more` say is added."""
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "x"}]},
        "status": {"phase": "Running", "podIPs": [{"ip": address} for address in addresses]},
    }
    for section, fields in more.items():
        body[section] = {**body[section], **fields}
    return body


def addresses(*pods: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {found.name: found.addresses for found in read(pods).pods}


def ports(*containers: Any, **spec: Any) -> list[tuple[str, str, int]]:
    (found,) = read([pod("a", "10.0.0.1", spec={"containers": list(containers), **spec})]).pods
    return [(port.name, port.protocol, port.port) for port in found.ports]


def test_pod_in_its_shape() -> None:
    http = {"name": "http", "containerPort": 80}
    body = pod(
        "web-0",
        "10.0.0.1",
        metadata={"namespace": "shop", "labels": {"app": "web"}},
        spec={"containers": [{"ports": [http]}]},
    )
    expected = Pod("shop", "web-0", {"app": "web"}, "node-1", ("10.0.0.1",), (PodPort("http", "TCP", 80),))
    assert read([body]).pods == (expected,)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"spec": {"hostNetwork": True}}, id="of the host's network"),
        pytest.param({"status": {"phase": "Succeeded"}}, id="has succeeded"),
        pytest.param({"status": {"phase": "Failed"}}, id="has failed"),
        pytest.param({"status": {"podIPs": []}}, id="has no address yet"),
        pytest.param({"status": {"podIPs": None, "podIP": ""}}, id="has an empty address"),
        pytest.param({"status": {"podIPs": [{}]}}, id="has an address that says nothing"),
    ],
)
def test_pod_is_left_out(more: dict[str, Any]) -> None:
    objects = read([pod("a", "10.0.0.1", **more)])
    assert objects.pods == ()
    assert objects.namespaces == ()


def test_manifest_without_status_is_left_out() -> None:
    assert read([{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": []}}]).pods == ()


@pytest.mark.parametrize("phase", ["Pending", "Running", "Unknown", "", None])
def test_pod_that_has_not_ended_has_its_addresses(phase: str | None) -> None:
    assert addresses(pod("a", "10.0.0.1", status={"phase": phase})) == {"a": ("10.0.0.1",)}


def test_pod_that_is_going_away_still_has_its_addresses() -> None:
    leaving = pod("a", "10.0.0.1", metadata={"deletionTimestamp": "2026-01-31T12:00:00Z"})
    assert addresses(leaving) == {"a": ("10.0.0.1",)}


def test_ipv4_comes_first_in_normal_form() -> None:
    assert addresses(pod("a", "FD00:0:0:0::0A", "10.0.0.1")) == {"a": ("10.0.0.1", "fd00::a")}


def test_pod_ip_is_asked_where_there_are_no_pod_ips() -> None:
    assert addresses(pod("a", status={"podIP": "fd00::1", "podIPs": []})) == {"a": ("fd00::1",)}
    assert addresses(pod("a", "10.0.0.2", status={"podIP": "10.0.0.1"})) == {"a": ("10.0.0.2",)}


def test_ports_without_a_name_do_not_matter() -> None:
    assert ports({"ports": [{"containerPort": 80}, {"name": "", "containerPort": 81}, None]}, {"ports": None}, {}) == []


def test_named_ports_of_all_containers() -> None:
    http, dns = {"name": "http", "containerPort": 80}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}
    assert ports({"ports": [http]}, {"ports": [dns]}) == [("http", "TCP", 80), ("dns", "UDP", 53)]


def test_one_name_for_two_protocols_is_two_ports() -> None:
    tcp, udp = ({"name": "dns", "containerPort": 53, "protocol": protocol} for protocol in ("TCP", "UDP"))
    assert ports({"ports": [tcp, udp]}) == [("dns", "TCP", 53), ("dns", "UDP", 53)]


def test_first_container_has_the_name() -> None:
    first, second = ({"ports": [{"name": "http", "containerPort": port}]} for port in (8080, 80))
    assert ports(first, second) == [("http", "TCP", 8080)]


def test_sidecars_have_ports_and_other_init_containers_have_none() -> None:
    proxy = {"ports": [{"name": "proxy", "containerPort": 15001}], "restartPolicy": "Always"}
    migration = {"ports": [{"name": "migrate", "containerPort": 1}]}
    assert ports({}, initContainers=[migration, proxy]) == [("proxy", "TCP", 15001)]


def created(name: str, moment: Any, *addresses: str) -> dict[str, Any]:
    return pod(name, *addresses, metadata={"creationTimestamp": moment})


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-01-31T11:59:59Z", "2026-01-31T12:00:00Z"),
        ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
        (None, "2026-01-31T12:00:00Z"),
        ("", "1969-12-31T23:59:59Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T11:00:00Z"),
        ("2026-01-31T10:00:00Z", "2026-01-31T06:30:00-04:30"),
        ("2026-01-31T12:00:00.25Z", "2026-01-31T12:00:00.5Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000001Z"),
    ],
)
def test_address_of_two_pods_is_the_later_ones(earlier: str | None, later: str) -> None:
    old, new = created("old", earlier, "10.0.0.1"), created("new", later, "10.0.0.1")
    assert addresses(old, new) == addresses(new, old) == {"new": ("10.0.0.1",)}


def test_of_two_pods_of_one_moment_the_later_in_the_listing_has_the_address() -> None:
    pods = [created(name, "2026-01-31T12:00:00Z", "10.0.0.1") for name in "bac"]
    assert addresses(*pods) == {"c": ("10.0.0.1",)}
    assert addresses(*reversed(pods)) == {"b": ("10.0.0.1",)}


def test_pod_that_loses_one_address_keeps_the_other() -> None:
    old = created("old", "2026-01-31T12:00:00Z", "10.0.0.1", "fd00::1")
    new = created("new", "2026-01-31T12:00:01Z", "fd00:0::1")
    assert addresses(old, new) == {"old": ("10.0.0.1",), "new": ("fd00::1",)}


def test_pods_that_are_left_out_take_no_address() -> None:
    ended = pod("ended", "10.0.0.1", metadata={"creationTimestamp": "2026-01-31T12:00:00Z"}, status={"phase": "Failed"})
    on_host = pod(
        "host", "10.0.0.1", metadata={"creationTimestamp": "2026-01-31T12:00:00Z"}, spec={"hostNetwork": True}
    )
    assert addresses(pod("a", "10.0.0.1"), ended, on_host) == {"a": ("10.0.0.1",)}


def test_moments_that_yaml_knows_as_such() -> None:
    with_zone, without = (
        yaml.safe_load(f"moment: {text}")["moment"] for text in ("2026-01-31T14:00:00+02:00", "2026-01-31T12:00:01")
    )
    old, new = created("old", with_zone, "10.0.0.1"), created("new", without, "10.0.0.1")
    assert addresses(new, old) == {"new": ("10.0.0.1",)}


def test_replicas_share_what_they_have_alike() -> None:
    replicas = [
        pod(
            f"web-{number}",
            f"10.0.0.{number}",
            metadata={"labels": {"app": "web"}},
            spec={"containers": [{"ports": [{"name": "http", "containerPort": 80}]}]},
        )
        for number in range(2)
    ]
    first, second = read(replicas).pods
    assert first.labels is second.labels
    assert first.ports is second.ports
    assert first.labels is not replicas[0]["metadata"]["labels"]
