"""Our configuration instead of the package's default, or beside what others have told FRR."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr import plan
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.ledger import Ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.plan import Files, Plan, Wish
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.secrets import Secrets
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.service import State

DEFAULT = "# the package's words\nlog syslog informational\n"
DAEMONS = 'bgpd=no\nospfd=no\nzebra_options="  -A 127.0.0.1"\n'
OSPF = "log syslog informational\n!\nrouter ospf\n network 192.0.2.0/24 area 0\nexit\n"
CONTENT = """\
log syslog informational
!
router bgp 64512
 bgp router-id 192.0.2.1
 neighbor g peer-group
 neighbor g password @password@
 address-family ipv4 unicast
  neighbor g activate
 exit-address-family
exit
"""
SECRETS = Secrets({"@password@": "hunter2"})


def bring(found: Files, old: Ledger | None = None, join: bool = False, content: str = CONTENT) -> Plan:
    wish = Wish(content, ["bgpd"], join, keep_routes=True)
    return plan.present(wish, SECRETS, found, old, {"ip"}, State(active=True, enabled=True))


def take_away(found: Files, old: Ledger | None) -> Files:
    assert old is not None
    return plan.absent(found, old).after


@pytest.mark.parametrize("default", [DEFAULT, "", "frr version 8.4.4\nhostname x\nno ip forwarding\n"])
def test_a_default_is_replaced_and_comes_back(default: str) -> None:
    found = Files(default, DAEMONS, None)
    made = bring(found)
    assert made.alone
    assert "password hunter2" in str(made.after.config)
    assert "router ospf" not in str(made.after.config)
    assert "bgpd=yes" in str(made.after.daemons)
    assert "-K 120" in str(made.after.daemons)
    assert "frrinit.sh stop" in str(made.after.drop_in)
    assert take_away(made.after, made.ledger) == found


def test_the_same_again_is_the_same() -> None:
    made = bring(Files(DEFAULT, DAEMONS, None))
    assert bring(made.after, made.ledger) == made


def test_new_content_takes_the_place_of_the_old() -> None:
    found = Files(DEFAULT, DAEMONS, None)
    first = bring(found)
    second = bring(first.after, first.ledger, content=CONTENT.replace("192.0.2.1", "192.0.2.9"))
    assert "192.0.2.1\n" not in str(second.after.config)
    assert take_away(second.after, second.ledger) == found


@pytest.mark.parametrize(
    "found", [Files(OSPF, DAEMONS, None), Files(DEFAULT, DAEMONS.replace("ospfd=no", "ospfd=yes"), None)]
)
def test_an_frr_that_is_used_is_refused(found: Files) -> None:
    with pytest.raises(FrrError, match=r"used for other things on this host \(.*ospf.*give join"):
        bring(found)


def test_secrets_of_others_are_not_said() -> None:
    with pytest.raises(FrrError) as refused:
        bring(Files("router bgp 1\n neighbor 192.0.2.9 password theirs\nexit\n", DAEMONS, None))
    assert "theirs" not in str(refused.value)


def test_what_others_have_stays_in_its_place() -> None:
    found = Files(OSPF, DAEMONS, None)
    made = bring(found, join=True)
    assert not made.alone
    assert str(made.after.config).startswith(OSPF)
    assert "password hunter2" in str(made.after.config)
    assert made.after.drop_in is None
    assert "-K" not in str(made.after.daemons)
    assert bring(made.after, made.ledger, join=True) == made
    assert take_away(made.after, made.ledger) == found


def test_what_others_change_later_stays() -> None:
    made = bring(Files(OSPF, DAEMONS, None), join=True)
    edited = made.after._replace(config=str(made.after.config).replace("area 0", "area 7"))
    again = str(bring(edited, made.ledger, join=True).after.config)
    assert "area 7" in again
    assert again.count("Written by podnet.baremetal") == 1
    left = str(take_away(edited, made.ledger).config)
    assert "area 7" in left
    assert "router bgp" not in left
    assert "hunter2" not in left
    assert "podnet" not in left
    assert left.count("log syslog informational") >= 1


def test_a_default_that_frr_wrote_down_with_ours_in_it_comes_back() -> None:
    found = Files(DEFAULT, DAEMONS, None)
    made = bring(found)
    written = made.after._replace(config="frr version 8.4.4\nhostname x\n" + SECRETS.filled_in(CONTENT))
    assert bring(written, made.ledger).after == made.after
    assert take_away(written, made.ledger) == found


def test_a_stranger_that_comes_later_is_refused_too() -> None:
    made = bring(Files(DEFAULT, DAEMONS, None))
    with pytest.raises(FrrError, match=r"router ospf.* added since the last run"):
        bring(made.after._replace(config=str(made.after.config) + OSPF), made.ledger)


LISTS = (
    "ip prefix-list own seq 5 permit 192.0.2.0/24\nroute-map out permit 10\n match ip address prefix-list own\nexit\n"
)


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        (" neighbor g password", " neighbor 192.0.2.9 shutdown\n"),
        (" exit-address-family", "  neighbor g allowas-in 1\n"),
        (" address-family ipv4", " address-family ipv6 unicast\n  neighbor g activate\n exit-address-family\n"),
        ("ip prefix-list", "ip prefix-list own seq 1 deny 192.0.2.64/26\n"),
        ("route-map", "route-map out deny 5\n match ip address prefix-list own\nexit\n"),
        ("router bgp", "log syslog debugging\n"),
    ],
)
def test_what_is_typed_into_our_blocks_is_taken_back(before: str, typed: str) -> None:
    found = Files(DEFAULT, DAEMONS, None)
    made = bring(found, content=CONTENT + LISTS)
    config = str(made.after.config).replace(f"\n{before}", f"\n{typed}{before}", 1)
    assert typed in config
    edited = made.after._replace(config=config)
    assert bring(edited, made.ledger, content=CONTENT + LISTS) == made
    assert take_away(edited, made.ledger) == found


@pytest.mark.parametrize(
    "typed",
    ["router bgp 64512 vrf red\n neighbor 192.0.2.9 remote-as 1\nexit\n", "ip prefix-list owner seq 5 permit any\n"],
)
def test_what_stands_beside_our_blocks_is_not(typed: str) -> None:
    made = bring(Files(DEFAULT, DAEMONS, None), content=CONTENT + LISTS)
    edited = made.after._replace(config=str(made.after.config) + typed)
    with pytest.raises(FrrError, match="added since the last run"):
        bring(edited, made.ledger, content=CONTENT + LISTS)
    joined = bring(edited, made.ledger, join=True, content=CONTENT + LISTS)
    assert typed in str(joined.after.config)
    assert typed in str(take_away(joined.after, joined.ledger).config)


def test_what_was_there_first_is_not_said_to_be_new() -> None:
    made = bring(Files(OSPF, DAEMONS, None), join=True)
    with pytest.raises(FrrError, match="router ospf") as refused:
        bring(made.after, made.ledger)
    assert "since" not in str(refused.value)
    with pytest.raises(FrrError, match="cannot be joined: 'router bgp 64512' has sessions"):
        config = str(made.after.config).replace(
            " neighbor g password", " neighbor 192.0.2.9 shutdown\n neighbor g password"
        )
        bring(made.after._replace(config=config), made.ledger, join=True)


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ("router bgp 65000\n neighbor 192.0.2.9 remote-as 1\nexit\n", "it has 'router bgp 65000', and ours is"),
        ("router bgp 64512\n neighbor 192.0.2.9 remote-as 1\nexit\n", "would change: 'bgp router-id 192.0.2.1'; add"),
        ("no ip forwarding\nrouter ospf\n passive\nexit\n", "'no ip forwarding' would stop the host"),
    ],
)
def test_what_cannot_be_joined_is_refused(theirs: str, words: str) -> None:
    with pytest.raises(FrrError, match=words):
        bring(Files(theirs, DAEMONS, None), join=True)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("log syslog warnings", "log syslog informational"),
        ("log syslog", "log syslog informational"),
        ("ip protocol bgp route-map theirs", "ip protocol bgp route-map ours"),
        ("ip protocol any route-map theirs", "ip protocol bgp route-map ours"),
        ("ipv6 protocol bgp route-map theirs", "ipv6 protocol bgp route-map ours"),
    ],
)
def test_a_line_that_ours_would_override_is_named(theirs: str, ours: str) -> None:
    rest = "router ospf\n log syslog warnings\nexit\n"
    with pytest.raises(FrrError, match=f"cannot be joined: it has '{theirs}', and ours is '{ours}', which would win"):
        bring(Files(f"{theirs}\n{rest}", DAEMONS, None), join=True, content=CONTENT + ours + "\n")
    assert bring(Files(f"{ours}\n{rest}", DAEMONS, None), join=True, content=CONTENT + ours + "\n")


@pytest.mark.parametrize("theirs", ["log file /var/log/frr.log", "ip protocol ospf route-map theirs"])
def test_a_line_that_stands_beside_ours_is_no_obstacle(theirs: str) -> None:
    ours = CONTENT + "ip protocol bgp route-map ours\n"
    assert str(bring(Files(theirs + "\n", DAEMONS, None), join=True, content=ours).after.config).startswith(theirs)


def test_one_as_is_shared_where_its_settings_agree() -> None:
    theirs = "router bgp 64512\n bgp router-id 192.0.2.1\n neighbor 192.0.2.9 remote-as 1\nexit\n"
    found = Files(theirs, DAEMONS, None)
    made = bring(found, join=True)
    merged = made.after._replace(config=theirs.replace("exit\n", " neighbor g peer-group\nexit\n"))
    assert take_away(merged, made.ledger).config == theirs
    assert take_away(made.after, made.ledger) == found


def test_a_router_of_another_vrf_is_no_obstacle() -> None:
    theirs = "router bgp 65000 vrf red\n neighbor 192.0.2.9 remote-as 1\nexit\n"
    assert str(bring(Files(theirs, DAEMONS, None), join=True).after.config).startswith(theirs)
