"""IPv4 addresses change, and the routes over their links stay, whoever made them, whatever becomes of the run."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, resources, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import addresses, netlink, world
from ansible_collections.podnet.baremetal.plugins.module_utils.state import holds
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Failure
from ansible_collections.podnet.baremetal.plugins.module_utils.state.marks import HELD
from tests.kernel.twin import twin

pytestmark = pytest.mark.usefixtures("namespace")

LINK = "ip link add br0 type bridge; ip link set br0 addrgenmode none; ip link set br0 up\n"
ADDRESS = {"dev": "br0", "address": "192.0.2.1/24"}
#: A hold of 192.0.2.5, as a run that was killed leaves it.
LEFT_OVER = "ip address add 192.0.2.5 peer 63.255.253.250/32 dev br0 scope host noprefixroute"

#: What an address is changed to, be it another address.
CHANGES: dict[str, dict[str, Any]] = {
    "metric": {**ADDRESS, "metric": 50},
    "label": {**ADDRESS, "label": "br0:x"},
    "noprefixroute": {**ADDRESS, "noprefixroute": True},
    "scope": {**ADDRESS, "scope": "link"},
    "peer": {**ADDRESS, "peer": "192.0.2.254"},
    "prefix": {**ADDRESS, "address": "192.0.2.1/25"},
    "same subnet": {**ADDRESS, "address": "192.0.2.7/24"},
    "another subnet": {**ADDRESS, "address": "198.51.100.1/24"},
}
#: After these the host has the address still, and so routes that prefer it can stay.
THE_SAME = [name for name, change in CHANGES.items() if change["address"].startswith("192.0.2.1/")]


def document(*entries):
    return {"version": 1, "addresses": list(entries)}


def default_routes(run):
    return run("ip route show default; ip route show table 100 2>/dev/null || true")


def shown(run):
    return run("ip -o -4 address show dev br0; ip route show table all; ip -6 route show table all | grep -v ff00")


@pytest.fixture
def others(run):
    """A host that is reached over a default route of its own, and its routes."""
    run(LINK + "ip address add 2001:db8::1/64 dev br0 nodad")
    yield lambda *routes: [run(f"ip route add {route}") for route in routes]
    assert not any(holds.is_hold(key, each) for key, _flags, each in addresses._dump(addresses.Devices(), 0))


@pytest.mark.parametrize("change", CHANGES)
def test_in_a_document_the_default_route_outlives_any_change_of_the_only_address(run, paths, others, change):
    engine.apply("addresses", document(ADDRESS), paths=paths)
    others("default via 192.0.2.254", "default via 192.0.2.254 metric 9", "default via 192.0.2.254 table 100")
    before = default_routes(run)

    for wanted in (CHANGES[change], ADDRESS):
        engine.apply("addresses", document(wanted), paths=paths)
        assert default_routes(run) == before
        assert not engine.apply("addresses", document(wanted), paths=paths).changed


@pytest.mark.parametrize("change", [name for name in THE_SAME if name != "prefix"])
def test_in_a_task_the_default_route_outlives_any_change_of_the_only_address(run, paths, others, change):
    run("ip address add 192.0.2.1/24 dev br0")
    others("default via 192.0.2.254 src 192.0.2.1", "198.51.100.0/24 via 192.0.2.254")
    before = default_routes(run)

    assert resources.apply("addresses", [CHANGES[change]], paths=paths).changed

    assert default_routes(run) == before
    assert run("ip route show 198.51.100.0/24")


@pytest.mark.parametrize("change", THE_SAME)
def test_a_route_that_prefers_the_address_outlives_its_change(run, paths, others, change):
    engine.apply("addresses", document(ADDRESS), paths=paths)
    run("ip link add br1 type bridge; ip link set br1 up; ip address add 203.0.113.1/24 dev br1")
    others("default via 192.0.2.254 src 192.0.2.1", "198.18.0.0/15 via 203.0.113.9 src 192.0.2.1")
    before = run("ip route show default; ip route show 198.18.0.0/15")

    for wanted in (CHANGES[change], ADDRESS):
        engine.apply("addresses", document(wanted), paths=paths)
        assert run("ip route show default; ip route show 198.18.0.0/15") == before


@pytest.mark.parametrize("length", [31, 32])
def test_an_address_alone_in_its_network_is_held_as_well(run, paths, others, length):
    entry = {"dev": "br0", "address": f"192.0.2.1/{length}"}
    engine.apply("addresses", document(entry), paths=paths)
    others("192.0.2.0/24 dev br0 src 192.0.2.1", "default via 192.0.2.254")

    engine.apply("addresses", document({**entry, "label": "br0:x"}), paths=paths)

    assert "default via 192.0.2.254" in run("ip route show")
    assert "192.0.2.0/24 dev br0 scope link src 192.0.2.1" in run("ip route show")


def test_an_address_that_moves_to_another_link_takes_no_route_that_prefers_it(run, paths, others):
    run("ip link add br1 type bridge; ip link set br1 up; ip address add 203.0.113.1/24 dev br1")
    engine.apply("addresses", document(ADDRESS), paths=paths)
    others("198.18.0.0/15 via 203.0.113.9 src 192.0.2.1")

    engine.apply("addresses", document({**ADDRESS, "dev": "br1"}), paths=paths)

    assert run("ip -o -4 address show dev br0") == ""
    assert "src 192.0.2.1" in run("ip route show 198.18.0.0/15")


@pytest.mark.parametrize("change", CHANGES)
def test_the_routes_of_the_document_are_foretold_as_they_are(run, paths, others, change):
    others()
    own = {"dst": "198.18.0.0/15", "gateway": "192.0.2.254", "dev": "br0", "onlink": True, "src": "192.0.2.1"}
    plain = {"dst": "203.0.113.0/24", "gateway": "192.0.2.254", "dev": "br0", "onlink": True}
    first = {**document(ADDRESS), "routes": [own, plain]}
    second = {**document(CHANGES[change]), "routes": [{**own, "src": CHANGES[change]["address"].split("/")[0]}, plain]}
    with twin() as run_there:
        run_there(LINK + "ip address add 2001:db8::1/64 dev br0 nodad")
        for wanted in (first, second, first):
            foretold = engine.apply("addresses", wanted, paths=paths, check=True)
            done = engine.apply("addresses", wanted, paths=paths)
            assert foretold.commands() == done.commands()
            run_there("\n".join(done.commands()))
            assert shown(run_there) == shown(run)


def test_secondary_addresses_are_held_beside_their_primary_one(run, paths, others):
    several = [{"dev": "br0", "address": f"192.0.2.{number}/24"} for number in range(1, 9)]
    engine.apply("addresses", document(*several), paths=paths)
    others("default via 192.0.2.254", "198.18.0.0/15 via 192.0.2.254 src 192.0.2.3")

    engine.apply("addresses", document(*({**each, "label": "br0:x"} for each in several)), paths=paths)

    assert "default via 192.0.2.254" in run("ip route show")
    assert "src 192.0.2.3" in run("ip route show 198.18.0.0/15")
    locals_ = run("ip route show table local type local dev br0").splitlines()
    assert sorted(line.split()[1] for line in locals_) == [f"192.0.2.{number}" for number in range(1, 9)]


@pytest.mark.parametrize("change", ["label", "same subnet", "another subnet"])
def test_the_default_route_outlives_a_change_that_fails_and_its_taking_back(run, paths, others, monkeypatch, change):
    engine.apply("addresses", document(ADDRESS), paths=paths)
    others("default via 192.0.2.254", "default via 192.0.2.254 metric 9 src 192.0.2.1")
    before = shown(run)
    real, refused = addresses._requests, []

    def for_no_link(change, devices):
        requests = real(change, devices)
        if refused or change.after is None or holds.is_hold(change.key, change.after):
            return requests
        refused.append(change)
        return [*requests[:-1], requests[-1]._replace(body=bytes(8))]

    monkeypatch.setattr(addresses, "_requests", for_no_link)
    with pytest.raises(ApplyError, match=r"192\.0\.2\.|198\.51\.100\.") as caught:
        engine.apply("addresses", document(CHANGES[change]), paths=paths)

    assert caught.value.left == []
    assert refused
    assert "default via 192.0.2.254 dev br0" in run("ip route show")
    assert shown(run) == before if change == "label" else "192.0.2.1/24" in shown(run)


def test_a_later_refusal_takes_the_address_back_and_not_the_default_route(run, paths, others, monkeypatch):
    engine.apply("addresses", document(ADDRESS), paths=paths)
    others("default via 192.0.2.254")
    before = shown(run)
    real, refused = world.apply, []

    def refusing(section, changes):
        failures = real(section, changes)
        if section == "addresses" and not refused:
            refused.append(Failure(changes[-1], 0, "no more of that"))
            return failures + refused
        return failures

    monkeypatch.setattr(world, "apply", refusing)
    with pytest.raises(ApplyError, match="no more of that"):
        engine.apply("addresses", document(CHANGES["another subnet"]), paths=paths)

    assert shown(run) == before


@pytest.mark.parametrize("change", ["label", "same subnet", "another subnet"])
@pytest.mark.parametrize("after", range(1, 5))
def test_the_default_route_outlives_a_run_that_is_killed(run, paths, others, change, after):
    """Before or after all that changes, and before or after the holds go."""
    engine.apply("addresses", document(ADDRESS), paths=paths)
    others("default via 192.0.2.254")

    killed = killed_at_a_batch(after, lambda: engine.apply("addresses", document(CHANGES[change]), paths=paths))

    assert killed
    assert run("ip route show default") == "default via 192.0.2.254 dev br0 \n"
    assert run("ip -o -4 address show dev br0") != ""
    engine.apply("addresses", document(ADDRESS), paths=paths)
    assert run("ip -o -4 address show dev br0").split()[2:4] == ["inet", "192.0.2.1/24"]
    assert run("ip route show default") == "default via 192.0.2.254 dev br0 \n"


def killed_at_a_batch(number, action):
    """Whether a child died before or after one of its batches: 1 is before the first, 2 after it."""
    child = os.fork()
    if not child:
        status = 1
        try:
            countdown, real = [number], netlink.Netlink.batch

            def tick():
                countdown[0] -= 1
                if not countdown[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

            def batch(self, *columns):
                if columns[2]:
                    tick()
                result = real(self, *columns)
                if columns[2]:
                    tick()
                return result

            netlink.Netlink.batch = batch
            action()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def left_over_by_a_document(paths, check):
    return engine.apply("addresses", document(ADDRESS), check=check, paths=paths)


def left_over_by_a_removal(paths, check):
    return engine.remove("addresses", check=check, paths=paths)


def left_over_by_a_task(paths, check):
    return resources.apply("addresses", [ADDRESS], check=check, paths=paths)


@pytest.mark.parametrize("end", [left_over_by_a_document, left_over_by_a_removal, left_over_by_a_task])
def test_what_a_killed_run_has_left_is_cleared_away_by_any_other(run, paths, others, end):
    others()
    engine.apply("addresses", document(ADDRESS), paths=paths)
    run(LEFT_OVER)
    with twin() as run_there:
        run_there(LINK + "ip address add 192.0.2.1/24 dev br0\n" + LEFT_OVER)
        assert ("br0", HELD) in [change.key for change in end(paths, True).changes]
        done = end(paths, False)
        assert ("br0", HELD) in [change.key for change in done.changes]
        run_there("\n".join(done.commands()))
        assert run_there("ip -o -4 address show dev br0") == run("ip -o -4 address show dev br0")
    assert "192.0.2.5" not in run("ip address")
    assert not end(paths, False).changed


def test_what_a_killed_run_has_left_is_drift(run, paths, others):
    others()
    engine.apply("addresses", document(ADDRESS), paths=paths)
    run(LEFT_OVER)

    assert restore.deviations(paths) == {"addresses": ["address podnet-held on br0 is left over"]}
    restore.restore(paths)

    assert restore.deviations(paths) == {"addresses": []}


def test_an_ipv6_address_and_routes_over_its_link_are_as_they_were(run, paths, others):
    others()
    entry = {"dev": "br0", "address": "2001:db8:1::1/64", "nodad": True}
    engine.apply("addresses", document(entry), paths=paths)
    run("ip -6 route add default via 2001:db8::9 src 2001:db8::1")

    for wanted in ({**entry, "home": True}, {**entry, "address": "2001:db8:2::1/64"}, entry):
        done = engine.apply("addresses", document(wanted), paths=paths)
        assert not any("peer" in line for line in done.commands())
        assert "default via 2001:db8::9 dev br0 src 2001:db8::1" in run("ip -6 route show")
