"""Verdicts name who isolates and who allows, and questions without an answer are refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.matrix import matrix
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.question import Unanswerable
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.verdict import Said, verdict
from tests.unit.policy.described import cluster

ALL = yaml.safe_load(Path(__file__).with_name("cases").joinpath("verdicts.yml").read_text(encoding="utf-8"))
CLUSTER = cluster(ALL)


def told(said: Said) -> str | None:
    return f"{' '.join(said.isolated_by)} | {' '.join(said.allowed_by)}".strip() if said.isolated_by else None


@pytest.mark.parametrize("case", [pytest.param(each, id=each["name"]) for each in ALL["cases"]])
def test_the_verdict_is(case: dict[str, Any]) -> None:
    found = verdict(CLUSTER, *case["ask"])
    assert (found.allowed, told(found.egress), told(found.ingress)) == (
        case["allowed"],
        case.get("egress"),
        case.get("ingress"),
    )


@pytest.mark.parametrize("case", [pytest.param(each, id=each["says"]) for each in ALL["refused"]])
def test_it_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Unanswerable) as refusal:
        verdict(CLUSTER, *case["ask"])
    assert str(refusal.value).startswith(case["says"])


def test_a_pod_that_is_not_in_the_cluster_can_be_asked_for():
    """So that one can ask before it is created."""
    client = CLUSTER.pods.get("a", "client")
    assert client is not None
    stranger = client._replace(name="new", labels={"app": "stranger"}, addresses=("10.0.0.200",))
    assert not verdict(CLUSTER, stranger, "a/web", "TCP", 8080).allowed
    assert verdict(CLUSTER, stranger._replace(labels={"app": "client"}), "a/web", "TCP", 8080).allowed


def test_the_matrix_has_all_pairs_of_pods_of_the_family():
    pairs = {(source, destination): allowed for source, destination, allowed in matrix(CLUSTER, "TCP", "http").pairs()}
    assert pairs == {
        ("a/client", "a/web"): True,
        ("a/client", "b/web"): True,
        ("a/web", "a/client"): False,  # which has no port of that name
        ("a/web", "b/web"): True,
        ("b/web", "a/client"): False,
        ("b/web", "a/web"): False,
    }


def test_pods_that_only_their_addresses_tell_apart_are_told_apart_in_the_matrix():
    pods = {f"a/{number}": {"ips": f"10.0.0.{number}"} for number in (1, 2, 3)}
    policy = {
        "podSelector": {},
        "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/30", "except": ["10.0.0.2/32"]}}]}],
    }
    pairs = matrix(cluster({"pods": pods, "policies": {"a/p": policy}}), "ICMP").pairs()
    assert {source for source, _destination, allowed in pairs if allowed} == {"a/1", "a/3"}


def test_the_matrix_refuses_what_verdicts_refuse():
    with pytest.raises(Unanswerable, match="port None: TCP needs a number"):
        matrix(CLUSTER, "TCP")
