"""The document and the commands say the same of the same peers."""

from __future__ import annotations

import ipaddress

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state import commands
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Change
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise
from bench.peers import Peers


@pytest.mark.parametrize("metrics", [False, True])
def test_the_batches_are_what_the_engine_would_have_typed(metrics):
    peers = Peers(3, metrics)
    typed = commands.script(
        [
            Change(section, key, None, attributes)
            for section, objects in normalise(peers.document()).items()
            for key, attributes in objects.items()
        ]
    )
    ours = [*peers.neighbor_commands(), *peers.route_commands(), *peers.fdb_commands()]
    assert sorted(words(line.split(" ", 1)[1]) for line in typed) == sorted(words(line) for line in ours)


def words(command: str) -> list[str]:
    """The words of a command in any order; `add` of what is not there is `replace`."""
    return sorted(command.replace("neigh ", "neighbor ").replace(" add ", " replace ").split())


def test_a_hundred_thousand_peers_differ_and_have_addresses_of_their_ranges():
    peers = list(Peers(100_000))
    for column in zip(*peers, strict=True):
        assert len(set(column)) == 100_000
    last = peers[-1]
    assert ipaddress.ip_network(last.subnet).subnet_of(ipaddress.ip_network("10.0.0.0/8"))
    assert ipaddress.ip_address(last.gateway) in ipaddress.ip_network(last.subnet)
    assert ipaddress.ip_address(last.node) in ipaddress.ip_network("198.18.0.0/15")
