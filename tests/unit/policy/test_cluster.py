"""Tables are what policies say, and stay it while pods come and go."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.kinds import Kind
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Table
from tests.unit.policy.described import NODE, cluster, objects, told

SUBNETS = ("10.0.0.0/24", "fd00::/64")
CASES = yaml.safe_load(Path(__file__).with_name("cases").joinpath("tables.yml").read_text(encoding="utf-8"))

WEB = {"ips": "10.0.0.1", "labels": {"app": "web"}, "ports": "http:TCP/80"}
FRIEND = {"ips": "10.0.0.2", "labels": {"app": "friend"}}
ANYBODY: dict[str, Any] = {"namespaceSelector": {}}
POLICY = {
    "podSelector": {"matchLabels": {"app": "web"}},
    "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}], "ports": [{"port": "http"}]}],
}


@pytest.mark.parametrize("case", [pytest.param(each, id=each["name"]) for each in CASES])
def test_the_table_is(case: dict[str, Any]) -> None:
    table = cluster(case).table(NODE, case.get("family", 4), SUBNETS)
    expected = {"free": "", "ingress": {}, "egress": {}}
    assert told(table) == {**expected, **{name: case[name] for name in expected if name in case}}


@pytest.mark.parametrize("case", [pytest.param(each, id=each["name"]) for each in CASES])
def test_each_set_is_used_and_none_is_empty(case: dict[str, Any]) -> None:
    table = cluster(case).table(NODE, case.get("family", 4), SUBNETS)
    used = {allow.peers for each in (*table.ingress, *table.egress) for allow in each.allows or ()}
    assert used - {None} == table.sets.keys()
    assert all(each.entries and each.name == name for name, each in table.sets.items())
    assert all(list(each.entries) == sorted(set(each.entries)) for each in table.sets.values())


def policed(**pods: dict[str, Any]) -> dict[str, Any]:
    return {"pods": {f"a/{name}": each for name, each in pods.items()}, "policies": {"a/p": POLICY}}


def table(of: Cluster) -> Table:
    return of.table(NODE, 4, SUBNETS)


def only_pod(said: dict[str, Any]) -> Any:
    return objects({"pods": {"a/friend": said}}).pods[0]


@pytest.mark.parametrize(
    "changed",
    [
        {**FRIEND, "ips": "10.0.0.7"},
        {**FRIEND, "labels": {"app": "stranger"}},
        {**FRIEND, "labels": {"app": "web"}},
        {**FRIEND, "labels": {"app": "web"}, "ports": "http:TCP/8080"},
        {**FRIEND, "ips": "10.0.0.2 fd00::2"},
        {**FRIEND, "ips": "fd00::2"},
        {**FRIEND, "node": "node-2"},
        FRIEND,
    ],
)
def test_a_pod_that_changes_is_as_if_it_had_always_been_so(changed):
    following = cluster(policed(web=WEB, friend=FRIEND))
    before = table(following)
    following.put_pod(only_pod(changed))
    assert table(following) == table(cluster(policed(web=WEB, friend=changed)))
    following.put_pod(only_pod(FRIEND))
    assert table(following) == before


def test_a_pod_that_comes_and_goes_leaves_nothing():
    following = cluster(policed(web=WEB))
    before = table(following)
    following.put_pod(only_pod(FRIEND))
    assert table(following) == table(cluster(policed(web=WEB, friend=FRIEND))) != before
    following.remove_pod("a", "friend")
    assert table(following) == before


def test_removing_a_pod_that_is_not_there_is_no_error():
    following = cluster(policed(web=WEB))
    following.remove_pod("a", "nobody")
    assert table(following) == table(cluster(policed(web=WEB)))


def test_an_address_is_the_pods_that_was_put_last():
    following = cluster(policed(web=WEB, friend={**FRIEND, "ips": "10.0.0.2 fd00::2"}))
    following.put_pod(objects({"pods": {"a/heir": {"ips": "10.0.0.2", "labels": {"app": "heir"}}}}).pods[0])
    expected = {"free": "10.0.0.2", "ingress": {"10.0.0.1": []}, "egress": {"10.0.0.1": "everything"}}
    assert told(table(following)) == expected
    assert told(following.table(NODE, 6, SUBNETS))["free"] == "fd00::2"
    following.remove_pod("a", "friend")
    assert told(table(following)) == expected


def test_a_namespace_that_nobody_has_told_of_has_the_label_of_its_name():
    following = cluster(
        {
            "pods": {"a/web": WEB},
            "policies": {
                "a/p": {
                    "podSelector": {},
                    "ingress": [
                        {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "new"}}}]}
                    ],
                }
            },
        }
    )
    assert told(table(following))["ingress"] == {"10.0.0.1": []}
    following.put_pod(objects({"pods": {"new/pod": FRIEND}}).pods[0])
    assert told(table(following))["ingress"] == {"10.0.0.1": ["all | 10.0.0.2 | a/p"]}


def test_tables_that_were_handed_out_do_not_change():
    following = cluster(policed(web=WEB, friend=FRIEND))
    handed = following.table(NODE, 4, SUBNETS)
    before = told(handed)
    following.put_pod(only_pod({**FRIEND, "ips": "10.0.0.9"}))
    following.table(NODE, 4, SUBNETS)
    assert told(handed) == before


def test_a_group_that_is_spoken_of_later_has_all_pods():
    late = {"podSelector": {"matchLabels": {"app": "late"}}, "ingress": [{"from": [{"podSelector": {}}]}]}
    web = {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [{"podSelector": {}}, ANYBODY]}]}
    following = cluster({"pods": {"a/web": WEB}, "policies": {"a/late": late, "a/web": web}})
    table(following)
    pods = {"a/friend": FRIEND, "a/late": {"ips": "10.0.0.3", "labels": {"app": "late"}}}
    for pod in objects({"pods": pods}).pods:
        following.put_pod(pod)
    assert table(following) == table(
        cluster({"pods": {"a/web": WEB, **pods}, "policies": {"a/late": late, "a/web": web}})
    )
    assert told(table(following))["ingress"]["10.0.0.3"] == ["all | 10.0.0.1 10.0.0.2 10.0.0.3 | a/late"]


def test_a_set_is_another_object_only_where_it_has_changed():
    """So that what is made of a set can be kept."""
    following = cluster(policed(web=WEB, friend=FRIEND))
    before = table(following)
    following.put_pod(only_pod({**FRIEND, "ips": "10.0.0.7"}))
    changed = table(following)
    assert changed.sets.keys().isdisjoint(before.sets)
    following.put_pod(objects({"pods": {"b/other": {"ips": "10.0.0.8"}}}).pods[0])
    after = table(following)
    assert after.free == ("10.0.0.7", "10.0.0.8")
    assert [after.sets[name] is each for name, each in changed.sets.items()] == [True]


def test_nothing_is_kept_of_pods_that_have_gone():
    def kinds() -> int:
        gc.collect()
        return sum(isinstance(each, Kind) for each in gc.get_objects())

    following = cluster(
        {"pods": {"a/web": WEB}, "policies": {"a/p": {"podSelector": {}, "ingress": [{"from": [ANYBODY]}]}}}
    )
    table(following)
    before = kinds()
    for number in range(20):
        following.put_pod(objects({"pods": {f"n{number}/pod": {"ips": "10.0.0.2"}}}).pods[0])
        assert told(table(following))["ingress"] == {"10.0.0.1": ["all | 10.0.0.1 10.0.0.2 | a/p"]}
        following.remove_pod(f"n{number}", "pod")
    assert kinds() == before
