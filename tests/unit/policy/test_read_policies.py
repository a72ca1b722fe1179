"""What a policy means: its defaults, what is missing and what is empty, and the one form of all that means the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import (
    IN,
    TCP,
    UDP,
    Block,
    Pods,
    Policy,
    Port,
    Requirement,
    Rule,
)
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.reduced import reduced

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "read_policies.yml").read_text(encoding="utf-8"))


def policy(spec: Any, **metadata: Any) -> dict[str, Any]:
    about = {"name": "web", **metadata}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": about, "spec": spec}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_policy_means(case: dict[str, Any]) -> None:
    objects = read([policy(case["spec"])])
    (found,) = reduced(objects)[2]["items"]
    assert found["spec"] == case["read"]
    assert read([policy(found["spec"])]) == objects


def test_policy_in_its_shape() -> None:
    spec = {
        "podSelector": {"matchLabels": {"app": "web"}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {
                "from": [{"podSelector": {}}, {"namespaceSelector": {"matchLabels": {"team": "a"}}}],
                "ports": [{"port": "http"}, {"protocol": "UDP", "port": 5000, "endPort": 6000}],
            }
        ],
        "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}],
    }
    web, team = (Requirement(key, IN, frozenset([value])) for key, value in (("app", "web"), ("team", "a")))
    assert read([policy(spec, namespace="shop")]).policies == (
        Policy(
            "shop",
            "web",
            (web,),
            (Rule((Pods(None, ()), Pods((team,), ())), (Port(TCP, "http"), Port(UDP, 5000, 6000))),),
            (Rule((Block("10.0.0.0/8", ("10.1.0.0/16",)),)),),
        ),
    )


def test_everything_and_nothing() -> None:
    nothing, everything = (read([policy({"ingress": [{}] * rules})]).policies[0] for rules in (0, 1))
    assert (nothing.ingress, nothing.egress) == ((), None)
    assert (everything.ingress, everything.egress) == ((Rule(),), None)


def test_what_the_api_server_adds_to_a_policy_is_no_reason_to_refuse_it() -> None:
    metadata = {
        "namespace": "shop",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"a b": 1}', "UPPER.example.com/x": ""},
        "labels": {"app": ""},
        "creationTimestamp": "2026-01-31T12:00:00Z",
        "deletionTimestamp": None,
        "deletionGracePeriodSeconds": 0,
        "finalizers": ["example.com/wait"],
        "generateName": "web-",
        "generation": 3,
        "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {}}}],
        "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"}],
        "resourceVersion": "17",
        "selfLink": "",
        "uid": "0ac8e4f4-6a4d-4a7b-8f6a-1f2b3c4d5e6f",
    }
    assert read([{**policy({}, **metadata), "status": {"conditions": []}}]) == read([policy({}, namespace="shop")])


def test_moments_that_yaml_knows_as_such() -> None:
    metadata = yaml.safe_load("{creationTimestamp: 2026-01-31T12:00:00Z, deletionTimestamp: 2026-01-31T12:00:00.5}")
    assert read([policy({}, **metadata)]) == read([policy({})])
