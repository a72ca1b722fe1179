"""An ipset's entries: how they are spelt, and which need no proof."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state import sets


def test_addresses_are_spelt_one_way_sorted_and_each_there_once():
    assert sets.entries(["FD00::0:2", "fd00::1", "fd00::2"]) == ["fd00::1", "fd00::2"]
    assert sets.entries(["10.0.0.2", "10.0.0.10/32", "10.0.0.2"]) == ["10.0.0.10", "10.0.0.2"]
    assert sets.entries([]) == []


@pytest.mark.parametrize("entries", [["10.0.0.1", 7], [None], ["10.0.0.1", ""], [""]])
def test_what_is_no_entry_is_refused(entries):
    with pytest.raises(ValueError, match="no entry"):
        sets.entries(entries)


@pytest.mark.parametrize(
    ("plain", "attributes"),
    [
        (True, {"entries": ["10.0.0.1", "192.0.2.7"]}),
        (True, {"entries": []}),
        (True, {"entries": ["fd00::1"], "family": "inet6"}),
        (False, {"entries": ["fd00::1"]}),
        (False, {"entries": ["10.0.0.1"], "family": "inet6"}),
        (False, {"entries": ["0.0.0.0"]}),
        (False, {"entries": ["10.0.0.1", "10.0.0.0/24"]}),
        (False, {"entries": ["10.0.0.1 skbmark 0x1/0x1"]}),
        (False, {"entries": ["10.0.0.1"], "netmask": 24}),
        (False, {"entries": ["10.0.0.1"], "type": "hash:net"}),
    ],
)
def test_hosts_of_the_sets_family_need_no_proof(plain, attributes):
    assert sets.plain({"type": "hash:ip", **attributes}) is plain
