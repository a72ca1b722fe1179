"""Our chains are in one packet filter: they stay there, and what is left of them in the other goes."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.state.reasons import reason
from tests.kernel.whole import first

pytestmark = pytest.mark.usefixtures("namespace")

FILTERS = ("nft", "legacy")
SECTIONS = ("version", "ipsets", "iptables")


@pytest.fixture(params=FILTERS)
def used(request, run):
    """The packet filter that others use before us."""
    run(f"iptables-{request.param} -A INPUT -j RETURN")
    return request.param


@pytest.fixture
def document():
    return {section: objects for section, objects in first().items() if section in SECTIONS}


def other(used):
    return FILTERS[1 - FILTERS.index(used)]


def ours(run, which):
    listing = run(f"iptables-{which}-save; ip6tables-{which}-save")
    return [line for line in listing.splitlines() if "PODNET" in line]


def crowd(run, which):
    """A container brings its own iptables, and kubelet its mark."""
    run(f"for i in 1 2 3; do iptables-{which} -A FORWARD -j RETURN; done")
    run(f"iptables-{which} -t mangle -N KUBE-IPTABLES-HINT")


def test_drift_stays_where_our_chains_are(run, paths, used, document):
    engine.apply("whole", document, paths=paths)
    before = ours(run, used)
    crowd(run, other(used))

    assert restore.restore(paths).changes == []
    run(f"iptables-{used} -F PODNET-FORWARD")
    assert restore.restore(paths).failures == []

    assert ours(run, used) == before
    assert ours(run, other(used)) == []
    engine.remove("whole", paths=paths)
    assert ours(run, used) == []
    assert "podnet-pods" not in run("ipset list -n")


def copy(run, source, target):
    """What an earlier run had written into the other one."""
    for tool in ("iptables", "ip6tables"):
        run(f"{tool}-{source}-save | grep -v 'INPUT -j RETURN' | {tool}-{target}-restore --noflush")


def test_what_is_left_in_the_other_is_told_and_taken_away(run, paths, used, document):
    engine.apply("whole", document, paths=paths)
    before = ours(run, used)
    copy(run, used, other(used))

    outcome = restore.restore(paths)

    assert outcome.failures == []
    told = f"anchors have 'left behind in iptables-{other(used)}' too many"
    assert len(outcome.changes) == len(document["iptables"])
    assert all(reason(change).endswith(told) for change in outcome.changes)
    assert ours(run, other(used)) == []
    assert ours(run, used) == before
    assert restore.restore(paths).changes == []


def test_nothing_is_left_in_either_after_removal(run, paths, used, document):
    engine.apply("whole", document, paths=paths)
    copy(run, used, other(used))
    run(f"iptables-{used} -t raw -F; iptables-{used} -t raw -X")  # this one is in the other alone

    engine.remove("whole", paths=paths)

    assert ours(run, used) + ours(run, other(used)) == []
    assert "podnet-pods" not in run("ipset list -n")


def test_a_strangers_jump_to_what_is_left_is_named(run, paths, used, document):
    engine.apply("whole", document, paths=paths)
    copy(run, used, other(used))
    run(f"iptables-{other(used)} -A OUTPUT -s 10.9.0.0/16 -j PODNET-FORWARD; iptables-{used} -A OUTPUT -j RETURN")

    outcome = restore.restore(paths)

    expected = f"left behind in iptables-{other(used)}: not deleted, for a rule that is not ours jumps to it"
    assert [each.message.startswith(expected) for each in outcome.failures] == [True]
    assert ours(run, other(used)) == [":PODNET-FORWARD - [0:0]", *ours(run, other(used))[1:]]


def test_with_what_is_left_go_those_that_it_alone_leads_to(run, paths, used, document):
    """A policy's chains are named by what they say, and documents have moved on since."""
    engine.apply("whole", document, paths=paths)
    copy(run, used, other(used))
    stale = [
        "-N PODNET-E-0-7",
        "-N PODNET-E-old",
        "-A PODNET-FORWARD -j PODNET-E-0-7",
        "-A PODNET-E-0-7 -g PODNET-E-old",
    ]
    jumps = ["-A PODNET-FORWARD -j PODNET-MINE", "-A OUTPUT -j PODNET-MINE"]
    for each in [*stale, "-N PODNET-MINE", *jumps, "-N PODNET-IDLE"]:
        run(f"iptables-{other(used)} {each}")
    run(f"for i in 1 2 3 4 5 6; do iptables-{used} -A INPUT -j RETURN; done")

    assert restore.restore(paths).failures == []

    assert [line.split(" [")[0] for line in ours(run, other(used))] == [
        ":PODNET-IDLE -",
        ":PODNET-MINE -",
        "-A OUTPUT -j PODNET-MINE",
    ]
