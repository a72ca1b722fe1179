"""A failed apply goes back to the state before the run, whatever failed and wherever it stood."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import world
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Failure
from ansible_collections.podnet.baremetal.plugins.module_utils.state.schema import SECTIONS
from tests.kernel.picture import picture
from tests.kernel.strangers import settle
from tests.kernel.whole import chain, first, second

pytestmark = pytest.mark.usefixtures("namespace")

#: For each section an object that only the kernel, or the tool, can refuse, and what it says of it.
BAD = {
    "links": (
        {"name": "vx9", "type": "vxlan", "vni": 9, "dstport": 4790, "local": "198.18.0.0"},
        "link vx9: add: EEXIST",
    ),
    "addresses": ({"dev": "nowhere", "address": "10.9.0.1/24"}, "address 10.9.0.1/24 on nowhere: add: ENODEV"),
    "neighbors": (
        {"dev": "nowhere", "dst": "10.9.0.1", "lladdr": "02:00:5e:00:00:09"},
        "neighbor 10.9.0.1 on nowhere: add: ENODEV",
    ),
    "fdb": (
        {"dev": "nowhere", "lladdr": "02:00:5e:00:00:09", "dst": "198.18.0.9"},
        "fdb entry 02:00:5e:00:00:09 on nowhere: add: ENODEV",
    ),
    "routes": ({"dst": "10.9.0.0/16", "gateway": "192.0.2.9"}, "route 10.9.0.0/16: add: ENETUNREACH"),
    "sysctls": ({"name": "net.ipv4.conf.lo.rp_filter", "value": "many"}, "lo.rp_filter: change: EINVAL: many"),
    "iptables": (
        chain("PODNET-BAD", "filter", ["-m set --match-set nowhere src -j DROP"], "INPUT"),
        "chain PODNET-BAD of table filter .ipv4.: add: Set nowhere doesn't exist",
    ),
}


@pytest.fixture
def before(run):
    settle(run)
    return picture(run)


def fails_and_is_taken_back(run, paths, wanted, said):
    before, kept = picture(run), ledger.load(paths.ledgers, "whole")

    with pytest.raises(ApplyError, match=said) as caught:
        engine.apply("whole", wanted, paths=paths)

    assert caught.value.left == []
    assert picture(run) == before
    assert ledger.load(paths.ledgers, "whole") == kept


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("place", ["begin", "middle", "end"])
@pytest.mark.parametrize("section", BAD)
def test_a_bad_entry_among_good_ones(run, paths, section, place):
    bad, said = BAD[section]
    wanted = second()
    entries = wanted.setdefault(section, [])
    entries.insert({"begin": 0, "middle": len(entries) // 2, "end": len(entries)}[place], bad)

    if place != "middle":
        engine.apply("whole", first(), paths=paths)

    fails_and_is_taken_back(run, paths, wanted, said)


@pytest.mark.usefixtures("before")
def test_an_entry_of_a_tunnel_is_not_made_an_address_of_a_bridge(run, paths):
    wanted = first()
    wanted["fdb"].append({"dev": "podnet-other", "lladdr": "02:00:5e:00:00:09", "dst": "198.18.0.9"})

    fails_and_is_taken_back(run, paths, wanted, "on podnet-other: add: .*: it is a bridge, which would drop the remote")


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("start", [None, first()], ids=["fresh", "changed"])
@pytest.mark.parametrize("section", SECTIONS)
def test_a_refusal_when_all_of_a_section_is_done(run, paths, monkeypatch, section, start):
    """As if the kernel had refused only the last change of a section's last phase."""
    real = world.apply
    refusals = []

    def refusing(name, changes):
        failures = real(name, changes)
        if name == section and not refusals and any(change.after is not None for change in changes):
            refusals.append(Failure(changes[-1], 0, "no more of that"))
            return failures + refusals
        return failures

    if start:
        engine.apply("whole", start, paths=paths)
    monkeypatch.setattr(world, "apply", refusing)

    fails_and_is_taken_back(run, paths, second(), "no more of that")


def test_a_set_that_others_use_is_not_destroyed(run, paths, before):
    engine.apply("whole", first(), paths=paths)
    run("iptables -A INPUT -m set --match-set podnet-pods src -j ACCEPT")
    during, kept = picture(run), ledger.load(paths.ledgers, "whole")

    with pytest.raises(ApplyError, match=r"ipset podnet-pods: delete: Set cannot be destroyed: it is in use"):
        engine.remove("whole", paths=paths)

    assert picture(run) == during
    assert ledger.load(paths.ledgers, "whole") == kept
    run("iptables -D INPUT -m set --match-set podnet-pods src -j ACCEPT")
    engine.remove("whole", paths=paths)
    assert picture(run) == before


def test_a_chain_that_others_use_is_not_deleted(run, paths, before):
    engine.apply("whole", first(), paths=paths)
    run("iptables -A FORWARD -o eth8 -m comment --comment 'was -j PODNET-FORWARD once' -j ACCEPT")
    run("iptables -A FORWARD -o eth9 -j PODNET-FORWARD")
    during = picture(run)

    with pytest.raises(ApplyError, match=r"a rule that is not ours jumps to it: -A FORWARD -o eth9 -j PODNET-FORWARD"):
        engine.remove("whole", paths=paths)

    assert picture(run) == during
    run("iptables -D FORWARD -o eth9 -j PODNET-FORWARD")
    engine.remove("whole", paths=paths)
    run("iptables -D FORWARD -o eth8 -m comment --comment 'was -j PODNET-FORWARD once' -j ACCEPT")
    assert picture(run) == before
