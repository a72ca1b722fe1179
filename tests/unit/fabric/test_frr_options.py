"""What can be chosen about BGP, and how it is refused."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import frr_options
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric.frr_options import Options
from tests.gates.checkout import ROOT


def test_what_is_not_given_has_its_default() -> None:
    assert frr_options.read({}, (4,)) == Options()


def test_every_option_can_be_given_as_its_default() -> None:
    given: dict[str, Any] = {field.name: field.default for field in fields(Options)}
    assert frr_options.read(given, (4,)) == Options()


def test_filter_documents_every_option() -> None:
    documented = yaml.safe_load((ROOT / "plugins/filter/bgp_config.yml").read_text())["DOCUMENTATION"]["options"]
    defaults = {name: option["default"] for name, option in documented["options"]["suboptions"].items()}
    assert defaults == {field.name: [] if field.default == () else field.default for field in fields(Options)}


def test_what_is_said_twice_is_said_once() -> None:
    given = {
        "communities": ["1:1", "1:1"],
        "announced_prefixes": ["10.0.0.0/8"] * 2,
        "accepted_prefixes": ["10.0.0.0/8"] * 2,
    }
    options = frr_options.read(given, (4,))
    assert [len(found) for found in (options.communities, options.announced_prefixes, options.accepted_prefixes)] == [
        1
    ] * 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"holdtime": 9}, "bgp_holdtime is no option of BGP. Known are password, bfd, bfd_interval,"),
        ({"bfd": "maybe"}, "bgp_bfd maybe is neither true nor false. Give true or false."),
        ({"hold": 2}, "bgp_hold 2 is out of range. Give a number from 3 to 65535."),
        ({"keepalive": 11}, "bgp_keepalive 11 is more than a third of bgp_hold, 30. Give at most 10."),
        ({"communities": "1:1"}, "bgp_communities 1:1 is no list. Give a list, if only of one entry."),
        (
            {"communities": ["65536:1"]},
            "bgp_communities 65536:1 holds no community in 65536:1. Write two numbers up to",
        ),
        ({"communities": ["everyone"]}, "bgp_communities everyone holds no community in everyone. Write two numbers"),
        (
            {"announced_prefixes": ["10.0.0.1/8"]},
            "bgp_announced_prefixes 10.0.0.1/8 has bits set behind its prefix. Write 10.0.0.0/8.",
        ),
        (
            {"announced_prefixes": ["2001:db8::/32"]},
            "bgp_announced_prefixes 2001:db8::/32 is of a family that pods do not have, and no session carries it.",
        ),
        (
            {"accepted_prefixes": ["10.0.0.0/8 to 16"]},
            "bgp_accepted_prefixes 10.0.0.0/8 to 16 has no prefix in 10.0.0.0/8 to 16. Write such as",
        ),
        (
            {"accepted_prefixes": ["10.0.0.0/8 ge 8"]},
            "bgp_accepted_prefixes 10.0.0.0/8 ge 8 has lengths that cannot be in 10.0.0.0/8 ge 8. Give lengths with",
        ),
        ({"accepted_prefixes": ["10.0.0.0/8 ge 24 le 16"]}, "has lengths that cannot be"),
        ({"accepted_prefixes": ["10.0.0.0/8 le 33"]}, "has lengths that cannot be"),
        (
            {"accepted_prefixes": ["0.0.0.0/0 le 32"]},
            "accepts everything. Name the networks that neighbors may announce.",
        ),
        ({"accepted_prefixes": ["2001:db8::/32"]}, "bgp_accepted_prefixes 2001:db8::/32 is of a family"),
        (
            {"extra_config": ["ip route"]},
            "bgp_extra_config ip route is no text. Give lines of FRR's configuration as one",
        ),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="bgp_") as refused:
        frr_options.read(given, (4,))
    assert message in str(refused.value)
