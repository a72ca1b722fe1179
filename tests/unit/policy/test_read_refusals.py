"""Whatever the API server refuses is refused, by field path and in its words, and all of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import Block, Rule
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.problems import PolicyError, Problem
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read

CASES = Path(__file__).with_name("cases")
API = "networking.k8s.io/v1"


def cases(file: str) -> list[Any]:
    loaded = yaml.safe_load((CASES / f"{file}.yml").read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in loaded]


def problems(*listed: Any) -> list[Problem]:
    with pytest.raises(PolicyError) as refusal:
        read(listed)
    return refusal.value.problems


STORED = {"name": "old", "uid": "7d9b6b9e"}


def old(**metadata: str) -> dict[str, Any]:
    """A policy that an API server of today would not take."""
    blocks = [
        {"ipBlock": {"cidr": "010.0.0.0/8", "except": ["10.01.0.0/16"]}},
        {"ipBlock": {"cidr": "::ffff:10.0.0.0/104"}},
    ]
    spec = {"ingress": [{"from": blocks, "note": "why"}]}
    return {"apiVersion": API, "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize("told", [{"uid": "7d9b6b9e"}, {"resourceVersion": "4711"}])
def test_what_an_api_server_has_stored_halts_nobody(told: dict[str, str]) -> None:
    """One old object in one namespace would leave all of the cluster without new policy."""
    warned: list[Problem] = []
    (found,) = read([old(name="old", **told)], warned).policies
    assert found.ingress == (Rule((Block("10.0.0.0/8", ("10.1.0.0/16",)), Block("10.0.0.0/8", ()))),)
    block = "NetworkPolicy default/old: spec.ingress[0].from[%d].ipBlock.%s: Invalid value: "
    stored = "; it is stored, and taken as the API server takes it"
    assert_said(
        warned,
        [
            "NetworkPolicy default/old: spec.ingress[0].note: Unknown field: known are from, ports; it is stored, …",
            block % (0, "cidr") + '"010.0.0.0/8": must not have leading 0s in IP or prefix length' + stored,
            block % (0, "except[0]") + '"10.01.0.0/16": must not have leading 0s in IP or prefix length' + stored,
            block % (1, "cidr") + '"::ffff:10.0.0.0/104": must not have an IPv4-mapped IPv6 address' + stored,
        ],
    )


def test_in_a_manifest_it_is_refused() -> None:
    assert len(problems(old(name="old"))) == 4


def test_what_nobody_could_read_is_refused_though_it_is_stored() -> None:
    wrong = old(name="old", uid="7d9b6b9e")
    wrong["spec"]["ingress"][0]["from"][0]["ipBlock"]["cidr"] = "10.0.0.0.0/8"
    (problem,) = problems(wrong)
    assert problem.field == "spec.ingress[0].from[0].ipBlock.cidr"


def test_a_pods_address_of_old_is_the_pods() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": STORED, "status": {"podIP": "::ffff:10.0.0.1"}}
    warned: list[Problem] = []
    assert read([pod], warned).pods[0].addresses == ("10.0.0.1",)
    assert [each.field for each in warned] == ["status.podIP"]


def assert_said(found: list[Problem], expected: list[str]) -> None:
    """Each as expected, of which "…" at the end stands for any more."""
    said = [str(problem) for problem in found]
    shortened = [
        line[: len(wanted) - 1] + "…" if wanted.endswith("…") else line
        for line, wanted in zip(said, expected, strict=False)
    ]
    assert shortened + said[len(shortened) :] == expected


@pytest.mark.parametrize("case", cases("refused_policies"))
def test_policy_is_refused(case: dict[str, Any]) -> None:
    metadata = case.get("metadata", {"name": "web"})
    policy = {"apiVersion": API, "kind": "NetworkPolicy", "metadata": metadata, "spec": case.get("spec", {})}
    title = case.get("title", "NetworkPolicy default/web")
    assert_said(problems(case.get("policy", policy)), [f"{title}: {line}" for line in case["says"]])


@pytest.mark.parametrize("case", cases("refused_objects"))
def test_listing_is_refused(case: dict[str, Any]) -> None:
    assert_said(problems(*case["objects"]), case["says"])


def test_problem_has_its_parts() -> None:
    policy = {"apiVersion": API, "kind": "NetworkPolicy", "metadata": {"name": "web", "namespace": "shop"}}
    (problem,) = problems({**policy, "spec": {"ingress": [{"ports": [{"port": 80, "endPort": 70}]}]}})
    assert problem.object == "NetworkPolicy shop/web"
    assert problem.field == "spec.ingress[0].ports[0].endPort"
    assert problem.value == 70
    assert problem.reason == "must be greater than or equal to `port`"


@pytest.mark.parametrize(("field", "longest"), [("namespace", 63), ("name", 253)])
def test_name_is_too_long(field: str, longest: int) -> None:
    metadata = {"namespace": "shop", "name": "web"}
    policy: dict[str, Any] = {"apiVersion": API, "kind": "NetworkPolicy"}
    policy["metadata"] = {**metadata, field: "a" * longest}
    assert read([policy]).policies
    policy["metadata"][field] += "a"
    (problem,) = problems(policy)
    assert (problem.field, problem.reason) == (f"metadata.{field}", f"must be no more than {longest} bytes")


def test_error_counts_what_is_too_much_to_show() -> None:
    listed = [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"-{number}"}} for number in range(30)]
    with pytest.raises(PolicyError) as refusal:
        read(listed)
    lines = str(refusal.value).splitlines()
    assert lines[0] == "the Kubernetes objects are refused, 30 problems:"
    assert lines[1].startswith('- Pod default/-0: metadata.name: Invalid value: "-0": a lowercase RFC 1123 subdomain')
    assert len(lines) == 22
    assert lines[-1] == "… and 10 more"
    assert len(refusal.value.problems) == 30


def test_long_value_is_cut() -> None:
    (problem,) = problems({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": ["x" * 1000]}})
    assert len(str(problem)) < 250
    assert problem.value == ["x" * 1000]


def test_value_that_json_knows_nothing_of_is_shown() -> None:
    labels = [yaml.safe_load("{2026-01-31: 2026-01-31}")]
    (problem,) = problems({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": labels}})
    assert "2026" in str(problem)


def test_annotations_of_more_than_256_kib() -> None:
    annotations = {"a": "x" * 200_000, "b": "x" * 62_143}
    policy = {"apiVersion": API, "kind": "NetworkPolicy", "metadata": {"name": "web", "annotations": annotations}}
    (problem,) = problems(policy)
    assert problem.field == "metadata.annotations"
    annotations["b"] = annotations["b"][:-1]
    assert read([policy]).policies
