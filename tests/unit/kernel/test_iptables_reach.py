"""Chains that others of ours alone lead to, and chains that have nothing to do with each other."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.iptables_reach import apart, only_through
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.iptables_text import Table


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ({"PODNET-A": []}, set()),
        ({"PODNET-A": ["-j PODNET-B"], "PODNET-B": ["-g PODNET-C"], "PODNET-C": []}, {"PODNET-B", "PODNET-C"}),
        ({"PODNET-A": ["-j OTHER"], "OTHER": []}, set()),
        ({"PODNET-A": ["-j PODNET-GONE"]}, set()),
        ({"PODNET-A": ["-j PODNET-B"], "PODNET-B": [], "FORWARD": ["-j PODNET-B"]}, set()),
        ({"PODNET-A": ["-j PODNET-B"], "PODNET-B": ["-j PODNET-C"], "PODNET-C": [], "X": ["-j PODNET-B"]}, set()),
        ({"PODNET-A": ["-j PODNET-B"], "PODNET-B": [], "PODNET-C": ["-j PODNET-B"]}, set()),
        ({"PODNET-A": ["-j PODNET-B"], "PODNET-B": [], "FORWARD": ["-j PODNET-A"]}, {"PODNET-B"}),
    ],
)
def test_only_what_nothing_else_leads_to(rules: dict[str, list[str]], found: set[str]) -> None:
    assert only_through(Table(rules, {}), ["PODNET-A"]) == found


def test_chains_between_which_nothing_jumps_are_apart() -> None:
    rules = {"A": ["-j B", "-j ACCEPT"], "B": ["-j DROP"], "C": ["-j ACCEPT", "-j DROP"], "D": ["-g B"], "E": []}
    assert apart({("ipv4", "filter", chain): each for chain, each in rules.items()}) == [
        [("ipv4", "filter", "C")],
        [("ipv4", "filter", "A"), ("ipv4", "filter", "B"), ("ipv4", "filter", "D")],
        [("ipv4", "filter", "E")],
    ]


def test_chains_of_one_name_in_two_tables_are_apart() -> None:
    assert len(apart({("ipv4", "filter", "A"): ["-j B"], ("ipv4", "raw", "B"): [], ("ipv6", "filter", "B"): []})) == 3
