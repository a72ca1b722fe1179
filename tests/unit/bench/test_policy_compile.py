"""Both sides of the bench compile the same policy, and it would be seen if they did not."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from bench import policy_compile
from bench.measure import BenchError
from bench.policy_cluster import Size, objects

SMALL = Size(policies=40, pods=200, nodes=10, namespaces=4)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(policy_compile, "SIZE", SMALL)


def test_the_figures_have_names_that_others_look_for():
    assert [result.name for result in policy_compile.results()] == [
        "policy_compile_seconds",
        "policy_one_pod_ms",
        "policy_compile_memory",
    ]


def test_each_node_has_pods_that_policies_select_in_both_families():
    for table in policy_compile.tables(Cluster(read(objects(SMALL)))):
        assert len(table.ingress) > 1
        assert len(table.egress) > 1
        assert table.sets


@pytest.mark.parametrize("missing", ["pods", "policies"])
def test_unequal_work_ends_the_bench(missing):
    listed = read(objects(SMALL))
    fewer = listed._replace(**{missing: getattr(listed, missing)[len(getattr(listed, missing)) // 2 :]})
    with pytest.raises(BenchError, match="IPv4: both sides do not compile the same policy"):
        policy_compile.compare(policy_compile.tables(Cluster(listed)), policy_compile.by_pod(fewer))
