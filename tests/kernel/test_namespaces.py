"""Documents that belong to a named network namespace."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, ledger, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import EngineError
from ansible_collections.podnet.baremetal.plugins.module_utils.host.paths import Paths
from tests.kernel.overlay import bridge

FORWARDING = "net.ipv4.conf.cni0.forwarding"


@pytest.fixture
def other() -> Iterator[str]:
    """A second namespace, which nobody is in."""
    name = f"podnet-other-{uuid.uuid4().hex[:8]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "delete", name], check=False)  # a test may have deleted it


def everywhere() -> dict[str, object]:
    """A document that has something of netlink, of /proc and of the packet filters' tools."""
    document = bridge()
    document["sysctls"] = [{"name": FORWARDING, "value": "1"}]
    document["ipsets"] = [{"name": "podnet-test", "type": "hash:ip", "entries": ["192.0.2.1"]}]
    document["iptables"] = [{"family": "ipv4", "table": "filter", "chain": "PODNET-TEST", "rules": ["-j RETURN"]}]
    return document


def inside(namespace: str, command: str) -> str:
    return subprocess.run(
        ["ip", "netns", "exec", namespace, "sh", "-ec", command], check=True, capture_output=True, text=True
    ).stdout


def traces(shell: Callable[[str], str]) -> list[str]:
    """What of the document is there: each line names an object."""
    everything = shell("ip -o address show; ipset save; iptables-save")
    marks = ("10.244.0.1/24", "create podnet-test", ":PODNET-TEST")
    return [mark for mark in marks if mark in everything]


def test_all_sections_go_into_the_namespace_and_nowhere_else(
    run: Callable[[str], str], other: str, paths: Paths
) -> None:
    snapshot = "ip -o link; ip -o address; ipset save; iptables -S"  # iptables-save would print the time as well
    before = run(snapshot)
    engine.apply("overlay", everywhere(), paths=paths, namespace=other)
    assert run(snapshot) == before
    assert len(traces(lambda command: inside(other, command))) == 3
    assert inside(other, f"sysctl -n {FORWARDING}").strip() == "1"
    assert not engine.apply("overlay", everywhere(), paths=paths, namespace=other).changed

    engine.remove("overlay", paths=paths, namespace=other)
    assert traces(lambda command: inside(other, command)) == []


def test_drift_is_repaired_where_the_document_belongs(run: Callable[[str], str], other: str, paths: Paths) -> None:
    engine.apply("there", everywhere(), paths=paths, namespace=other)
    engine.apply("here", everywhere(), paths=paths)
    inside(other, "ip link delete cni0")
    assert [bool(reasons) for _name, reasons in sorted(restore.deviations(paths).items())] == [False, True]

    outcome = restore.restore(paths)
    assert not outcome.warnings
    assert {change.section for change in outcome.changes} == {"links", "addresses", "sysctls"}
    assert len(traces(lambda command: inside(other, command))) == 3
    engine.remove("here", paths=paths)
    assert traces(run) == []
    assert len(traces(lambda command: inside(other, command))) == 3


def test_the_same_name_cannot_be_kept_in_two_namespaces(namespace: str, other: str, paths: Paths) -> None:
    engine.apply("overlay", bridge(), paths=paths, namespace=other)
    with pytest.raises(EngineError, match=f"is kept for network namespace {other}, not for the host itself"):
        engine.apply("overlay", bridge(), paths=paths)


def test_two_documents_of_one_object_in_different_namespaces_do_not_contradict(
    namespace: str, other: str, paths: Paths
) -> None:
    engine.apply("there", bridge(), paths=paths, namespace=other)
    smaller = bridge()
    smaller["links"][0]["mtu"] = 1400
    assert engine.apply("here", smaller, paths=paths).changed


@pytest.mark.parametrize("check", [True, False])
def test_a_missing_namespace_is_an_error_and_is_not_made(namespace: str, paths: Paths, check: bool) -> None:
    with pytest.raises(EngineError, match="there is no network namespace podnet-none"):
        engine.apply("overlay", bridge(), check=check, paths=paths, namespace="podnet-none")
    assert ledger.names(paths.ledgers) == []
    assert "podnet-none" not in subprocess.run(["ip", "netns"], check=True, capture_output=True, text=True).stdout


def test_a_name_that_leads_elsewhere_is_refused(namespace: str, paths: Paths) -> None:
    with pytest.raises(EngineError, match="is no name of a network namespace"):
        engine.apply("overlay", bridge(), paths=paths, namespace="../../proc/1/ns/net")


def test_what_was_in_a_namespace_that_is_gone_went_with_it(namespace: str, other: str, paths: Paths) -> None:
    engine.apply("overlay", bridge(), paths=paths, namespace=other)
    subprocess.run(["ip", "netns", "delete", other], check=True)
    assert "there is no network namespace" in restore.restore(paths).warnings[0]
    outcome = engine.remove("overlay", paths=paths, namespace=other)
    assert not outcome.changed
    assert "all it held went with it" in outcome.warnings[0]
    assert ledger.names(paths.ledgers) == []
