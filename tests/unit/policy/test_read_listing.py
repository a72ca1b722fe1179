"""What a listing may be, what of it is passed over, and which namespaces there are."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Namespace, Objects
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read

NAME = "kubernetes.io/metadata.name"


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod(name: str, space: str, address: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": space},
        "status": {"podIP": address},
    }


def policy(name: str, space: str) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": space},
    }


OBJECTS = [namespace("shop", team="a"), pod("web", "shop", "10.0.0.1"), policy("deny", "shop")]


def bare(body: dict[str, Any]) -> dict[str, Any]:
    """As in a list of its kind from the API."""
    return {key: value for key, value in body.items() if key not in ("kind", "apiVersion")}


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([{"apiVersion": "v1", "kind": "List", "metadata": {}, "items": OBJECTS}], id="as kubectl lists"),
        pytest.param(
            [{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "List", "items": OBJECTS}]}],
            id="a list in a list",
        ),
        pytest.param(
            [
                {"apiVersion": each["apiVersion"], "kind": each["kind"] + "List", "items": [bare(each)]}
                for each in OBJECTS
            ],
            id="as the API lists",
        ),
        pytest.param([None, *OBJECTS, None], id="with empty YAML documents"),
        pytest.param(
            [
                *OBJECTS,
                {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": pod("x", "y", "z")}},
                {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": 5},
                {"apiVersion": "metrics.k8s.io/v1beta1", "kind": "Pod", "metadata": 5},
                {"apiVersion": "example.com/v1", "kind": "Namespace"},
                {"apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": "AdminNetworkPolicy"},
                {"apiVersion": "v1", "kind": "PodList", "items": None},
                {"apiVersion": "v1", "kind": "List"},
            ],
            id="with other kinds",
        ),
        pytest.param(tuple(OBJECTS), id="a tuple"),
        pytest.param(iter(OBJECTS), id="an iterator"),
    ],
)
def test_listing_is_read(listed: Any) -> None:
    assert read(listed) == read(OBJECTS)


def test_nothing() -> None:
    assert read([]) == Objects((), (), ())


def test_input_is_not_changed() -> None:
    listed = copy.deepcopy(OBJECTS)
    read(listed)
    assert listed == OBJECTS


def test_everything_is_in_order_of_namespace_and_name() -> None:
    places = [("b", "a"), ("a", "b"), ("a", "a")]
    pods = [pod(name, space, f"10.0.0.{number}") for number, (space, name) in enumerate(places, 1)]
    objects = read([*pods, *(policy(name, space) for space, name in places), namespace("c"), namespace("b")])
    assert [(found.namespace, found.name) for found in objects.pods] == sorted(places)
    assert [(found.namespace, found.name) for found in objects.policies] == sorted(places)
    assert [found.name for found in objects.namespaces] == ["a", "b", "c"]


def test_namespace_has_the_label_of_its_name_whatever_it_says() -> None:
    listed = [namespace("shop", team="a", **{NAME: "bank"}), {**namespace("bank"), "metadata": {"name": "bank"}}]
    assert read(listed).namespaces == (
        Namespace("bank", {NAME: "bank"}),
        Namespace("shop", {NAME: "shop", "team": "a"}),
    )


def test_namespaces_that_are_not_listed_exist() -> None:
    objects = read([pod("a", "one", "10.0.0.1"), policy("b", "two"), namespace("three", team="a")])
    assert objects.namespaces == (
        Namespace("one", {NAME: "one"}),
        Namespace("three", {NAME: "three", "team": "a"}),
        Namespace("two", {NAME: "two"}),
    )
    assert objects.assumed == {"one", "two"}


def test_namespace_that_is_listed_last_has_its_labels() -> None:
    objects = read([pod("a", "shop", "10.0.0.1"), namespace("shop", team="a")])
    assert objects.namespaces == (Namespace("shop", {NAME: "shop", "team": "a"}),)


def test_objects_of_no_namespace_are_of_the_default_one() -> None:
    listed = [pod("a", "", "10.0.0.1"), policy("b", "")]
    listed[1]["metadata"]["namespace"] = None
    objects = read(listed)
    assert (objects.pods[0].namespace, objects.policies[0].namespace) == ("default", "default")


def test_one_name_in_two_kinds_or_namespaces_is_no_repetition() -> None:
    listed = [namespace("a"), pod("a", "a", "10.0.0.1"), policy("a", "a"), pod("a", "b", "10.0.0.2"), policy("a", "b")]
    assert [len(part) for part in read(listed)[:3]] == [2, 2, 2]
