"""Why something was repaired, in words for the journal."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host.restore import reason
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change

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
def test_reason(before: object, after: object, told: str) -> None:
    assert reason(Change("links", ("vx0",), before, after)) == told
