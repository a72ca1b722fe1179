"""Forwarding entries on a real kernel: of tunnels with ways of their own, flood lists, and of bridges."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import fdb
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise, to_document
from tests.kernel.twin import twin

pytestmark = pytest.mark.usefixtures("namespace")

LINKS = """
ip link add vx0 type vxlan id 244 dstport 4789 nolearning local 192.0.2.1
ip link add br0 type bridge; ip link add port type veth peer name far; ip link add other type bridge
ip link set port master br0; ip link set vx0 master br0
for each in vx0 br0 port far other; do ip link set dev $each addrgenmode none; ip link set $each up; done
"""
MAC = "02:00:5e:00:00:%02x"
FLOOD = {"dev": "vx0", "lladdr": "00:00:00:00:00:00", "remotes": ["192.0.2.9", "192.0.2.10", "192.0.2.11"]}
EVERY_KIND = [
    {"dev": "vx0", "lladdr": MAC % 1, "dst": "192.0.2.9"},
    {"dev": "vx0", "lladdr": MAC % 2, "dst": "192.0.2.9", "vni": 7, "port": 8472, "via": "other"},
    {"dev": "vx0", "lladdr": MAC % 3, "dst": "192.0.2.9", "vni": 244, "port": 4789},
    FLOOD,
    {"dev": "vx0", "lladdr": "01:00:5e:00:00:05", "dst": "192.0.2.9"},
    {"dev": "port", "lladdr": MAC % 4, "master": True},
    {"dev": "port", "lladdr": MAC % 5, "master": True, "state": "local"},
    {"dev": "vx0", "lladdr": MAC % 1, "master": True},
]


def document(*entries):
    return {"version": 1, "fdb": list(entries)}


def all_entries(run):
    return sorted(line for line in run("bridge fdb show").splitlines() if "02:00:5e" in line or "vx0" in line)


def lasting(run):
    """Without the links' own addresses, which differ from namespace to namespace."""
    return [line for line in all_entries(run) if line.startswith(("02:00:5e", "00:00", "01:00"))]


def test_every_kind_of_entry_is_applied_applied_again_and_removed(run, paths):
    run(LINKS)
    before = all_entries(run)

    assert len(engine.apply("fdb", document(*EVERY_KIND), paths=paths).changes) == len(EVERY_KIND)

    shown = lasting(run)
    assert f"{MAC % 2} dev vx0 dst 192.0.2.9 port 8472 vni 7 via other self permanent" in shown
    assert f"{MAC % 4} dev port master br0 static" in shown
    assert f"{MAC % 5} dev port master br0 permanent" in shown
    assert sum(line.startswith("00:00:00:00:00:00 dev vx0") for line in shown) == 3
    assert engine.apply("fdb", document(*EVERY_KIND), paths=paths).commands() == []
    assert len(engine.remove("fdb", paths=paths).changes) == len(EVERY_KIND)
    assert all_entries(run) == before


def test_the_commands_for_every_kind_lead_to_the_same_kernel(run, paths):
    changed = [
        {**EVERY_KIND[0], "dst": "192.0.2.10", "port": 8472},
        {**EVERY_KIND[1], "vni": 8},
        {**FLOOD, "remotes": ["192.0.2.10", "192.0.2.12"]},
        {**EVERY_KIND[5], "state": "local"},
        {**EVERY_KIND[6], "state": "static"},
    ]
    run(LINKS)
    with twin() as run_there:
        run_there(LINKS)
        for wanted in (EVERY_KIND, changed, []):
            run_there("\n".join(engine.apply("fdb", document(*wanted), paths=paths).commands()))
            assert lasting(run_there) == lasting(run)


def test_a_flood_list_changes_remote_by_remote(run, paths):
    run(LINKS)
    engine.apply("fdb", document(FLOOD), paths=paths)

    outcome = engine.apply("fdb", document({**FLOOD, "remotes": ["192.0.2.12", *FLOOD["remotes"][1:]]}), paths=paths)

    assert outcome.commands() == [
        "bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.12 self permanent",
        "bridge fdb delete 00:00:00:00:00:00 dev vx0 dst 192.0.2.9 self permanent",
    ]


def test_anothers_flood_list_and_entries_are_put_back(run, paths):
    run(LINKS)
    for remote in (77, 78):
        run(f"bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.{remote}")
    run(f"bridge fdb add {MAC % 1} dev vx0 dst 192.0.2.77 port 9 vni 8; bridge fdb add {MAC % 4} dev port master local")
    before = all_entries(run)
    wanted = [FLOOD, EVERY_KIND[5], {"dev": "vx0", "lladdr": MAC % 1, "dst": "192.0.2.9"}]
    engine.apply("fdb", document({**EVERY_KIND[5], "state": "static"}, *wanted[::2]), paths=paths)
    assert all_entries(run) != before

    engine.remove("fdb", paths=paths)

    assert all_entries(run) == before


def test_what_is_learned_is_no_entry_of_ours(run, paths):
    run(LINKS)
    run(
        f"bridge fdb add {MAC % 4} dev port master dynamic; bridge fdb add {MAC % 1} dev vx0 dst 192.0.2.9 self dynamic"
    )
    wanted = document(EVERY_KIND[5], EVERY_KIND[0])

    assert [change.before for change in engine.apply("fdb", wanted, paths=paths).changes] == [None, None]

    assert not engine.apply("fdb", wanted, paths=paths).changed
    assert f"{MAC % 4} dev port master br0 static" in all_entries(run)


def test_everything_is_read_in_normal_form(run, paths):
    run(LINKS)
    engine.apply("fdb", document(*EVERY_KIND), paths=paths)
    run(f"bridge fdb add {MAC % 9} dev vx0 dst 192.0.2.9 self dynamic")
    run("bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.50 port 99")

    found = fdb.read_all()

    ours = {key: entry for key, entry in found.items() if key in normalise(document(*EVERY_KIND))["fdb"]}
    assert not engine.apply("fdb", to_document({"fdb": ours}), paths=paths).changed
    assert found["vx0", MAC % 9, None, None] == {"dst": "192.0.2.9", "state": "dynamic"}
    assert {"dst": "192.0.2.50", "port": 99} in found.values()
    assert len(found) == len(run("bridge fdb show").splitlines()) - 2, "a flood list is one entry"
