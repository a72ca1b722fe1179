"""Routing rules on a real kernel: told apart by priority and packets, changed without a gap, others' left alone."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError, RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import rules
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise, to_document
from tests.kernel.twin import twin

pytestmark = pytest.mark.usefixtures("namespace")

POD = {"priority": 100, "from": "10.244.0.0/16", "table": 100}
EVERY_KIND = [
    POD,
    {"priority": 100, "from": "10.244.0.0/16", "to": "10.96.0.0/12", "table": "main"},
    {"priority": 0, "family": "ipv4", "fwmark": "0x10/0xff", "table": 1000},
    {"priority": 7, "family": "ipv4", "fwmark": 5, "table": 70000, "suppress_prefixlength": 0},
    {"priority": 7, "family": "ipv6", "fwmark": "0/0xffffffff", "table": 7, "suppress_ifgroup": 3},
    {"priority": 8, "from": "fd00:244::/64", "not": True, "action": "unreachable"},
    {
        "priority": 9,
        "to": "192.0.2.7",
        "iif": "lo",
        "oif": "eth7",
        "tos": 16,
        "action": "prohibit",
        "protocol": "static",
    },
    {"priority": 10, "family": "ipv4", "ipproto": "tcp", "sport": "1000-1999", "dport": 443, "action": "blackhole"},
    {"priority": 11, "family": "ipv6", "uidrange": "0-99", "ipproto": "icmpv6", "goto": 200},
    {"priority": 200, "family": "ipv6", "action": "nop"},
    {"priority": 300, "family": "ipv4", "tun_id": 77, "l3mdev": True},
]


def document(*entries):
    return {"version": 1, "rules": list(entries)}


def all_rules(run):
    return (run("ip -d rule show") + run("ip -6 -d rule show")).splitlines()


def test_every_kind_of_rule_is_applied_applied_again_and_removed(run, paths):
    before = all_rules(run)

    assert len(engine.apply("rules", document(*EVERY_KIND), paths=paths).changes) == len(EVERY_KIND)

    assert "100:\tfrom 10.244.0.0/16 lookup 100 proto 244" in all_rules(run)
    assert engine.apply("rules", document(*EVERY_KIND), paths=paths).commands() == []
    assert len(engine.remove("rules", paths=paths).changes) == len(EVERY_KIND)
    assert all_rules(run) == before


def test_the_commands_for_every_kind_lead_to_the_same_kernel(run, paths):
    changed = [
        {**POD, "table": 200},
        {**EVERY_KIND[3], "suppress_prefixlength": 8},
        {**EVERY_KIND[5], "action": "lookup", "table": "main"},
        {**EVERY_KIND[8], "goto": 201},
        {"priority": 201, "family": "ipv6", "action": "nop"},
    ]
    with twin() as run_there:
        for wanted in (EVERY_KIND, changed, []):
            run_there("\n".join(engine.apply("rules", document(*wanted), paths=paths).commands()))
            assert all_rules(run_there) == all_rules(run)


def test_a_rule_is_changed_without_a_gap(run, paths):
    """The new rule is there before the old one is gone: a reader never misses both."""
    engine.apply("rules", document(POD), paths=paths)
    (key,) = normalise(document(POD))["rules"]
    done, gaps = threading.Event(), []

    def watch():
        while not done.is_set():
            if key not in rules.read_all():
                gaps.append(True)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for table in range(200, 260):
            engine.apply("rules", document({**POD, "table": table}), paths=paths)
    finally:
        done.set()
        watcher.join()

    assert not gaps
    assert run("ip rule show").count("from 10.244.0.0/16") == 1


@pytest.mark.parametrize("change", [{"protocol": 7}, {"suppress_prefixlength": 0}, {"table": 7, "protocol": "bgp"}])
def test_a_rule_gets_and_loses_any_attribute(run, paths, change):
    for wanted in ({**POD, **change}, POD, {**POD, **change}):
        engine.apply("rules", document(wanted), paths=paths)
        assert not engine.apply("rules", document(wanted), paths=paths).changed
        assert run("ip rule show").count("from 10.244.0.0/16") == 1
    engine.remove("rules", paths=paths)
    assert "10.244" not in run("ip rule show")


def test_others_rules_of_the_same_priority_stay(run, paths):
    run("ip rule add pref 100 from 10.244.0.0/24 lookup 7; ip rule add pref 100 lookup 8")
    run("ip -6 rule add pref 100 lookup 9")
    before = all_rules(run)
    engine.apply("rules", document(POD), paths=paths)
    run("ip rule add pref 100 from 10.244.0.0/16 lookup 100 dport 53 ipproto udp; ip rule add pref 100 lookup 100")

    engine.apply("rules", document({**POD, "table": 200}), paths=paths)
    engine.remove("rules", paths=paths)

    run("ip rule delete pref 100 dport 53 ipproto udp; ip rule delete pref 100 lookup 100 from all")
    assert all_rules(run) == before


def test_anothers_rule_in_the_same_place_is_replaced_and_put_back(run, paths):
    run("ip rule add pref 100 from 10.244.0.0/16 lookup 7 suppress_prefixlength 3 protocol bgp")
    before = all_rules(run)

    engine.apply("rules", document(POD), paths=paths)
    assert run("ip rule show").count("pref 100") == 0
    assert "from 10.244.0.0/16 lookup 100 proto 244" in run("ip -d rule show")
    engine.remove("rules", paths=paths)

    assert all_rules(run) == before


def test_a_rule_of_others_that_has_all_that_ours_has_is_told_from_it_by_the_protocol(run, paths):
    run("ip rule add pref 100 from 10.244.0.0/16 fwmark 0x5 lookup 100")
    before = all_rules(run)
    engine.apply("rules", document(POD), paths=paths)

    engine.remove("rules", paths=paths)

    assert all_rules(run) == before


def test_a_rule_that_hides_ours_from_deletion_is_not_deleted_for_it(run, paths):
    run("ip rule add pref 100 from 10.244.0.0/16 fwmark 0x5 lookup 100 protocol 244")
    before = all_rules(run)
    engine.apply("rules", document(POD), paths=paths)

    with pytest.raises(ApplyError, match=r"rule 100 from 10.244.0.0/16 \(ipv4\): delete.*another rule.*fwmark 0x5"):
        engine.remove("rules", paths=paths)

    assert before[1] in all_rules(run)
    assert "from 10.244.0.0/16 lookup 100" in run("ip rule show")


def test_rules_of_ours_that_hide_each_other_all_go(run, paths):
    wanted = document({**POD, "fwmark": 5}, POD, {**POD, "dport": 53, "fwmark": 5, "ipproto": 17})
    engine.apply("rules", wanted, paths=paths)

    assert len(engine.remove("rules", paths=paths).changes) == 3
    assert "10.244" not in run("ip rule show")


def test_what_an_interrupted_change_left_is_cleaned_up(run, paths):
    engine.apply("rules", document(POD), paths=paths)
    run("ip rule add pref 100 from 10.244.0.0/16 lookup 200 protocol 244")

    engine.apply("rules", document({**POD, "table": 200}), paths=paths)
    assert run("ip rule show").count("from 10.244.0.0/16") == 1
    run("ip rule add pref 100 from 10.244.0.0/16 lookup 300 protocol 244")
    engine.remove("rules", paths=paths)

    assert "10.244" not in run("ip rule show")


def test_a_failure_takes_rules_back(run, paths):
    engine.apply("rules", document(POD), paths=paths)
    before = all_rules(run)
    hole = {"version": 1, "routes": [{"dst": "10.1.0.0/16", "gateway": "10.9.0.1"}]}

    with pytest.raises(ApplyError, match=r"route 10\.1\.0\.0/16"):
        engine.apply("rules", {**hole, **document({**POD, "table": 5}, EVERY_KIND[2])}, paths=paths)

    assert all_rules(run) == before


def test_everything_is_read_in_normal_form(run, paths):
    engine.apply("rules", document(*EVERY_KIND), paths=paths)
    run("ip rule add pref 5000 from 10.0.0.0/8 realms 3/4 lookup 5; ip rule add pref 100 from 10.244.0.0/16 lookup 8")

    found = rules.read_all()

    assert len(found) == len(all_rules(run))
    ours = {key: rule for key, rule in found.items() if key in normalise(document(*EVERY_KIND))["rules"]}
    assert not engine.apply("rules", to_document({"rules": ours}), paths=paths).changed
    (foreign,) = [rule["foreign"] for rule in found.values() if "foreign" in rule]
    assert foreign == ["attribute 11"]
    assert [len(key) for key, rule in found.items() if rule.get("table") == 8] == [len(next(iter(ours))) + 1]


def test_two_documents_with_one_rule_are_refused_or_share_it(run, paths):
    engine.apply("first", document(POD), paths=paths)
    with pytest.raises(
        RefusedError, match=r"rule 100 from 10.244.0.0/16 \(ipv4\): table is to be 7, but document first"
    ):
        engine.apply("second", document({**POD, "table": 7}), paths=paths)

    engine.apply("second", document(POD), paths=paths)
    engine.remove("first", paths=paths)
    assert "from 10.244.0.0/16 lookup 100" in run("ip rule show")
