"""What random clusters have in common: tables do not depend on history, and say what verdicts say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.policy import model
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.flows import Flow, Judge
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.matrix import matrix
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.question import Unanswerable
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Table
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.verdict import verdict
from tests.unit.policy import clusters
from tests.unit.policy.clusters import SUBNETS
from tests.unit.policy.described import NODE

NUMBERS = {model.TCP: 6, model.UDP: 17, model.SCTP: 132, "ICMP": 1}
OUTSIDE = {4: "192.0.2.9", 6: "2001:db8::9"}


def tables(cluster: Cluster) -> list[Table]:
    return [cluster.table(NODE, family, SUBNETS) for family in (4, 6)]


@st.composite
def histories(draw: st.DrawFn) -> tuple[model.Objects, list[model.Pod | tuple[str, str]]]:
    """A cluster, and pods that are put or removed after that."""
    steps: list[model.Pod | tuple[str, str]] = []
    for number in draw(st.lists(st.integers(1, 8), max_size=6)):
        changed = draw(clusters.pod(number))
        steps.append(changed if draw(st.booleans()) else (changed.namespace, changed.name))
    return draw(clusters.objects()), steps


@given(histories())
def test_it_is_all_one_whether_pods_came_one_by_one(history):
    objects, steps = history
    following = Cluster(objects)
    pods = {(pod.namespace, pod.name): pod for pod in objects.pods}
    tables(following)
    for step in steps:
        if isinstance(step, model.Pod):
            following.put_pod(step)
            pods[step.namespace, step.name] = step
        else:
            following.remove_pod(*step)
            pods.pop(step, None)
        anew = Cluster(objects._replace(pods=tuple(pods[title] for title in sorted(pods))))
        assert tables(following) == tables(anew)


@given(clusters.objects(), st.permutations(range(6)))
def test_names_of_sets_and_tables_do_not_depend_on_the_order_of_pods(objects, order):
    shuffled = [objects.pods[number] for number in order if number < len(objects.pods)]
    assert tables(Cluster(objects)) == tables(Cluster(objects._replace(pods=tuple(shuffled))))


@given(clusters.objects())
def test_all_pods_of_the_node_are_in_the_table_once_in_each_direction(objects):
    for table in tables(Cluster(objects)):
        local = sorted(
            address
            for pod in objects.pods
            for address in pod.addresses
            if pod.node == NODE and address.startswith({4: "10.0.0.", 6: "fd00::"}[table.family])
        )
        for classes in (table.ingress, table.egress):
            assert sorted([*table.free, *(pod for each in classes for pod in each.pods)]) == local


@given(clusters.objects())
def test_tables_say_what_verdicts_say(objects):
    """On one node's table only what that node's pods say is to be seen."""
    cluster = Cluster(objects)
    for table in tables(cluster):
        judge = Judge(table)
        bound = {pod for each in (*table.ingress, *table.egress) for pod in each.pods}
        every = {address for pod in objects.pods for address in pod.addresses} | {OUTSIDE[table.family]}
        ends = [address for address in every if (":" in address) == (table.family == 6)]
        for source in ends:
            for destination in ends:
                for protocol, port in (
                    (model.TCP, 80),
                    (model.TCP, 8080),
                    (model.UDP, 81),
                    (model.SCTP, 80),
                    ("ICMP", None),
                ):
                    said = verdict(cluster, source, destination, protocol, port)
                    allowed = all(
                        each.allowed
                        for end, each in ((source, said.egress), (destination, said.ingress))
                        if end in bound
                    )
                    flow = Flow(NUMBERS[protocol], source, destination, port or 0)
                    assert judge.forbids(flow) is not allowed


@given(clusters.objects(), st.sampled_from([(model.TCP, 80), (model.UDP, "http"), (model.TCP, "more"), ("ICMP", None)]))
def test_the_matrix_says_what_verdicts_say(objects, traffic):
    cluster = Cluster(objects)
    for family in (4, 6):
        for source, destination, allowed in matrix(cluster, *traffic, family=family).pairs():
            try:
                expected = verdict(cluster, source, destination, *traffic, family=family).allowed
            except Unanswerable:
                expected = False
            assert allowed is expected
