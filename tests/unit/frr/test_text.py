"""Lines and their contexts, and texts without some of them."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr.text import Line, is_default, lines, without

ROUTER = "router bgp 64512"
TEXT = """\
frr version 8.4.4
! a comment
router bgp 64512
 bgp router-id 192.0.2.1
 !
 address-family ipv4 unicast
  network   10.244.0.0/24
 exit-address-family
exit
!
ip prefix-list a seq 5 permit 10.0.0.0/8
end
"""


def test_lines_know_what_they_are_below() -> None:
    assert lines(TEXT) == [
        Line((), "frr version 8.4.4"),
        Line((), ROUTER),
        Line((ROUTER,), "bgp router-id 192.0.2.1"),
        Line((ROUTER,), "address-family ipv4 unicast"),
        Line((ROUTER, "address-family ipv4 unicast"), "network 10.244.0.0/24"),
        Line((), "ip prefix-list a seq 5 permit 10.0.0.0/8"),
    ]


def test_without_nothing_is_the_text_itself() -> None:
    assert without(TEXT, set()) == TEXT


def test_a_context_that_still_has_something_stays() -> None:
    ours = {Line((), ROUTER), Line((ROUTER,), "bgp router-id 192.0.2.1")}
    assert without(TEXT, ours) == TEXT.replace(" bgp router-id 192.0.2.1\n", "")


def test_a_context_that_has_nothing_left_goes_with_its_end() -> None:
    ours = {line for line in lines(TEXT) if line.text == ROUTER or ROUTER in line.context}
    left = without(TEXT, ours)
    assert lines(left) == [Line((), "frr version 8.4.4"), Line((), "ip prefix-list a seq 5 permit 10.0.0.0/8")]
    assert "exit" not in left


def test_an_end_belongs_to_the_context_of_its_depth() -> None:
    family = {line for line in lines(TEXT) if "address-family ipv4 unicast" in (line.text, *line.context)}
    assert without(TEXT, family).splitlines()[-5:] == [
        " !",
        "exit",
        "!",
        "ip prefix-list a seq 5 permit 10.0.0.0/8",
        "end",
    ]


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("hostname node-1", True),
        ("log syslog informational", True),
        ("log syslog debugging", False),
        ("no ip forwarding", True),
        ("service integrated-vtysh-config", True),
        ("ip route 192.0.2.0/24 blackhole", False),
    ],
)
def test_what_frr_has_that_was_told_nothing(text: str, default: bool) -> None:
    assert is_default(Line((), text)) is default
    assert not is_default(Line(("router bgp 1",), text))
