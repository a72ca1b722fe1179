"""Own chains in real tables, of both backends and both families, among other people's rules."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import iptables
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError
from tests.kernel.echo import UdpEcho

pytestmark = pytest.mark.usefixtures("namespace")

FORWARD = ("ipv4", "filter", "PODNET-FORWARD")
POLICY = ("ipv4", "filter", "PODNET-POLICY")
NAT = ("ipv4", "nat", "PODNET-POSTROUTING")
FIRST = [{"chain": "FORWARD", "position": "first"}]
LAST = [{"chain": "FORWARD", "position": "last"}]
ACCEPT = {"rules": ["-s 10.244.0.0/16 -j ACCEPT"], "anchors": FIRST}


def tables(backend, family="ipv4"):
    return shell(f"{'iptables' if family == 'ipv4' else 'ip6tables'}-{backend}-save | grep -v '^#' || true")


def shell(command):
    return subprocess.run(["sh", "-ec", command], check=True, capture_output=True, text=True).stdout


def rules_of(backend, chain, table="filter"):
    return shell(f"iptables-{backend} -t {table} -S {chain}").splitlines()[1:]


def ensure(wanted):
    """What the engine does: read, spell, compare, apply. The number of changes."""
    present = iptables.read(wanted)
    target = iptables.canonical(wanted, present)
    changes = [
        Change("iptables", key, present.get(key), target[key]) for key in target if present.get(key) != target[key]
    ]
    assert iptables.apply(changes) == []
    assert iptables.read(wanted) == target
    return len(changes)


def delete(*keys):
    return iptables.apply([Change("iptables", key, {"rules": [], "anchors": []}, None) for key in keys])


def test_chains_appear_with_their_anchors_and_a_second_run_finds_them(backend):
    wanted = {
        FORWARD: ACCEPT,
        NAT: {
            "rules": ["! -d 10.244.0.1/16 -s 10.244.1.0/24 -j MASQUERADE --random-fully"],
            "anchors": [{"chain": "POSTROUTING", "position": "last"}],
        },
        ("ipv6", "filter", "PODNET-VXLAN"): {
            "rules": ['-p udp --dport 4789 -m comment --comment "peers only" -j DROP'],
            "anchors": [{"chain": "INPUT", "position": "first"}],
        },
    }
    assert ensure(wanted) == 3
    assert rules_of(backend, "FORWARD") == ["-A FORWARD -j PODNET-FORWARD"]
    assert rules_of(backend, "PODNET-POSTROUTING", "nat") == [
        "-A PODNET-POSTROUTING -s 10.244.1.0/24 ! -d 10.244.0.0/16 -j MASQUERADE --random-fully"
    ]
    assert '--comment "peers only"' in tables(backend, "ipv6")
    assert ensure(wanted) == 0


def test_nothing_exists_before_and_reading_creates_nothing(backend):
    assert iptables.read({FORWARD: ACCEPT}) == {}
    assert iptables.read({}) == {}
    assert tables(backend) == ""


def test_all_chains_of_all_tables_are_read_for_information(backend):
    shell(f"iptables-{backend} -N OTHERS; iptables-{backend} -P FORWARD DROP; iptables-{backend} -A OTHERS -j RETURN")
    ensure({FORWARD: ACCEPT, NAT: {"rules": [], "anchors": []}})
    shell(f"ip6tables-{backend} -N OTHERS6")
    before = tables(backend) + tables(backend, "ipv6")

    found = iptables.read_all()

    assert found[FORWARD] == ACCEPT
    assert found[NAT] == {"rules": [], "anchors": []}
    assert found["ipv4", "filter", "OTHERS"] == {"rules": ["-j RETURN"], "anchors": []}
    assert found["ipv4", "filter", "FORWARD"] == {"policy": "DROP", "rules": ["-j PODNET-FORWARD"]}
    assert found["ipv6", "filter", "OTHERS6"] == {"rules": [], "anchors": []}
    assert ("ipv6", "nat", "PREROUTING") not in found, "a table that does not exist"
    assert tables(backend) + tables(backend, "ipv6") == before


def test_spelling_out_rules_changes_nothing_on_the_host(backend):
    iptables.canonical({FORWARD: ACCEPT}, {})
    assert tables(backend) == ""


def test_deleting_leaves_exactly_what_was_there_before(backend):
    shell(
        f"iptables-{backend} -N PODNET-FORWARD-OF-OTHERS; iptables-{backend} -A FORWARD -j PODNET-FORWARD-OF-OTHERS;"
        f"iptables-{backend} -A FORWARD -s 192.0.2.0/24 -j DROP; iptables-{backend} -P FORWARD DROP"
    )
    before = tables(backend)
    ensure({FORWARD: ACCEPT, POLICY: {"rules": ["-j PODNET-FORWARD"], "anchors": LAST}})
    assert delete(FORWARD, POLICY) == []
    assert tables(backend) == before
    assert delete(FORWARD) == [], "a chain that is gone already is no failure"


def test_only_our_chain_changes_and_others_keep_their_rules_and_counters(backend):
    shell(
        f"iptables-{backend} -A FORWARD -s 192.0.2.0/24 -c 7 700 -j DROP; iptables-{backend} -t nat -A OUTPUT -j RETURN"
    )
    ensure({FORWARD: ACCEPT})
    ensure({FORWARD: {"rules": ["-d 10.244.0.0/16 -j ACCEPT"], "anchors": FIRST}})
    assert rules_of(backend, "FORWARD") == ["-A FORWARD -j PODNET-FORWARD", "-A FORWARD -s 192.0.2.0/24 -j DROP"]
    assert "[7:700] -A FORWARD -s 192.0.2.0/24" in shell(f"iptables-{backend}-save -c")
    assert rules_of(backend, "OUTPUT", "nat") == ["-A OUTPUT -j RETURN"]


def test_an_anchor_that_someone_got_ahead_of_is_put_first_again(backend):
    ensure({FORWARD: ACCEPT})
    shell(f"iptables-{backend} -I FORWARD -j DROP; iptables-{backend} -A FORWARD -j RETURN")
    assert iptables.read({FORWARD: ACCEPT})[FORWARD]["anchors"] == [{"chain": "FORWARD", "position": "displaced"}]
    assert ensure({FORWARD: ACCEPT}) == 1
    assert rules_of(backend, "FORWARD")[0] == "-A FORWARD -j PODNET-FORWARD"
    assert len(rules_of(backend, "FORWARD")) == 3


def test_a_lost_a_doubled_and_a_moved_anchor_become_one(backend):
    ensure({FORWARD: ACCEPT})
    shell(f"iptables-{backend} -D FORWARD -j PODNET-FORWARD")
    assert ensure({FORWARD: ACCEPT}) == 1
    shell(f"iptables-{backend} -A FORWARD -j PODNET-FORWARD")
    assert ensure({FORWARD: ACCEPT}) == 1
    shell(f"iptables-{backend} -A FORWARD -j RETURN")
    assert ensure({FORWARD: dict(ACCEPT, anchors=LAST)}) == 1
    assert rules_of(backend, "FORWARD") == ["-A FORWARD -j RETURN", "-A FORWARD -j PODNET-FORWARD"]
    assert ensure({FORWARD: dict(ACCEPT, anchors=[])}) == 1
    assert rules_of(backend, "FORWARD") == ["-A FORWARD -j RETURN"]


def test_moving_an_anchor_leaves_the_chain_and_its_counters_alone(backend):
    ensure({FORWARD: ACCEPT})
    shell(f"iptables-{backend} -R PODNET-FORWARD 1 -s 10.244.0.0/16 -c 7 700 -j ACCEPT")
    shell(f"iptables-{backend} -I FORWARD -j DROP")
    assert ensure({FORWARD: ACCEPT}) == 1
    assert "[7:700] -A PODNET-FORWARD" in shell(f"iptables-{backend}-save -c")


def test_chains_of_two_documents_can_both_be_first(backend):
    ensure({FORWARD: ACCEPT})
    ensure({POLICY: {"rules": ["-j RETURN"], "anchors": FIRST}})
    assert ensure({FORWARD: ACCEPT}) == 0
    assert ensure({POLICY: {"rules": ["-j RETURN"], "anchors": FIRST}}) == 0


def test_two_own_chains_can_both_be_first(backend):
    wanted = {FORWARD: ACCEPT, POLICY: {"rules": ["-j RETURN"], "anchors": FIRST}}
    shell(f"iptables-{backend} -A FORWARD -j DROP")
    assert ensure(wanted) == 2
    assert ensure(wanted) == 0
    assert rules_of(backend, "FORWARD")[:2] == ["-A FORWARD -j PODNET-FORWARD", "-A FORWARD -j PODNET-POLICY"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("position", ["first", "last"])
def test_own_chains_at_one_end_stand_by_priority_and_name_in_whatever_order_they_come(backend, order, position):
    shell(f"iptables-{backend} -A FORWARD -s 192.0.2.0/24 -j DROP")
    chains = [
        {
            ("ipv4", "filter", name): {"rules": ["-j RETURN"], "anchors": [{**end, **priority}]}
            for name, priority, end in [(name, priority, {"chain": "FORWARD", "position": position})]
        }
        for name, priority in [("PODNET-Z-POLICY", {"priority": -10}), ("PODNET-A", {}), ("PODNET-B", {})]
    ]
    for number in order:
        assert ensure(chains[number]) == 1
    own = [rule.split()[-1] for rule in rules_of(backend, "FORWARD") if "PODNET" in rule]

    assert own == ["PODNET-Z-POLICY", "PODNET-A", "PODNET-B"]
    assert "DROP" in rules_of(backend, "FORWARD")[-1 if position == "first" else 0]
    assert [ensure(chain) for chain in chains] == [0, 0, 0]
    shell(f"iptables-{backend} -D FORWARD -j PODNET-A; iptables-{backend} -I FORWARD 2 -j PODNET-A")
    shell(f"iptables-{backend} -A FORWARD -s 192.0.2.9; iptables-{backend} -I FORWARD -s 192.0.2.8")
    before = [rule for rule in rules_of(backend, "FORWARD") if "PODNET" not in rule]
    for _run in range(2):
        changed = [ensure(chain) for chain in chains]
    assert changed == [0, 0, 0]
    assert [rule for rule in rules_of(backend, "FORWARD") if "PODNET" not in rule] == before
    assert delete(*[key for chain in chains for key in chain]) == []
    assert rules_of(backend, "FORWARD") == before


def test_another_priority_moves_the_anchor(backend):
    ensure({FORWARD: ACCEPT, POLICY: {"rules": [], "anchors": FIRST}})
    assert ensure({POLICY: {"rules": [], "anchors": [{**FIRST[0], "priority": -5}]}}) == 1
    assert rules_of(backend, "FORWARD") == [
        '-A FORWARD -m comment --comment "podnet: priority -5" -j PODNET-POLICY',
        "-A FORWARD -j PODNET-FORWARD",
    ]


def test_one_bad_rule_is_named_with_iptables_own_words_before_anything_changes(backend):
    good = [f"-s 10.244.{number}.0/24 -j ACCEPT" for number in range(50)]
    wanted = {FORWARD: dict(ACCEPT, rules=good[:31] + ["-p tcp --dport 99999 -j ACCEPT"] + good[31:]), POLICY: ACCEPT}
    with pytest.raises(DocumentError) as refused:
        iptables.canonical(wanted, {})
    (problem,) = refused.value.problems
    assert problem.path == "iptables[ipv4 filter PODNET-FORWARD].rules[31]"
    assert problem.value == "-p tcp --dport 99999 -j ACCEPT"
    assert "is refused by iptables: invalid port/service `99999' specified" in str(problem)
    assert tables(backend) == ""


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ("filter", "-j MASQUERADE"),
        ("filter", "-j CHAIN-OF-SOMEONE-ELSE"),
        ("filter", "-m set --match-set podnet-vxlan-v4 nowhere -j ACCEPT"),
        ("nat", "-j PODNET-POSTROUTING --no-such-option"),
        ("filter", "-s 2001:db8::/64 -j ACCEPT"),
    ],
)
def test_what_the_kernel_would_refuse_is_refused_before(backend, table, rule):
    with pytest.raises(DocumentError, match="is refused by iptables: "):
        iptables.canonical({("ipv4", table, "PODNET-X"): {"rules": ["-j RETURN", rule], "anchors": []}}, {})


def test_rules_may_name_sets_and_own_chains_that_are_yet_to_come(backend):
    rules = ["-m set --match-set podnet-vxlan-v4 src -j PODNET-LATER"]
    assert iptables.canonical({FORWARD: {"rules": rules, "anchors": []}}, {})[FORWARD]["rules"] == rules


def test_rules_that_name_sets_stay_as_they_are_where_no_set_can_be_made(backend, monkeypatch):
    rules = ["-p udp --dport 4789 -m set --match-set podnet-vxlan-v4 src -j ACCEPT"]
    monkeypatch.setattr(iptables, "which", lambda _name: None)
    wanted = {FORWARD: {"rules": rules, "anchors": FIRST}, NAT: {"rules": ["--jump RETURN"], "anchors": []}}
    assert {key: each["rules"] for key, each in iptables.canonical(wanted, {}).items()} == {
        FORWARD: rules,
        NAT: ["-j RETURN"],
    }


def test_a_chain_that_someone_elses_rule_jumps_to_stays_and_the_rule_is_named(backend):
    ensure({FORWARD: ACCEPT, POLICY: {"rules": [], "anchors": []}})
    shell(f"iptables-{backend} -A OUTPUT -o eth9 -j PODNET-POLICY")
    before = tables(backend)
    failures = {failure.change.key: failure.message for failure in delete(FORWARD, POLICY)}
    assert "-A OUTPUT -o eth9 -j PODNET-POLICY" in failures[POLICY]
    assert "not done, for chain PODNET-POLICY in the same commit was refused" in failures[FORWARD]
    assert tables(backend) == before


def test_a_commit_is_done_whole_or_not_at_all(backend):
    ensure({FORWARD: ACCEPT})
    before = tables(backend)
    failures = iptables.apply(
        [
            Change("iptables", POLICY, None, {"rules": ["-j RETURN"], "anchors": FIRST}),
            Change("iptables", FORWARD, ACCEPT, {"rules": ["-p tcp --dport 99999 -j DROP"], "anchors": FIRST}),
        ]
    )
    said = {failure.change.key: failure.message for failure in failures}
    assert said[FORWARD] == "invalid port/service `99999' specified"
    assert said[POLICY].startswith("not done, for chain PODNET-FORWARD in the same commit was refused: invalid port")
    assert tables(backend) == before


def test_packets_never_meet_an_empty_chain_while_it_is_replaced(backend):
    """Not one datagram on loopback is lost, though what accepts them is rewritten all the time ahead of a DROP."""
    chain = ("ipv4", "filter", "PODNET-VXLAN")
    anchors = [{"chain": "INPUT", "position": "first"}]
    accept = "-i lo -p udp -j ACCEPT"
    shell(f"iptables-{backend} -P INPUT DROP")
    ensure({chain: {"rules": [accept], "anchors": anchors}})
    with UdpEcho() as echo:
        for number in range(20):
            ensure({chain: {"rules": [f"-s 192.0.2.{number}/32 -j DROP", accept], "anchors": anchors}})
    assert echo.sent > 20
    assert echo.lost == 0


def test_a_displaced_anchor_that_is_to_come_back_may_stand_anywhere(backend):
    shell(f"iptables-{backend} -A FORWARD -s 192.0.2.1; iptables-{backend} -N PODNET-FORWARD")
    shell(f"iptables-{backend} -A FORWARD -j PODNET-FORWARD; iptables-{backend} -A FORWARD -s 192.0.2.2")
    before = iptables.read({FORWARD: ACCEPT})
    ensure({FORWARD: ACCEPT})

    ensure(before)

    assert rules_of(backend, "FORWARD").count("-A FORWARD -j PODNET-FORWARD") == 1


def test_other_peoples_comments_may_have_any_encoding(backend):
    rule = ["-A", "INPUT", "-m", "comment", "--comment", b"caf\xe9", "-j", "ACCEPT"]
    subprocess.run([f"iptables-{backend}", *rule], check=True)

    assert ensure({FORWARD: ACCEPT}) == 1
    assert ensure({FORWARD: ACCEPT}) == 0
