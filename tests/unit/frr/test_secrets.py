"""Secrets get to where they belong and nowhere else."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.secrets import Secrets, ours, settled
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.text import Line

TEMPLATE = "router bgp 1\n neighbor g password @password@\n neighbor g bfd\n"
SECRETS = Secrets({"@password@": "hunter2"})


def test_filled_in_and_hidden_again() -> None:
    filled = SECRETS.filled_in(TEMPLATE)
    assert " neighbor g password hunter2\n" in filled
    assert SECRETS.hidden(filled) == TEMPLATE


@pytest.mark.parametrize(
    "line",
    [
        "neighbor 192.0.2.1 password",  # of bgpd and ldpd
        "password",
        "password 8",
        "enable password",
        "enable password 8",
        "key-string",
        "ip ospf authentication-key",
        "ip ospf message-digest-key 1 md5",
        "area 0 virtual-link 192.0.2.1 authentication-key",
        "area 0 virtual-link 192.0.2.1 message-digest-key 1 md5",
        *(
            f"ipv6 ospf6 authentication key-id 1 hash-algo {algorithm} key"
            for algorithm in ("md5", "hmac-sha-1", "hmac-sha-256", "hmac-sha-384", "hmac-sha-512")
        ),
        "ip rip authentication string",
        *(
            f"{name} {way}"
            for name in ("isis password", "openfabric password", "area-password", "domain-password")
            for way in ("clear", "md5")
        ),
        "ip nhrp authentication",  # of FRR 10
        "tcp-md5-auth",  # of a PCE
    ],
)
def test_secrets_of_others_are_hidden_too(line: str) -> None:
    more = "\n authenticate snp validate\n"
    assert SECRETS.hidden(f" {line} theirs{more}") == f" {line} ********{more}"
    assert SECRETS.hidden(f"no {line} theirs 192.0.2.9") == f"no {line} ******** 192.0.2.9"
    wide = line.replace(" ", "  ")  # as somebody typed it
    assert SECRETS.hidden(f"{wide}\t theirs") == f"{wide}\t ********"


@pytest.mark.parametrize(
    "line",
    [
        "key chain theirs",
        "ip ospf authentication message-digest",
        "ip ospf authentication key-chain theirs",
        "ipv6 ospf6 authentication keychain theirs",
        "ip authentication key-chain eigrp 1 theirs",
        "ip rip authentication key-chain theirs",
        "ip rip authentication mode md5 auth-length old-ripv2",
        "username theirs nopassword",
        "rpki cache 192.0.2.1 22 theirs /ssh_key /ssh_key.pub preference 1",
    ],
)
def test_names_of_secrets_are_shown(line: str) -> None:
    assert SECRETS.hidden(f" {line}\n {line}\n") == f" {line}\n {line}\n"


def test_a_secret_that_is_part_of_another_word_hides_no_words() -> None:
    assert Secrets({"@p@": "bg"}).hidden("router bgp 1") == "router bgp 1"


@pytest.mark.parametrize("value", ["", "with space", "line\nbreak", "ü", "x" * 81])
def test_what_frr_could_not_take_is_refused_and_not_said(value: str) -> None:
    with pytest.raises(FrrError, match="1 to 80 ASCII characters") as refused:
        Secrets({"@password@": value})
    assert not value or value not in str(refused.value)


def test_a_number_is_refused_as_no_text() -> None:
    with pytest.raises(FrrError, match="@password@ is no text: put it in quotes"):
        Secrets({"@password@": 12345})  # type: ignore[dict-item]  # what YAML makes of it


def test_a_placeholder_without_its_secret_is_refused() -> None:
    with pytest.raises(FrrError, match="none for @password@"):
        Secrets({}).filled_in(TEMPLATE)


def test_what_is_no_placeholder_is_refused() -> None:
    with pytest.raises(FrrError, match="password is no placeholder"):
        Secrets({"password": "x"})


def test_a_line_is_ours_whatever_its_secret_was() -> None:
    present = "router bgp 1\n neighbor g password formerly\n neighbor h password other\n"
    router = ("router bgp 1",)
    assert ours(TEMPLATE, present) == {Line((), router[0]), Line(router, "neighbor g password formerly")}


@pytest.mark.parametrize(
    ("wanted", "commands"),
    [
        ("router bgp 1\n neighbor g password old\n", ""),
        ("router bgp 1\n neighbor g password new\n", "router bgp 1\nneighbor g password new\nend\n"),
        ("router bgp 1\n neighbor g bfd\n", "router bgp 1\nno neighbor g password\nend\n"),
        ("", "router bgp 1\nno neighbor g password\nend\n"),
    ],
)
def test_passwords_are_settled_before_frr_reload_could_say_them(wanted: str, commands: str) -> None:
    assert settled("router bgp 1\n neighbor g password old\n", wanted) == commands
