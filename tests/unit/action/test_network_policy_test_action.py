"""Questions about policy are answered for pairs, for all pairs, and for what a change changes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.podnet.baremetal.plugins.action.network_policy_test import ActionModule
from ansible_collections.podnet.baremetal.plugins.plugin_utils import policy_matrix
from tests.unit.action.conftest import Run
from tests.unit.action.policy_objects import CLIENT, OBJECTS, OTHER, SERVER, pod, policy

INVENTORY: dict[str, Any] = {"podnet": {"hosts": {"node-1": {}}}}
PODS = [SERVER, CLIENT, OTHER]
HTTP = {"destination": "default/server", "port": "80"}

BY_GUIDE = "(egress not isolated; ingress allowed by default/allow-only-client)"
NOT_BY_GUIDE = "(egress not isolated; ingress denied, isolated by default/allow-only-client)"


def ask(run: Run, **options: Any) -> dict[str, Any]:
    return run(ActionModule, {"objects": OBJECTS, **options}, INVENTORY)


def refusal(run: Run, **options: Any) -> str:
    with pytest.raises(AnsibleActionFail) as raised:
        ask(run, **options)
    return str(raised.value)


def test_a_pair_is_answered_with_the_policies_that_say_so(run: Run) -> None:
    result = ask(run, pairs=[{"source": "default/client", **HTTP}, {"source": "10.244.1.3", **HTTP}])
    nothing: dict[str, list[str]] = {"isolated_by": [], "allowed_by": []}
    guide = ["default/allow-only-client"]
    assert result["results"] == [
        {
            "source": "default/client", "destination": "default/server", "protocol": "TCP", "port": 80, "allowed": True,
            "egress": nothing, "ingress": {"isolated_by": guide, "allowed_by": guide},
        },
        {
            "source": "10.244.1.3", "destination": "default/server", "protocol": "TCP", "port": 80, "allowed": False,
            "egress": nothing, "ingress": {"isolated_by": guide, "allowed_by": []},
        },
    ]  # fmt: skip
    assert result["summary"] == [
        f"default/client -> default/server TCP/80: allowed {BY_GUIDE}",
        f"10.244.1.3 -> default/server TCP/80: denied {NOT_BY_GUIDE}",
    ]
    assert not result["changed"]


def test_what_is_not_as_expected_fails_with_all_of_it(run: Run) -> None:
    right = {"source": "default/client", **HTTP, "expect": "allow"}
    assert "failed" not in ask(run, pairs=[right])
    wrong = [{**right, "expect": "deny"}, {"source": "default/other", **HTTP, "expect": "allow"}]
    result = ask(run, pairs=[right, *wrong])
    assert result["failed"]
    assert result["msg"].splitlines()[0] == "not as expected:"
    assert [line.split(":")[0].strip() for line in result["msg"].splitlines()[1:]] == [
        "default/client -> default/server TCP/80",
        "default/other -> default/server TCP/80",
    ]
    assert len(result["results"]) == 3


def test_the_matrix_is_a_table_for_each_port(run: Run) -> None:
    result = ask(run, matrix=True, ports=[{"port": "80"}, {"protocol": "ICMP"}])
    assert result["summary"] == [
        "TCP/80, from row to column",
        "                     1   2   3",
        "  1 default/client   - yes yes",
        "  2 default/other  yes   -  no",
        "  3 default/server yes yes   -",
        "ICMP, from row to column",
        "                     1   2   3",
        "  1 default/client   - yes  no",
        "  2 default/other  yes   -  no",
        "  3 default/server yes yes   -",
    ]
    assert sum(not each["allowed"] for each in result["results"]) == 3
    assert len(result["results"]) == 12


def test_with_before_only_what_differs_is_told(run: Run) -> None:
    result = ask(run, matrix=True, ports=[{"port": "80"}], before={"objects": [*PODS, pod("gone", "10.244.2.2")]})
    assert [(each["source"], each["before"], each["allowed"]) for each in result["results"]] == [
        ("default/other", True, False)
    ]
    assert result["summary"] == [f"default/other -> default/server TCP/80: allowed before, now denied {NOT_BY_GUIDE}"]
    pairs = [{"source": source, **HTTP} for source in ("default/client", "default/other")]
    assert ask(run, pairs=pairs, before={"objects": PODS})["summary"] == result["summary"]
    assert ask(run, pairs=pairs, before={"objects": OBJECTS})["results"] == []


def test_what_is_not_as_expected_is_told_although_nothing_changed_it(run: Run) -> None:
    pairs = [{"source": "default/client", **HTTP, "expect": "deny"}]
    assert ask(run, pairs=pairs, before={"objects": OBJECTS})["failed"]


def test_a_pair_denied_in_one_address_family_alone_is_denied(run: Run) -> None:
    dual = {**CLIENT, "status": {"podIPs": [{"ip": "10.244.1.2"}, {"ip": "fd00:10:244:1::2"}]}}
    both = {**SERVER, "status": {"podIPs": [{"ip": "10.244.0.2"}, {"ip": "fd00:10:244::2"}]}}
    only = policy("only-ipv4", ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}])
    result = ask(run, objects=[dual, both, only], matrix=True, ports=[{"port": "80"}])
    assert [(each["source"], each["allowed"]) for each in result["results"]] == [
        ("default/client", False),
        ("default/server", True),
    ]


def test_manifests_can_be_asked_about_before_anything_runs(run: Run) -> None:
    bare = {name: SERVER[name] for name in ("apiVersion", "kind", "metadata", "spec")}
    template = {"metadata": {"labels": {"app": "client"}}, "spec": {"containers": []}}
    about = {"metadata": {"name": "web", "namespace": "default"}}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", **about, "spec": {"template": template}}
    cron = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": {}}}}}}  # fmt: skip
    pairs = [{"source": source, **HTTP} for source in ("default/web", "default/nightly")]
    result = ask(run, objects=[bare, deployment, cron, policy()], pairs=pairs)
    assert [each["allowed"] for each in result["results"]] == [True, False]


WEB: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"template": {"metadata": {"labels": {"app": "client"}}, "spec": {}}},
}
BARE = {name: SERVER[name] for name in ("apiVersion", "kind", "metadata", "spec")}


def listing(kind: str, *items: Any, version: str = "v1") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "items": list(items)}


def without_kind(manifest: dict[str, Any]) -> dict[str, Any]:
    return {name: manifest[name] for name in ("metadata", "spec")}


@pytest.mark.parametrize(
    "listed",
    [
        [listing("List", BARE, WEB, policy())],
        [listing("List", listing("List", BARE), WEB), policy()],
        [
            listing("PodList", without_kind(BARE)),
            listing("DeploymentList", without_kind(WEB), version="apps/v1"),
            listing("NetworkPolicyList", without_kind(policy()), version="networking.k8s.io/v1"),
        ],
    ],
)
def test_manifests_within_lists_are_as_good(run: Run, listed: list[Any]) -> None:
    result = ask(run, objects=[*listed, pod("other", "10.244.0.9")], matrix=True, ports=[{"port": "80"}])
    assert {
        each["source"]: each["allowed"] for each in result["results"] if each["destination"] == "default/server"
    } == {
        "default/web": True,
        "default/other": False,
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"metadata": None}, "Pod (object 1): metadata.name: Required value: must be given"),
        ({"metadata": "web"}, "Pod (object 1): metadata: Invalid value"),
        ({"spec": {"template": {"metadata": 5}}}, "Pod (object 1): metadata"),
        ({"kind": 5}, "kind: Invalid value: 5"),
    ],
)
def test_a_workload_that_is_none_is_refused_by_field(run: Run, wrong: dict[str, Any], said: str) -> None:
    assert said in refusal(run, objects=[{**WEB, **wrong}], pairs=[])
    assert said.replace("object 1", "object 1.items[0]") in refusal(
        run, objects=[listing("List", {**WEB, **wrong})], pairs=[]
    )


def test_a_workload_whose_pods_would_be_refused_is_told_with_its_source(run: Run) -> None:
    template = {"metadata": {"labels": {"app": "no label!"}}, "spec": {}}
    wrong = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": template}}
    told = refusal(run, objects=[wrong], pairs=[])
    assert "  objects: Pod default/web: metadata.labels" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "pairs"),
        ({"matrix": True}, "ports"),
        ({"pairs": [{"source": "default/nobody", **HTTP}]}, "pod default/nobody is not known"),
        ({"pairs": [{"source": "default/client", "destination": "default/server"}]}, "TCP needs a number"),
        ({"pairs": [{"source": "client", **HTTP}]}, "client is no end of a connection"),
        ({"pairs": [], "before": {}}, "objects, src, kubeconfig"),
        ({"pairs": [], "objects": [{**SERVER, "metadata": {}}]}, "Kubernetes' objects are refused"),
    ],
)
def test_what_cannot_be_answered_is_refused(run: Run, options: dict[str, Any], said: str) -> None:
    assert said in refusal(run, **options)


def test_a_matrix_that_nobody_reads_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_matrix, "MOST", 5)
    monkeypatch.setattr(policy_matrix, "_Reach", None)  # not one of them is looked at
    told = refusal(run, matrix=True, ports=[{"port": "80"}])
    assert (
        "matrix: 6 pairs are more than anybody reads (at most 5). Way out: ask for pairs, for fewer ports, with" in told
    )


def test_so_is_a_comparison_of_too_many_pairs_and_one_with_too_many_differences(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {"matrix": True, "ports": [{"port": "80"}], "before": {"objects": PODS}}
    monkeypatch.setattr(policy_matrix, "MOST", 0)
    assert "matrix: 1 pairs are more than anybody reads (at most 0)" in refusal(run, **asked)
    monkeypatch.setattr(policy_matrix, "COMPARED", 5)
    monkeypatch.setattr(policy_matrix, "_Reach", None)
    assert "matrix: 6 pairs are more than anybody reads (at most 5)" in refusal(run, **asked)


def test_pairs_are_counted_by_the_families_that_both_have(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    dual = {**CLIENT, "status": {"podIPs": [{"ip": "10.244.1.2"}, {"ip": "fd00:10:244:1::2"}]}}
    twin = {**pod("twin", ""), "status": {"podIPs": [{"ip": "10.244.1.4"}, {"ip": "fd00:10:244:1::4"}]}}
    listed = [SERVER, OTHER, dual, twin, pod("six", "fd00:10:244:1::6")]
    result = ask(run, objects=[*listed, policy()], matrix=True, ports=[{"port": "80"}])
    monkeypatch.setattr(policy_matrix, "MOST", 0)
    told = refusal(run, objects=[*listed, policy()], matrix=True, ports=[{"port": "80"}])
    assert f"matrix: {len(result['results'])} pairs" in told
