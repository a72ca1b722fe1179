"""From tables to the document: chains, sets, marks, and what is refused."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.policy import class_chains, marks
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.chains import EGRESS, INGRESS
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings, document, without_ipv6
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import (
    HASH_IP,
    HASH_IP_PORT,
    HASH_NET,
    AddressSet,
    Allow,
    Class,
    Table,
)
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise

CLIENTS = AddressSet("podnet-00000000000000c1", HASH_IP, ("10.244.1.5",))
NAMED = AddressSet("podnet-00000000000000d1", HASH_IP_PORT, ("10.244.1.5,tcp:8443",))
BLOCK = AddressSet("podnet-00000000000000b1", HASH_NET, ("10.0.0.0/8", "10.1.0.0/16 nomatch"))
SETS = {each.name: each for each in (CLIENTS, NAMED, BLOCK)}
WEB = Allow("TCP", ((80, 80),), CLIENTS.name, ("default/web",))
SERVER, DATABASE = "10.244.0.2", "10.244.0.3"


def table(ingress=(), egress=(), free=(), family=4, sets=None):
    subnet = {4: "10.244.0.0/24", 6: "fd00:10:244::/64"}[family]
    return Table(family, (subnet,), free, tuple(ingress), tuple(egress), SETS if sets is None else sets)


def chains(made, family="ipv4"):
    return {each["chain"]: each["rules"] for each in made["iptables"] if each["family"] == family}


def sets(made):
    return {each["name"]: each for each in made["ipsets"]}


def starting(names, prefix):
    (name,) = [each for each in names if each.startswith(prefix)]
    return name


def test_all_of_a_small_table():
    made = document([table([Class((SERVER,), (WEB,))], [Class((SERVER,), None)], ("10.244.0.9",))], Settings())
    normalise(made)
    found, held = chains(made), sets(made)
    free, to, source = (starting(held, f"podnet-{what}-v4-") for what in ("free", "to", "from"))
    own = starting(found, "PODNET-I-")
    assert found["PODNET-POLICY"] == [
        "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
        "-d 224.0.0.0/4 -i cni0 -j DROP",
        "-d 255.255.255.255/32 -i cni0 -j DROP",
        "-d 10.244.0.0/32 -i cni0 -j DROP",
        "-d 10.244.0.255/32 -i cni0 -j DROP",
        "! -s 10.244.0.0/24 -i cni0 -j DROP",
        f"-s 10.244.0.0/24 -m set ! --match-set {free} src -j PODNET-EGRESS",
        f"-d 10.244.0.0/24 -m set ! --match-set {free} dst -j PODNET-INGRESS",
        "-m mark ! --mark 0x0/0xfff0000 -j MARK --set-xmark 0x0/0xfff0000",
    ]
    assert found["PODNET-INGRESS"][1:] == [
        "-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate INVALID,NEW -j DROP",
        "-p sctp -m sctp ! --chunk-types only INIT -m conntrack --ctstate INVALID,NEW -j DROP",
        "-j MARK --set-xmark 0x0/0xfff0000",
        f"-j SET --map-set {to} dst --map-mark",
        "-m mark --mark 0x0/0xfff0000 -m set --match-set podnet-probes-v4 dst -j RETURN",
        '-m mark --mark 0x0/0xfff0000 -m comment --comment "not seen by policy" -j DROP',
        f"-m mark --mark 0x10000/0xfff0000 -g {own}",
    ]
    assert found["PODNET-EGRESS"][-1] == "-m mark --mark 0x10000/0xfff0000 -j RETURN"
    assert found[own] == [
        f'-p tcp -m tcp --dport 80 -m set --match-set {CLIENTS.name} src -m comment --comment "default/web" -j RETURN',
        "-j DROP",
    ]
    assert held[free]["entries"] == ["10.244.0.9"]
    assert held[to]["entries"] == held[source]["entries"] == ["10.244.0.2 skbmark 0x10000/0xfff0000"]
    assert held[CLIENTS.name]["entries"] == ["10.244.1.5"]
    assert held["podnet-probes-v4"]["timeout"]
    assert BLOCK.name not in held
    assert made["sysctls"] == [{"name": "net.bridge.bridge-nf-call-iptables", "value": "1"}]
    (anchored,) = [each for each in made["iptables"] if "anchors" in each]
    assert (anchored["chain"], anchored["table"]) == ("PODNET-POLICY", "mangle")


def test_pods_that_policy_has_not_seen_may_be_let_through():
    found = chains(document([table()], Settings(unseen="allow")))
    assert (
        found["PODNET-INGRESS"][-1]
        == '-m mark --mark 0x0/0xfff0000 -m comment --comment "not seen by policy" -j RETURN'
    )


def test_families_have_sets_of_their_own():
    made = document([table(family=6), table()], Settings())
    assert {each["family"] for each in made["iptables"]} == {"ipv4", "ipv6"}
    assert len(sets(made)) == len(made["ipsets"]) == 8
    assert {each["family"] for each in made["ipsets"] if "-v6" in each["name"]} == {"inet6"}


def test_a_family_without_pod_subnets_is_closed_but_for_neighbors():
    made = document([table(), Table(6, (), (), (), (), {})], Settings())
    normalise(made)
    allowed = ["-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"]
    allowed += [f"-p ipv6-icmp -m icmp6 --icmpv6-type {kind} -j RETURN" for kind in (135, 136, 131, 132, 143)]
    assert chains(made, "ipv6") == {"PODNET-POLICY": [*allowed, "-i cni0 -j DROP"]}
    assert {each["family"] for each in made["ipsets"]} == {"inet"}
    assert {"name": "net.bridge.bridge-nf-call-ip6tables", "value": "1"} in made["sysctls"]


def test_of_a_kernel_without_ipv6_nothing_is_wanted_that_it_lacks():
    dual = document([table(), table(family=6)], Settings())
    assert without_ipv6(dual) == document([table()], Settings())


@pytest.mark.parametrize(
    ("subnet", "closed"),
    [("10.244.0.64/26", ["10.244.0.64", "10.244.0.127"]), ("10.244.0.4/30", ["10.244.0.4", "10.244.0.7"])]
    + [(each, []) for each in ("10.244.0.4/31", "10.244.0.4/32", "fd00:10:244::/64")],
)
def test_what_a_subnets_pods_all_take_for_theirs_is_closed(subnet, closed):
    family = 6 if ":" in subnet else 4
    made = document([table(family=family)._replace(subnets=(subnet,))], Settings())
    rules = chains(made, f"ipv{family}")["PODNET-POLICY"]
    assert [each for each in rules if each.startswith("-d 10.") and "-j DROP" in each] == [
        f"-d {each}/32 -i cni0 -j DROP" for each in closed
    ]


def test_ipv6_lets_neighbors_be_found_before_all_else():
    rules = chains(document([table(family=6)], Settings()), "ipv6")["PODNET-POLICY"]
    assert rules[1:3] == [f"-p ipv6-icmp -m icmp6 --icmpv6-type {kind} -j RETURN" for kind in (135, 136)]


def test_who_is_in_a_class_changes_a_set_and_the_rule_that_speaks_of_it_and_no_class():
    one, two = (
        document([table([Class(pods, (WEB,))], [Class(pods, None)])], Settings())
        for pods in ((SERVER,), (SERVER, DATABASE))
    )
    assert {name for name, rules in chains(one).items() if chains(two)[name] != rules} == {
        "PODNET-EGRESS",
        "PODNET-INGRESS",
    }


def test_the_order_of_classes_and_of_their_pods_says_nothing():
    classes = [Class((SERVER, DATABASE), (WEB,)), Class(("10.244.0.4",), ())]
    turned = [classes[1], Class((DATABASE, SERVER), (WEB,))]
    one, two = (document([table(each)], Settings()) for each in (classes, turned))
    assert normalise(one) == normalise(two)


def test_classes_that_say_the_same_are_one():
    made = document([table([Class((SERVER,), (WEB,)), Class((DATABASE,), (WEB,))])], Settings())
    (to,) = [each for name, each in sets(made).items() if name.startswith("podnet-to-")]
    assert [each.partition(" ")[2] for each in to["entries"]] == ["skbmark 0x10000/0xfff0000"] * 2


def allowing(allow, direction=INGRESS):
    return class_chains.rules(direction, [allow], SETS)[:-1]


def test_what_an_allow_leaves_out_is_left_out_of_its_rule():
    assert allowing(Allow(None, (), None, ())) == ["-j RETURN"]
    assert allowing(Allow("SCTP", (), None, ())) == ["-p sctp -j RETURN"]
    assert allowing(Allow("UDP", ((53, 60),), None, ())) == ["-p udp -m udp --dport 53:60 -j RETURN"]


def test_peers_are_at_the_other_end():
    peers = Allow(None, (), CLIENTS.name, ())
    assert allowing(peers) == [f"-m set --match-set {CLIENTS.name} src -j RETURN"]
    assert allowing(peers, EGRESS) == [f"-m set --match-set {CLIENTS.name} dst -j RETURN"]
    named = Allow("TCP", (), NAMED.name, ())
    assert allowing(named, EGRESS) == [f"-p tcp -m set --match-set {NAMED.name} dst,dst -j RETURN"]


def test_many_ports_take_several_rules_of_fifteen_slots():
    ports = tuple((1000 + 10 * number, 1000 + 10 * number + number % 2) for number in range(20))
    rules = allowing(Allow("TCP", ports, None, ()))
    spoken = [rule.split("--dports ")[1].split(" ")[0].split(",") for rule in rules]
    assert [sum(1 + (":" in each) for each in part) for part in spoken] == [15, 15]
    assert [each for part in spoken for each in part] == [
        f"{first}:{last}" if last > first else str(first) for first, last in ports
    ]


def test_a_comment_has_as_many_policies_as_there_is_room_for():
    titles = tuple(f"namespace-{number:02}/policy" for number in range(40))
    (rule,) = allowing(Allow("TCP", (), None, titles))
    comment = rule.split('"')[1]
    named = comment.count("/")
    assert len(comment) <= 255
    assert comment.endswith(f" and {40 - named} more")
    (rule,) = allowing(Allow("TCP", (), None, ("n" * 63 + "/" + "p" * 253,)))
    assert len(rule.split('"')[1]) == 255


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 63, 64, 65, 250, 511, 512, 600])
def test_every_class_is_found_by_its_mark_in_few_steps(count):
    mask = marks.mask(0x0FFF0000)
    targets = [f"-g PODNET-I-{number}" for number in range(1, count + 1)]
    rules, branches = marks.tree(mask, targets, "PODNET-I-")
    for number, target in enumerate(targets, 1):
        found, steps = target_of(rules, branches, number << 16 | 0x4000)
        assert found == target
        assert steps <= 8 * len(oct(count)[2:])
    assert all(len(each) <= 8 for each in [rules, *branches.values()])


def target_of(rules, branches, mark):
    """Where a packet with this mark goes, and after how many rules."""
    steps = 0
    while True:
        for rule in rules:
            steps += 1
            _m, _mark, _option, wanted, *target = rule.split()
            value, bits = (int(each, 16) for each in wanted.split("/"))
            if mark & bits == value:
                break
        else:
            return None, steps
        if target[1] not in branches:
            return " ".join(target), steps
        rules = branches[target[1]]


@pytest.mark.parametrize("bits", [0, 0x0F0F0000, 0x1_0000_0000, -1, 0x5])
def test_a_mask_lies_side_by_side(bits):
    with pytest.raises(ValueError, match="policy_mark_mask"):
        document([table()], Settings(mark_mask=bits))


@pytest.mark.parametrize(
    ("bits", "owner"),
    [(0x4000, "kube-proxy"), (0xFF8000, "kube-proxy"), (0xFFFFFFFF, "kube-proxy"), (0x3000, "portmap")],
)
def test_bits_of_others_are_refused_with_their_owner(bits, owner):
    with pytest.raises(ValueError, match=rf"policy_mark_mask: {bits:#x} has bits of .*{owner}.* leave these out"):
        document([table()], Settings(mark_mask=bits))


@pytest.mark.parametrize("bits", [0x0FFF0000, 0x1FFF, 0xFFFF0000])
def test_bits_of_nobody_are_taken(bits):
    assert document([table()], Settings(mark_mask=bits))


def different(count):
    """So many classes of one pod each, on different ports."""
    return [
        Class((f"10.244.0.{number}",), (Allow("TCP", ((number, number),), None, ()),)) for number in range(2, count + 2)
    ]


def test_more_classes_than_numbers_are_refused_by_the_variables_name():
    classes = different(4)
    document([table(classes[:3])], Settings(mark_mask=0x3))
    with pytest.raises(ValueError, match=r"policy_mark_mask: 0x3 has numbers for 3 classes .* this node has 4"):
        document([table(classes)], Settings(mark_mask=0x3))


def test_only_two_things_can_be_said_of_unseen_pods():
    with pytest.raises(ValueError, match="policy_unseen_pods: 'maybe'"):
        document([table()], Settings(unseen="maybe"))


def test_names_fit_the_kernel():
    classes = [
        Class((f"10.244.0.{number}",), (Allow("TCP", ((number, number),), None, ()),)) for number in range(2, 250)
    ]
    made = document([table(classes, classes)], Settings())
    normalise(made)  # refuses names that are too long
    names = [each["name"] for each in made["ipsets"]]
    assert all(one != other for one, other in pairwise(sorted(names)))
