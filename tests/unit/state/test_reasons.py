"""Why something was repaired, in words for the journal."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.reasons import reason

WANTED = {"type": "vxlan", "vni": 244, "mtu": 1450, "alias": "podnet: tunnel of node-1", "recreate": True}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, WANTED, "link vx0 is missing"),
        (WANTED, None, "link vx0 is left over"),
        # What is no property of the link, but says how it may be changed, is never what is wrong with it.
        ({**WANTED, "mtu": 1400, "recreate": None}, WANTED, "link vx0: mtu is 1400 instead of 1450"),
        (
            {"type": "vxlan", "vni": 244, "mtu": 1450},
            WANTED,
            "link vx0: alias is not set instead of 'podnet: tunnel of node-1'",
        ),
    ],
)
def test_reason(before: dict[str, Any] | None, after: dict[str, Any] | None, told: str) -> None:
    assert reason(Change("links", ("vx0",), before, after)) == told


@pytest.mark.parametrize(
    ("here", "wanted", "told"),
    [
        (["a", "b"], ["b", "c"], "entries lack c and have a too many"),
        ([], ["10.0.0.0/8 nomatch"], "entries lack '10.0.0.0/8 nomatch'"),
        ([], list("abcdefg"), "entries lack a, b, c, d, e and 2 more"),
        (["b", "a"], ["a", "b"], "entries are in another order, or not as often"),
    ],
)
def test_of_a_list_only_what_differs_is_told(here: list[str], wanted: list[str], told: str) -> None:
    kind = {"type": "hash:net", "family": "inet"}
    change = Change("ipsets", ("peers",), {**kind, "entries": here}, {**kind, "entries": wanted})
    assert reason(change) == f"ipset peers: {told}"


def test_anchors_are_told_with_their_priority() -> None:
    anchor = {"chain": "FORWARD", "position": "first", "priority": -10}
    key = ("ipv4", "filter", "PODNET-X")
    change = Change("iptables", key, {"rules": [], "anchors": []}, {"rules": [], "anchors": [anchor]})
    assert reason(change).endswith("(ipv4): anchors lack 'first in FORWARD at priority -10'")
