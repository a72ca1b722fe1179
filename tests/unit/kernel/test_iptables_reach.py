"""Chains that others of ours alone lead to."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.iptables_reach import only_through
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
