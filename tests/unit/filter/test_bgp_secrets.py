"""Passwords get the names that the configuration has for them."""

from __future__ import annotations

import re

from ansible_collections.podnet.baremetal.plugins.filter.bgp_secrets import FilterModule
from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import frr
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.secrets import PLACEHOLDER, Secrets
from tests.unit.fabric.inventory import planned, speakers

bgp_secrets = FilterModule().filters()["bgp_secrets"]
ROUTERS = [
    {"address": "192.0.2.252", "asn": 65001},
    {"address": "192.0.2.253", "asn": 65001, "password": "hunter2"},
    {"interface": "eth1", "asn": "external", "password": 12345},
]


def test_secrets_are_those_that_the_configuration_asks_for() -> None:
    found = bgp_secrets(ROUTERS, "of all")
    plan = planned(speakers(2, "10.244.0.0/16", bgp_topology="routers", bgp_routers=ROUTERS))
    text = frr.configuration(plan, "node-1", {"password": True})
    assert set(PLACEHOLDER.findall(text)) == set(found)
    assert re.search(r"neighbor 192.0.2.253 password hunter2\n", Secrets({**found, "@password@": "x"}).filled_in(text))
    assert found["@router_3_password@"] == "12345"


def test_who_has_none_has_none() -> None:
    assert bgp_secrets(ROUTERS[:1]) == {}
    assert bgp_secrets([{**ROUTERS[0], "password": ""}], None) == {}
    assert bgp_secrets([], "of all") == {"@password@": "of all"}
