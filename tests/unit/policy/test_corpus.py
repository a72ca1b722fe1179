"""Every case of the corpus is true: of what the documentation says, of the compiled documents, and of verdicts."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.matrix import matrix
from tests.policy import cluster
from tests.policy.compiled import Filters, allowed_by_verdict, cluster_of, documents
from tests.policy.corpus import Probe, Step, cases, opened
from tests.policy.evaluator import Truth

CASES = cases()


def each_case():
    return pytest.mark.parametrize("case", [pytest.param(each, id=f"{each.topic}: {each.name}") for each in CASES])


def differences(step: Step, answered) -> list[str]:
    """What ``answered`` says otherwise than the case does: a function of connections as cases and as packets have them.

    It may answer None where it knows nothing.
    """
    return [
        f"{shown(probe)} is {'denied' if step.expects(probe) else 'allowed'}"
        for probe, connection in step.connections()
        if answered(probe, connection) not in (step.expects(probe), None)
    ]


def shown(probe: Probe) -> str:
    return f"{probe.source} -> {probe.destination} {probe.protocol}/{probe.port} IPv{probe.family}"


@each_case()
def test_it_is_what_the_documentation_says(case):
    for step in case.steps:
        truth = Truth(opened(step.objects), cluster.NODES)
        assert differences(step, lambda _probe, connection, truth=truth: truth.allows(connection)) == []


@each_case()
def test_the_documents_let_through_what_they_should(case):
    for step in case.steps:
        filters = Filters(documents(cluster_of(step.objects), cluster.NODES), cluster.NODES)
        assert differences(step, lambda _probe, connection, filters=filters: filters.pass_(connection)) == []


@each_case()
def test_offline_answers_are_the_same(case):
    for step in case.steps:
        assert differences(step, offline(step)) == []


def offline(step: Step):
    """Verdicts with what is no pod, and the matrix of pods. They are of policies alone, and so know neither what is a
    node's own nor addresses that are no pod's yet.
    """
    compiled = cluster_of(step.objects)

    @cache
    def pairs(protocol, port, family):
        return {(source, to): said for source, to, said in matrix(compiled, protocol, port or None, family).pairs()}

    def answered(probe, connection):
        pods = [cluster.is_pods(step.ends[end]) for end in (probe.source, probe.destination)]
        known = [compiled.pods.at(address) is not None for address in connection[:2]]
        if known < pods or step.is_with_its_node(probe):
            return None
        if not all(known):
            return allowed_by_verdict(compiled, connection)
        names = (f"{pod.namespace}/{pod.name}" for pod in map(compiled.pods.at, connection[:2]))
        return pairs(probe.protocol, probe.port, probe.family)[tuple(names)]

    return answered


def test_there_are_200_cases_with_names_of_their_own():
    assert len(CASES) >= 200
    assert [name for name, count in Counter(each.name for each in CASES).items() if count > 1] == []
