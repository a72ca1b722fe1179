"""Neighbors on a real kernel: permanent ones, such as answer no ARP, routers."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import neighbors
from tests.kernel.twin import twin

pytestmark = pytest.mark.usefixtures("namespace")

LINK = "ip link add br0 type bridge; ip link set br0 addrgenmode none; ip link set br0 up\n"
MAC = "02:00:5e:00:00:%02x"
EVERY_KIND = [
    {"dev": "br0", "dst": "192.0.2.1", "lladdr": MAC % 1},
    {"dev": "br0", "dst": "192.0.2.2", "lladdr": MAC % 2, "nud": "noarp"},
    {"dev": "br0", "dst": "2001:db8::1", "lladdr": MAC % 3, "router": True},
    {"dev": "br0", "dst": "fe80::1", "lladdr": MAC % 4},
]


def document(*entries):
    return {"version": 1, "neighbors": list(entries)}


def all_neighbors(run):
    """Without the multicast groups that the kernel tells of as neighbors."""
    shown = run("ip neighbor show nud all dev br0").splitlines()
    return sorted(line.strip() for line in shown if not line.startswith(("224.", "ff02:")))


def test_every_kind_of_neighbor_is_applied_applied_again_and_removed(run, paths):
    run(LINK)
    before = all_neighbors(run)

    assert len(engine.apply("neighbors", document(*EVERY_KIND), paths=paths).changes) == len(EVERY_KIND)

    assert f"2001:db8::1 lladdr {MAC % 3} router PERMANENT" in all_neighbors(run)
    assert f"192.0.2.2 lladdr {MAC % 2} NOARP" in all_neighbors(run)
    assert engine.apply("neighbors", document(*EVERY_KIND), paths=paths).commands() == []
    assert len(engine.remove("neighbors", paths=paths).changes) == len(EVERY_KIND)
    assert all_neighbors(run) == before


def test_the_commands_for_every_kind_lead_to_the_same_kernel(run, paths):
    changed = [
        {**EVERY_KIND[0], "nud": "noarp"},
        {**EVERY_KIND[1], "nud": "permanent", "lladdr": MAC % 9},
        {**EVERY_KIND[2], "router": False},
        {**EVERY_KIND[3], "router": True},
    ]
    run(LINK)
    with twin() as run_there:
        run_there(LINK)
        for wanted in (EVERY_KIND, changed, []):
            run_there("\n".join(engine.apply("neighbors", document(*wanted), paths=paths).commands()))
            assert all_neighbors(run_there) == all_neighbors(run)


@pytest.mark.parametrize("nud", ["reachable", "stale", "noarp"])
def test_others_neighbors_are_taken_for_absent_or_put_back(run, paths, nud):
    run(LINK + f"ip neighbor add 192.0.2.1 lladdr {MAC % 7} dev br0 nud {nud}")
    run(f"ip neighbor add 192.0.2.2 lladdr {MAC % 8} dev br0 nud noarp")
    run(f"ip neighbor add 192.0.2.3 lladdr {MAC % 9} dev br0")

    engine.apply("neighbors", document(*EVERY_KIND[:2]), paths=paths)
    assert not engine.apply("neighbors", document(*EVERY_KIND[:2]), paths=paths).changed
    engine.remove("neighbors", paths=paths)

    assert all_neighbors(run) == [f"192.0.2.2 lladdr {MAC % 8} NOARP", f"192.0.2.3 lladdr {MAC % 9} PERMANENT"]


def test_everything_is_read(run, paths):
    run(LINK)
    engine.apply("neighbors", document(*EVERY_KIND), paths=paths)
    run(f"ip neighbor add 192.0.2.9 lladdr {MAC % 9} dev br0 nud stale; ip neighbor add proxy 192.0.2.1 dev br0")

    found = neighbors.read_all()

    assert found["br0", "192.0.2.1"] == {"lladdr": MAC % 1}
    assert found["br0", "192.0.2.1", 1] == {"proxy": True}
    assert found["br0", "2001:db8::1"] == {"lladdr": MAC % 3, "router": True}
    assert found["br0", "192.0.2.9"] == {"lladdr": MAC % 9, "nud": "stale"}
