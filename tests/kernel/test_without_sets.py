"""A host that boots without xt_set, a type of set, or ipset itself: its tunnels carry, and its pods are forwarded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import documents
from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import ipset, iptables
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError, Problem
from tests.unit.fabric.inventory import hosts, planned

pytestmark = pytest.mark.usefixtures("namespace", "backend")


@pytest.fixture
def saved(run, backend):
    """What iptables lists of both families."""
    return lambda: run(f"iptables-{backend}-save; ip6tables-{backend}-save")


@pytest.fixture(params=["192.0.2.{}", "2001:db8::{}"], ids=["over-ipv4", "over-ipv6"])
def rebooted(request, run, paths, backend):
    """A host with pods' bridge and tunnel, after a reboot: of its chains and sets there are only the documents."""
    inventory = hosts(2, mode="vxlan")
    for number, given in enumerate(inventory.values(), start=1):
        given["fabric_node_ip"] = request.param.format(number)
    plan = planned(inventory)
    for layer in documents.layers(plan):
        engine.apply(layer, documents.document(plan, "node-1", layer), paths=paths)
    for tool in ("iptables", "ip6tables"):
        for table in ("filter", "nat", "raw"):
            run(f"{tool}-{backend} -t {table} -F; {tool}-{backend} -t {table} -X")
    run("ipset destroy")


def drops(saved):
    return [line for line in saved.splitlines() if "DROP" in line]


def test_without_the_match_the_port_is_open_rather_than_closed_to_peers(rebooted, paths, saved):
    kept = Path(paths.ledgers, "vxlan.json")
    kept.write_text(kept.read_text().replace("-m set ", "-m nosuch "))

    outcome = restore.restore(paths)

    assert outcome.failures == []
    told = [line for line in outcome.warnings if "DROP" in line]
    assert len(told) == 1
    assert told[0].startswith("left out: iptables[")
    assert "--dport 4789 -m nosuch ! --match-set podnet-vxlan" in told[0]
    assert "-j PODNET-FORWARD" in saved()
    assert drops(saved()) == []


def test_without_the_type_of_set_the_port_is_open_rather_than_closed_to_peers(rebooted, paths, saved, monkeypatch):
    def refused(sets):
        ((name,),) = sets
        raise DocumentError([Problem(f"ipsets[{name}]", "hash:ip", "is refused by ipset: no such type")])

    monkeypatch.setattr(ipset, "_load_and_list", refused)

    outcome = restore.restore(paths)

    assert outcome.failures == []
    assert len([line for line in outcome.warnings if "DROP" in line and "speaks of set podnet-vxlan" in line]) == 1
    assert "-j PODNET-FORWARD" in saved()
    assert drops(saved()) == []


def test_without_ipset_only_chains_that_speak_of_sets_are_missing(rebooted, paths, saved, monkeypatch):
    def gone(command, _stdin=""):
        raise CommandError(command, "ipset is not installed")

    monkeypatch.setattr(ipset, "run", gone)
    monkeypatch.setattr(iptables, "which", lambda _tool: None)

    outcome = restore.restore(paths)

    assert {each.change.key[2] for each in outcome.failures} == {"PODNET-VXLAN"}
    assert "-A FORWARD -j PODNET-FORWARD" in saved()
    assert "PODNET-VXLAN" not in saved()
    assert json.dumps(outcome.warnings).count("ipset is not installed") == 1
