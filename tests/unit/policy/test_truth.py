"""Whatever the objects are, what is compiled from them is what Kubernetes' documentation says.

A hundred random clusters for each property; ``POLICY_CLUSTERS=10000`` tries as many.
"""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import Cluster
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.flows import Flow, Judge
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from tests.policy import compiled, strategies
from tests.policy.evaluator import Truth

CLUSTERS = int(os.environ.get("POLICY_CLUSTERS", "100"))
NUMBERS = {"TCP": 6, "UDP": 17, "SCTP": 132, "ICMP": 1}

objects = strategies.objects()


@settings(max_examples=CLUSTERS, deadline=None)
@given(objects, strategies.numbers)
def test_documents_let_through_what_the_documentation_says(listed, number):
    truth = Truth(listed, strategies.NODES)
    cluster = compiled.cluster_of(listed)
    filters = compiled.Filters(compiled.documents(cluster, strategies.NODES), strategies.NODES)
    for connection in strategies.connections(listed, number):
        assert filters.pass_(connection) == truth.allows(connection), connection


@settings(max_examples=CLUSTERS, deadline=None)
@given(objects, strategies.numbers)
def test_verdicts_and_what_is_ended_are_what_the_documentation_says(listed, number):
    truth = Truth(listed, strategies.NODES)
    cluster = compiled.cluster_of(listed)
    tables = [table for name, node in strategies.NODES.items() for table in compiled.tables(cluster, name, node)]
    judges = [(table.family, Judge(table)) for table in tables]
    for connection in strategies.connections(listed, number):
        if not truth.leaves_it_to_policy(connection):
            continue
        assert compiled.allowed_by_verdict(cluster, connection) == truth.allows(connection), connection
        flow = Flow(NUMBERS[connection.protocol], connection.source, connection.destination, connection.port)
        family = 6 if ":" in connection.source else 4
        forbidden = any(judge.forbids(flow) for of_family, judge in judges if of_family == family)
        assert forbidden != truth.allows(connection), connection


@settings(max_examples=CLUSTERS, deadline=None)
@given(strategies.objects(shared=False), st.data())
def test_pods_that_come_and_go_leave_what_starting_anew_would_give(listed, data):
    wanted = read(listed)
    other = read([each for each in listed if each["kind"] != "Pod"] + data.draw(strategies.pods(shared=False)))
    cluster = Cluster(wanted._replace(pods=other.pods))
    if data.draw(st.booleans()):
        compiled.documents(cluster, strategies.NODES)  # so that there is something to keep true
    for pod in data.draw(st.permutations(other.pods)):
        cluster.remove_pod(pod.namespace, pod.name)
    for pod in data.draw(st.permutations(wanted.pods)):
        cluster.put_pod(pod)
    assert compiled.documents(cluster, strategies.NODES) == compiled.documents(Cluster(wanted), strategies.NODES)
