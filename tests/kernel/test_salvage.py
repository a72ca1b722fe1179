"""A host boots with all sets and chains that its kernel takes, though it refuses some, or nothing can be tried."""

from __future__ import annotations

import errno
import re

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, ledger, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import ipset, iptables_sandbox, namespace, world
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError, Problem
from tests.kernel.picture import picture
from tests.kernel.whole import first

pytestmark = pytest.mark.usefixtures("namespace", "underlay", "backend")

REFUSED = "-m nonsense -j ACCEPT"
FORWARD = ("ipv4", "filter", "PODNET-FORWARD")


@pytest.fixture
def made(run, paths):
    """All that the document has, as it was before the reboot."""
    engine.apply("whole", first(), paths=paths)
    return seen(run)


def seen(run):
    """The host in sorted lines; a table without a rule is as good as one that was never used."""
    return sorted(line for line in picture(run) if not re.match(r"[*]|COMMIT|:[A-Z]+ ACCEPT", line))


def missing(made, run):
    now = set(seen(run))
    return [line for line in made if line not in now]


def rewrite(paths, change):
    """Have the document say what it could say before the kernel was upgraded."""
    kept = ledger.load(paths.ledgers, "whole")
    change(kept.document)
    ledger.save(paths.ledgers, kept)


def reboot(run):
    """Nothing of the network outlives it but what is kept on disk."""
    run("ip link delete vx0; ip link delete cni0; ip route flush table 100; ip rule delete prio 100")
    for each in ("nft", "legacy"):
        for table in ("filter", "nat", "raw"):
            run(f"iptables-{each} -t {table} -F; iptables-{each} -t {table} -X; ip6tables-{each} -t {table} -F")
            run(f"ip6tables-{each} -t {table} -X")
    run("ipset destroy; ip -6 rule delete prio 100")


def test_all_but_the_rule_that_the_kernel_refuses_comes_back(run, paths, made):
    rewrite(paths, lambda document: document["iptables"][FORWARD]["rules"].insert(0, REFUSED))
    reboot(run)

    outcome = restore.restore(paths)

    assert len(outcome.warnings) == 1
    place = f"left out: iptables[ipv4 filter PODNET-FORWARD].rules[0]: '{REFUSED}' is refused by iptables: "
    assert outcome.warnings[0].startswith(place)
    assert seen(run) == made
    again = restore.restore(paths)
    assert (again.changes, again.warnings) == ([], outcome.warnings)


def test_every_bad_rule_is_named_and_every_good_one_made(run, paths, made):
    key = ("ipv4", "nat", "PODNET-MASQUERADE")
    rules = [REFUSED if number % 3 else f"-s 10.{number}.0.0/16 -j MASQUERADE" for number in range(12)]
    rewrite(paths, lambda document: document["iptables"][key].update(rules=rules))
    reboot(run)

    outcome = restore.restore(paths)

    assert [each.partition(": '")[0].rpartition("].")[2] for each in outcome.warnings] == [
        f"rules[{number}]" for number in range(12) if number % 3
    ]
    assert world.iptables.read({key: {}})[key]["rules"] == [rule for rule in rules if rule != REFUSED]


def test_where_patience_ends_what_is_good_so_far_is_made(run, paths, made, monkeypatch):
    monkeypatch.setattr(iptables_sandbox, "_PATIENCE", 4)
    key = ("ipv4", "nat", "PODNET-MASQUERADE")
    rules = ["-s 10.0.0.0/16 -j MASQUERADE"] * 6 + [REFUSED] * 6
    rewrite(paths, lambda document: document["iptables"][key].update(rules=rules))
    reboot(run)

    outcome = restore.restore(paths)

    assert len(outcome.warnings) == 1
    assert "rules[6]" in outcome.warnings[0]
    assert "as are some of the 5 rules after it" in outcome.warnings[0]
    assert world.iptables.read({key: {}})[key]["rules"] == rules[:6]


def test_a_table_that_takes_nothing_keeps_no_other_away(run, paths, made, monkeypatch):
    refusal = iptables_sandbox._Sandbox.refusal
    monkeypatch.setattr(
        iptables_sandbox._Sandbox,
        "refusal",
        lambda table, chains: "no such table" if table._table == "raw" else refusal(table, chains),
    )
    reboot(run)

    outcome = restore.restore(paths)

    assert outcome.failures == []
    told = "left out: iptables[ipv4 raw]: ['PODNET-VXLAN'] is refused by iptables: no such table"
    assert outcome.warnings == [told]
    assert missing(made, run) == [
        "-A PODNET-VXLAN -m set --match-set podnet-vxlan-v4 src -j CT --notrack",
        "-A PREROUTING -j PODNET-VXLAN",
        ":PODNET-VXLAN -",
    ]


def test_a_set_that_the_kernel_refuses_takes_only_its_rules_along(run, paths, made, monkeypatch):
    trial = ipset._load_and_list

    def refused(sets):
        if ("podnet-vxlan-v4",) in sets:
            raise DocumentError([Problem("ipsets[podnet-vxlan-v4]", "hash:ip", "is refused by ipset: no such type")])
        return trial(sets)

    monkeypatch.setattr(ipset, "_load_and_list", refused)
    reboot(run)

    outcome = restore.restore(paths)

    assert outcome.failures == []
    assert outcome.warnings == [
        "left out: ipsets[podnet-vxlan-v4]: 'hash:ip' is refused by ipset: no such type",
        (
            "left out: iptables[ipv4 raw PODNET-VXLAN].rules[0]: "
            "'-m set --match-set podnet-vxlan-v4 src -j CT --notrack' speaks of set podnet-vxlan-v4"
        ),
    ]
    assert [line for line in missing(made, run) if "podnet-vxlan-v4" not in line] == []


def test_where_no_namespace_can_be_made_to_try_in_all_is_taken_as_written(run, paths, made, monkeypatch):
    def refused():
        raise OSError(errno.ENOSPC, "cannot make a network namespace to check rules in: No space left on device")

    reboot(run)
    monkeypatch.setattr(namespace, "_unshare", refused)

    outcome = restore.restore(paths)

    assert outcome.failures == []
    why = "taken as they are written, for they cannot be tried: [Errno 28] cannot make a network namespace"
    assert [why in each for each in outcome.warnings] == [True, True]
    assert seen(run) == made


@pytest.mark.parametrize(("tool", "there"), [("ipset", "MASQUERADE"), ("iptables", "podnet-pods")])
def test_a_tool_that_fails_keeps_only_its_own_away(run, paths, made, monkeypatch, tool, there):
    reboot(run)
    section = {"ipset": world.ipset, "iptables": world.iptables}[tool]

    def broken(_wanted):
        raise CommandError([tool], "no kernel module")

    monkeypatch.setattr(section, "read", broken)

    outcome = restore.restore(paths)

    assert outcome.warnings == [f"{tool}: no kernel module"]
    found = run("ip route; ipset list -n; iptables-nft-save; iptables-legacy-save")
    assert there in found
    assert "10.244.8.0/24" in found


def test_a_removal_that_was_interrupted_is_ended(run, paths, made):
    kept = ledger.load(paths.ledgers, "whole")
    ledger.save(paths.ledgers, kept._replace(document={}, leaving=kept.document))

    outcome = restore.restore(paths)

    assert (outcome.warnings, outcome.failures) == ([], [])
    assert "PODNET" not in run("iptables-nft-save; iptables-legacy-save; ip6tables-nft-save; ip6tables-legacy-save")
    assert ledger.names(paths.ledgers) == []
