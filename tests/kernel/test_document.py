"""Whole documents with all sections, as the plan makes them for a node: applied, checked, altered, removed."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, ledger, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import world
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError
from tests.kernel.overlay import overlay
from tests.kernel.test_apply import snapshot

pytestmark = pytest.mark.usefixtures("namespace")


def node(peers):
    """All sections, with a set of the peers, chains in two tables, and sysctls of the host and of our own links."""
    document = overlay(peers)
    document["sysctls"] = [
        {"name": "net.ipv4.ip_forward", "value": 1},
        {"name": "net/ipv4/conf/cni0/rp_filter", "value": "2"},
    ]
    document["ipsets"] = [
        {"name": "podnet-vxlan", "type": "hash:ip", "entries": [entry["dst"] for entry in document["fdb"]]},
    ]
    udp = "-p udp -m udp --dport 4789"
    document["iptables"] = [
        {
            "family": "ipv4",
            "table": "filter",
            "chain": "PODNET-VXLAN",
            "rules": [f"{udp} -m set --match-set podnet-vxlan src -j ACCEPT", f"-d 198.18.0.0/32 {udp} -j DROP"],
            "anchors": [{"chain": "INPUT", "position": "first"}],
        },
        {
            "family": "ipv4",
            "table": "nat",
            "chain": "PODNET-POSTROUTING",
            "rules": ["-d 10.244.0.0/16 -j RETURN", "-s 10.244.0.0/24 -j MASQUERADE --random-fully"],
            "anchors": [{"chain": "POSTROUTING", "position": "last"}],
        },
    ]
    return document


def whole(run):
    """All that a document can change."""
    return [
        *snapshot(run),
        run("iptables-save | grep '^[:-]' | sed 's/ \\[.*//; /^:[A-Z]* ACCEPT/d'; ipset save"),
        run("sysctl net.ipv4.ip_forward; sysctl net.ipv4.conf.cni0.rp_filter 2>/dev/null || true"),
    ]


def test_all_sections_are_applied_and_removed(run, paths):
    run("sysctl -qw net.ipv4.ip_forward=0; iptables -A INPUT -s 192.0.2.1/32 -j DROP; ipset create other hash:ip")
    before = whole(run)

    outcome = engine.apply("node", node(3), paths=paths)

    assert {change.section for change in outcome.changes} == {
        "links",
        "addresses",
        "neighbors",
        "fdb",
        "routes",
        "sysctls",
        "ipsets",
        "iptables",
    }
    assert not engine.apply("node", node(3), paths=paths).changed
    assert run("sysctl -n net.ipv4.ip_forward net.ipv4.conf.cni0.rp_filter").split() == ["1", "2"]
    assert "-A INPUT -j PODNET-VXLAN" in run("iptables -S INPUT").splitlines()[1]
    assert engine.remove("node", paths=paths).changed
    assert whole(run) == before
    assert ledger.names(paths.ledgers) == []


def test_the_dry_run_predicts_all_sections(run, paths):
    engine.apply("node", node(3), paths=paths)
    wanted = node(4)
    wanted["sysctls"][0]["value"] = 0
    wanted["iptables"][0]["rules"].pop()
    wanted["iptables"].pop()
    wanted["ipsets"][0]["entries"].pop(0)
    before = whole(run)

    predicted = engine.apply("node", wanted, check=True, paths=paths)

    assert whole(run) == before
    done = engine.apply("node", wanted, paths=paths)
    assert (predicted.changes, predicted.commands()) == (done.changes, done.commands())
    assert not engine.apply("node", wanted, paths=paths).changed


def test_the_commands_of_all_sections_lead_to_the_same_kernel(run, paths):
    run("\n".join(engine.apply("node", node(2), check=True, paths=paths).commands()))
    assert engine.apply("node", node(2), paths=paths).commands() == []

    wanted = node(3)
    wanted["iptables"][0]["rules"].pop()
    wanted["iptables"].pop()
    wanted["ipsets"][0]["entries"].pop(0)
    run("\n".join(engine.apply("node", wanted, check=True, paths=paths).commands()))
    assert engine.apply("node", wanted, paths=paths).commands() == []

    run("\n".join(engine.remove("node", check=True, paths=paths).commands()))
    assert not [line for line in engine.remove("node", paths=paths).commands() if "sysctl" not in line]


def test_a_failure_takes_all_sections_back(run, paths, monkeypatch):
    engine.apply("node", node(3), paths=paths)
    before, real = whole(run), world.apply

    def failing(section, changes):
        failures = real(section, changes)
        return failures or [world.Failure(changes[0], 5, "broken")] if section == "iptables" else failures

    monkeypatch.setattr(world, "apply", failing)
    wanted = node(5)
    wanted["sysctls"][0]["value"] = 0
    wanted["links"][1].update(vni=7, recreate=True)
    wanted["iptables"][1]["rules"].pop()
    with pytest.raises(ApplyError, match=r"chain PODNET-POSTROUTING of table nat \(ipv4\): change: EIO: broken"):
        engine.apply("node", wanted, paths=paths)

    monkeypatch.undo()
    assert whole(run) == before


def test_a_rule_that_iptables_refuses_is_refused_before_anything_changes(run, paths):
    wanted = node(1)
    wanted["iptables"][0]["rules"].append("-m nonsense -j DROP")
    before = whole(run)

    with pytest.raises(DocumentError, match=r"iptables\[ipv4 filter PODNET-VXLAN\].rules\[2\]: '-m nonsense"):
        engine.apply("node", wanted, paths=paths)
    assert whole(run) == before


def test_a_dry_run_is_possible_before_the_tools_are_installed(run, paths, monkeypatch):
    run("sysctl -qw net.ipv4.ip_forward=0")
    monkeypatch.setattr(world, "which", lambda tool: None)

    outcome = engine.apply("node", node(2), check=True, paths=paths)

    assert outcome.warnings == [
        "ipset is not installed, so ipsets are taken as absent",
        "iptables is not installed, so iptables are taken as absent",
    ]
    assert len(outcome.changes) == 14


@pytest.mark.usefixtures("underlay")
def test_at_boot_a_failing_tool_does_not_keep_the_rest_away(run, paths, monkeypatch):
    engine.apply("node", node(2), paths=paths)
    before = snapshot(run)
    run("ip link delete vx0; ip link delete cni0")

    def broken(_wanted):
        raise world.CommandError(["iptables"], "no kernel module")

    monkeypatch.setattr(world.iptables, "read", broken)
    outcome = restore.restore(paths)

    assert outcome.warnings == ["iptables: no kernel module"]
    assert snapshot(run) == before
