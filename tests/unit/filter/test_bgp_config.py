"""Templates get FRR's configuration."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.podnet.baremetal.plugins.filter.bgp_config import FilterModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import frr, model
from tests.unit.fabric.inventory import planned, speakers

PLAN = planned(speakers(2, "10.244.0.0/16"))
TEXT = model.to_json(PLAN)
bgp_config = FilterModule().filters()["bgp_config"]


def test_configuration_is_that_of_the_plan() -> None:
    expected = frr.configuration(PLAN, "node-2", {"bfd": True})
    assert bgp_config(TEXT, "node-2", {"bfd": True}) == expected
    assert bgp_config(json.loads(TEXT), "node-2", {"bfd": True}) == expected


@pytest.mark.parametrize(
    ("plan", "name", "options", "message"),
    [
        ("{}", "node-1", {}, "bgp_config: this is no plan of version 1"),
        (TEXT, "node-3", {}, "bgp_config: host node-3 speaks no BGP"),
        (TEXT, "node-1", {"hold": 0}, "bgp_config: bgp_hold 0 is out of range"),
    ],
)
def test_what_cannot_be_is_refused(plan: str, name: str, options: dict[str, int], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        bgp_config(plan, name, options)
