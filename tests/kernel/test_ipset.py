"""Sets in a real kernel."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import ipset
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.difference import difference
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from ansible_collections.podnet.baremetal.plugins.module_utils.state.errors import DocumentError
from tests.kernel.echo import UdpEcho

pytestmark = pytest.mark.usefixtures("namespace")

PEERS = ("podnet-vxlan-v4",)


def hosts(*entries, type="hash:ip", family="inet"):
    return {"type": type, "family": family, "entries": list(entries)}


def many(count):
    return [f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in range(count)]


def ensure(wanted):
    """What the engine does: check, read, spell, compare, apply. The number of changes."""
    sets = [{"name": name, **attributes} for (name,), attributes in wanted.items()]
    document = normalise({"version": 1, "ipsets": sets})["ipsets"]
    present = ipset.read(document)
    target = {"ipsets": ipset.canonical(document, present)}
    changes = difference(target, {"ipsets": present}, {}).changes
    assert ipset.apply(changes) == []
    assert difference(target, {"ipsets": ipset.read(document)}, {}).changes == []
    return len(changes)


def failures(*changes):
    return {failure.change.key[0]: failure.message for failure in ipset.apply(changes)}


@pytest.mark.parametrize(
    ("kind", "family", "entries", "listed"),
    [
        ("hash:ip", "inet", ["198.51.100.2", "198.51.100.1"], ["198.51.100.1", "198.51.100.2"]),
        ("hash:ip", "inet6", ["2001:DB8::0:1"], ["2001:db8::1"]),
        ("hash:net", "inet", ["10.0.0.0/8", "10.1.0.0/16 nomatch"], ["10.0.0.0/8", "10.1.0.0/16 nomatch"]),
        ("hash:net", "inet", ["10.0.0.4-10.0.0.7", "10.0.0.4/30"], ["10.0.0.4/30"]),
        ("hash:ip,port", "inet", ["10.0.0.1,80", "10.0.0.1,udp:53"], ["10.0.0.1,tcp:80", "10.0.0.1,udp:53"]),
        ("hash:net", "inet", [], []),
    ],
)
def test_entries_are_listed_in_the_kernels_spelling_and_found_again(kind, family, entries, listed):
    wanted = {PEERS: hosts(*entries, type=kind, family=family)}
    assert ensure(wanted) == 1
    assert ipset.read(wanted)[PEERS]["entries"] == listed
    assert ensure(wanted) == 0


def test_only_sets_that_are_asked_for_are_read_changed_or_destroyed(run):
    run("ipset create podnet-vxlan-v4-of-others hash:ip; ipset add podnet-vxlan-v4-of-others 192.0.2.1")
    before = run("ipset save")
    ensure({PEERS: hosts("198.51.100.1")})
    assert ipset.read({("nothing",): hosts()}) == {}
    assert failures(Change("ipsets", PEERS, hosts("198.51.100.1"), None)) == {}
    assert run("ipset save") == before


def test_all_sets_are_read_for_information(run):
    run("ipset create others hash:net; ipset add others 192.0.2.0/24")
    ensure({PEERS: hosts("198.51.100.1")})
    assert ipset.read_all() == {PEERS: hosts("198.51.100.1"), ("others",): hosts("192.0.2.0/24", type="hash:net")}


@pytest.mark.parametrize("count", [3, ipset.FEW, 3 * ipset.FEW, 70_000])
def test_few_and_many_differing_entries_end_in_the_same(count, run):
    ensure({PEERS: hosts(*many(count))})
    run("iptables -A INPUT -m set --match-set podnet-vxlan-v4 src -j ACCEPT")  # in use from now on
    assert ensure({PEERS: hosts(*many(count)[count // 2 :], "192.0.2.1")}) == 1
    assert ensure({PEERS: hosts()}) == 1
    assert run("ipset list -n") == "podnet-vxlan-v4\n"


def test_an_entry_whose_options_change(run):
    ensure({PEERS: hosts("10.0.0.0/8", type="hash:net")})
    assert ensure({PEERS: hosts("10.0.0.0/8 nomatch", type="hash:net")}) == 1


def test_another_type_makes_the_set_anew():
    ensure({PEERS: hosts("198.51.100.1")})
    assert ensure({PEERS: hosts("198.51.100.0/24", type="hash:net")}) == 1
    assert ensure({PEERS: hosts("2001:db8::/64", type="hash:net", family="inet6")}) == 1


def test_another_type_is_refused_before_anything_changes_while_a_rule_uses_the_set(run):
    ensure({PEERS: hosts("198.51.100.1")})
    run("iptables -A INPUT -m set --match-set podnet-vxlan-v4 src -j ACCEPT")
    with pytest.raises(DocumentError, match=r"ipsets\[podnet-vxlan-v4\].type: 'hash:net \(inet\)' .* that 1 rules or"):
        ensure({PEERS: hosts("198.51.100.0/24", type="hash:net")})
    assert ensure({PEERS: hosts("198.51.100.1")}) == 0


@pytest.mark.parametrize(
    ("kind", "options", "entries"),
    [
        ("hash:ip", {"maxelem": 10}, ["10.0.0.1"]),
        ("hash:ip", {"hashsize": 4096}, ["10.0.0.1"]),
        ("hash:ip", {"netmask": 24}, ["10.0.0.0"]),
        ("hash:ip", {"timeout": 300}, ["10.0.0.1"]),
        ("hash:net", {"timeout": 0, "counters": True}, ["10.0.0.0/8", "10.1.0.0/16 nomatch"]),
        (
            "hash:net",
            {"comment": True, "skbinfo": True},
            ['10.0.0.0/8 comment "two  words" skbmark 0x10 skbprio 1:10 skbqueue 3'],
        ),
        ("hash:ip", {"bucketsize": 4}, ["10.0.0.1"]),
        ("hash:net,iface", {"maxelem": 10}, ["10.0.0.0/8,Eth0", "10.0.0.0/8,podnet wildcard"]),
        ("bitmap:ip", {"range": "10.0.0.0-10.0.0.255", "netmask": 28}, ["10.0.0.16"]),
        ("bitmap:port", {"range": "1-100", "counters": True}, ["80"]),
        ("list:set", {"size": 16}, []),
    ],
)
def test_options_are_compared_and_changed_while_a_rule_uses_the_set(kind, options, entries, run):
    first = {"type": kind, **{name: options[name] for name in options if name in ("range", "netmask")}}
    ensure({PEERS: first})
    run("iptables -A INPUT -m set --match-set podnet-vxlan-v4 src -j ACCEPT")
    wanted = {PEERS: {"type": kind, "entries": entries, **options}}

    assert ensure(wanted) == 1
    assert ensure(wanted) == 0

    found = ipset.read({PEERS: {}})[PEERS]
    assert found["entries"] == sorted(entries)
    assert "hashsize" in options or {name: found[name] for name in options} == options
    assert run("ipset list -n") == "podnet-vxlan-v4\n"


def test_options_that_are_not_declared_stay_when_entries_change(run):
    run("ipset create podnet-vxlan-v4 hash:net counters comment maxelem 500; ipset add podnet-vxlan-v4 10.9.0.0/16")
    ensure({PEERS: hosts("10.0.0.0/8", "10.1.0.0/16 nomatch", type="hash:net")})
    assert ipset.read({PEERS: {}}) == {
        PEERS: {
            **hosts("10.0.0.0/8", "10.1.0.0/16 nomatch", type="hash:net"),
            "counters": True,
            "comment": True,
            "maxelem": 500,
        }
    }


def test_entries_that_pass_are_left_to_the_rules_that_add_them(run):
    wanted = {PEERS: dict(hosts("10.0.0.1"), timeout=300)}
    ensure(wanted)
    run("ipset add podnet-vxlan-v4 192.0.2.1 timeout 100")
    assert ensure(wanted) == 0
    assert ensure({PEERS: dict(hosts(*many(2 * ipset.FEW)), timeout=300)}) == 1
    assert "192.0.2.1 timeout" in run("ipset list podnet-vxlan-v4")
    with pytest.raises(DocumentError, match="an entry that is declared is there to stay"):
        ensure({PEERS: dict(hosts("10.0.0.1 timeout 60"), timeout=300)})


def test_a_set_of_sets_comes_after_its_members_and_goes_before_them(run):
    both = {("podnet-all",): {"type": "list:set", "entries": ["podnet-vxlan-v4"]}, PEERS: hosts("10.0.0.1")}
    assert ensure(both) == 2
    assert ensure(both) == 0
    gone = [Change("ipsets", key, found, None) for key, found in sorted(ipset.read(both).items(), reverse=True)]
    assert failures(*gone) == {}
    assert run("ipset list -n") == ""


def test_more_entries_than_declared_room_are_refused():
    with pytest.raises(DocumentError, match="there are 3 entries, more than maxelem 2"):
        ensure({PEERS: dict(hosts(*many(3)), maxelem=2)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["127.0.0.0/8"], ["127.0.0.0/9", "127.128.0.0/9"]),
        (["127.0.0.0/8"], ["127.0.0.0/8", "127.0.0.0/16 nomatch", "127.0.0.1"]),
        (["127.0.0.0/8", "127.0.0.0/16 nomatch", "127.0.0.0/24"], ["127.0.0.0/16", "127.0.0.0/8 nomatch"]),
    ],
)
def test_packets_never_meet_less_than_the_old_or_the_new_set(one, other, run):
    ensure({PEERS: hosts(*one, type="hash:net")})
    run("iptables -A INPUT -m set --match-set podnet-vxlan-v4 src -p udp -j ACCEPT; iptables -P INPUT DROP")
    with UdpEcho() as echo:
        for _round in range(15):
            ensure({PEERS: hosts(*other, type="hash:net")})
            ensure({PEERS: hosts(*one, type="hash:net")})
    assert echo.sent > 20
    assert echo.lost == 0


@pytest.mark.parametrize(
    ("other", "swapped"),
    [
        (["127.0.0.0/8", "11.0.0.0/8"], False),
        (["127.0.0.0/8", "10.0.0.0/9"], False),
        (["10.0.0.0/9", "10.128.0.0/9"], True),  # no /8 is left
    ],
)
def test_a_prefix_length_goes_by_a_swap_for_packets_on_their_way_would_miss_another(other, swapped, monkeypatch):
    """Seen: an echo over loopback, 293 of 351,207 packets lost while a /8 and two /9 took turns entry by entry."""
    ensure({PEERS: hosts("127.0.0.0/8", "10.0.0.0/8", type="hash:net")})
    given, run = [], ipset.run
    monkeypatch.setattr(ipset, "run", lambda command, lines="": given.append(lines) or run(command, lines))
    ensure({PEERS: hosts(*other, type="hash:net")})
    assert ("swap" in "".join(given)) is swapped


def test_a_set_grows_by_few_entries_beyond_what_it_was_made_for():
    ensure({PEERS: hosts(*many(65_530))})
    assert ensure({PEERS: hosts(*many(65_550))}) == 1


def test_entries_of_another_family_are_refused_though_the_present_set_holds_them():
    ensure({PEERS: hosts("198.51.100.1")})
    with pytest.raises(DocumentError, match=r"'198\.51\.100\.1' is refused by ipset"):
        ensure({PEERS: hosts("198.51.100.1", family="inet6")})


def test_a_set_that_cannot_be_made_anew_is_as_it_was():
    before = hosts("198.51.100.1", "198.51.100.2")
    ensure({PEERS: before})
    said = failures(
        Change("ipsets", ("good",), None, hosts("192.0.2.1")),
        Change("ipsets", PEERS, before, hosts("198.51.100.0/24", "nonsense", type="hash:net")),
    )
    assert list(said) == ["podnet-vxlan-v4"]
    assert ipset.read({PEERS: before, ("good",): before}) == {PEERS: before, ("good",): hosts("192.0.2.1")}


def test_a_set_in_use_cannot_be_made_anew_or_destroyed_and_stays_whole(run):
    before = hosts("198.51.100.1")
    ensure({PEERS: before})
    run("iptables -A INPUT -m set --match-set podnet-vxlan-v4 src -j ACCEPT")
    said = failures(
        Change("ipsets", PEERS, before, hosts(type="hash:net")),
        Change("ipsets", ("other",), None, hosts("192.0.2.1")),
    )
    assert list(said) == ["podnet-vxlan-v4"]
    assert "in use by a kernel component" in said["podnet-vxlan-v4"]
    assert "in use" in failures(Change("ipsets", PEERS, before, None))["podnet-vxlan-v4"]
    assert ipset.read({PEERS: before, ("other",): before}) == {PEERS: before, ("other",): hosts("192.0.2.1")}


@pytest.mark.parametrize("count", [1, 2 * ipset.FEW])
def test_what_was_done_of_a_set_that_fails_is_taken_back(count, run):
    before = hosts("198.51.100.1", "198.51.100.2")
    ensure({PEERS: before})
    said = failures(
        Change("ipsets", ("new",), None, hosts(*many(count), "nonsense")),
        Change("ipsets", PEERS, before, hosts(*many(count), "nonsense")),
        Change("ipsets", ("good",), None, hosts("192.0.2.1")),
    )
    assert sorted(said) == ["new", "podnet-vxlan-v4"]
    assert "nonsense" in said["new"]
    assert ipset.read({PEERS: before, ("new",): before}) == {PEERS: before}
    assert run("ipset list -n | sort").split() == ["good", "podnet-vxlan-v4"]


def test_a_set_of_others_that_appears_in_between_is_not_destroyed(run):
    run("ipset create podnet-vxlan-v4 hash:net; ipset add podnet-vxlan-v4 192.0.2.0/24")
    said = failures(Change("ipsets", PEERS, None, hosts("198.51.100.1")))
    assert "already exists" in said["podnet-vxlan-v4"]
    assert "192.0.2.0/24" in run("ipset save podnet-vxlan-v4")


def test_bad_entries_and_types_are_named_before_anything_changes(run):
    with pytest.raises(DocumentError, match=r"ipsets\[b\]: '10\.0\.0\.256' is refused by ipset: Syntax error"):
        ipset.canonical({("a",): hosts("10.0.0.1"), ("b",): hosts("10.0.0.2", "10.0.0.256")}, {})
    with pytest.raises(DocumentError, match=r"ipsets\[a\]: 'hash:nonsense' is refused by ipset"):
        ipset.canonical({("a",): hosts(type="hash:nonsense")}, {})
    assert run("ipset list -n") == ""


def test_a_set_left_by_a_crash_in_the_midst_of_a_swap_is_cleared_away(run):
    run("ipset create podnet-swap hash:ip")
    ensure({PEERS: hosts(*many(200))})
    assert ensure({PEERS: hosts(*many(400))}) == 1
    assert run("ipset list -n") == "podnet-vxlan-v4\n"
