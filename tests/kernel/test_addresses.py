"""Addresses on a real kernel: with peers, labels, metrics and flags; others' addresses in the same network stay."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError, RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import addresses, sysctl
from ansible_collections.podnet.baremetal.plugins.module_utils.state.change import Failure
from ansible_collections.podnet.baremetal.plugins.module_utils.state.document import normalise, to_document
from tests.kernel.twin import twin

pytestmark = pytest.mark.usefixtures("namespace")

LINK = "ip link add br0 type bridge; ip link set br0 addrgenmode none; ip link set br0 up\n"
EVERY_KIND = [
    {"dev": "br0", "address": "192.0.2.1/24", "broadcast": "192.0.2.255", "label": "br0:pods", "metric": 50},
    {"dev": "br0", "address": "192.0.2.2/24", "noprefixroute": True},
    {"dev": "br0", "address": "198.51.100.1/32", "peer": "198.51.100.9"},
    {"dev": "br0", "address": "10.9.0.1/16", "scope": "link"},
    {"dev": "br0", "address": "169.254.7.1/16", "scope": "host"},
    {"dev": "br0", "address": "2001:db8:1::1/64", "nodad": True, "metric": 70},
    {"dev": "br0", "address": "2001:db8:2::1/128", "peer": "2001:db8:2::9", "nodad": True},
    {"dev": "br0", "address": "2001:db8:3::1/64", "noprefixroute": True, "home": True, "nodad": True},
    {"dev": "br0", "address": "2001:db8:4::1/64", "mngtmpaddr": True, "nodad": True},
    {"dev": "br0", "address": "fe80::7/64", "nodad": True},
]


def document(*entries):
    return {"version": 1, "addresses": list(entries)}


def all_addresses(run):
    shown = run("ip -d address show dev br0 | grep -E 'inet|valid_lft' || true").replace("\n       valid", " valid")
    return sorted(line.strip() for line in shown.splitlines())


def connected(run):
    return run("ip route show table all dev br0 proto kernel | grep -v ^multicast | sort; ip -6 route show | sort")


def test_every_kind_of_address_is_applied_applied_again_and_removed(run, paths):
    run(LINK)

    assert len(engine.apply("addresses", document(*EVERY_KIND), paths=paths).changes) == len(EVERY_KIND)

    shown = all_addresses(run)
    assert "inet 192.0.2.1/24 metric 50 brd 192.0.2.255 scope global br0:pods" in shown[2]
    assert "inet 198.51.100.1 peer 198.51.100.9/32 scope global br0" in shown[4]
    assert engine.apply("addresses", document(*EVERY_KIND), paths=paths).commands() == []
    assert len(engine.remove("addresses", paths=paths).changes) == len(EVERY_KIND)
    assert run("ip address show dev br0 | grep inet || true") == ""


def test_the_commands_for_every_kind_lead_to_the_same_kernel(run, paths):
    run(LINK)
    changed = [
        {**EVERY_KIND[0], "label": "br0:x", "broadcast": "192.0.2.0", "metric": 7},
        {**EVERY_KIND[2], "peer": "198.51.100.8"},
        {"dev": "br0", "address": "10.9.0.1/16"},
        {**EVERY_KIND[6], "peer": "2001:db8:2::8"},
        {**EVERY_KIND[7], "home": False},
    ]
    with twin() as run_there:
        run_there(LINK)
        for wanted in (EVERY_KIND, changed, []):
            run_there("\n".join(engine.apply("addresses", document(*wanted), paths=paths).commands()))
            assert all_addresses(run_there) == all_addresses(run)
            assert connected(run_there) == connected(run)


@pytest.mark.parametrize(
    "change", [{"metric": 5}, {"label": "br0:a"}, {"peer": "192.0.2.77"}, {"broadcast": "192.0.2.9"}]
)
def test_an_address_gets_and_loses_any_attribute(run, paths, change):
    run(LINK)
    plain = {"dev": "br0", "address": "192.0.2.1/24"}
    for wanted in (plain, {**plain, **change}, plain):
        engine.apply("addresses", document(wanted), paths=paths)
        assert not engine.apply("addresses", document(wanted), paths=paths).changed
        assert len(all_addresses(run)) == 1


@pytest.mark.parametrize(
    ("address", "changes"),
    [
        ("192.0.2.1/24", [{"metric": 5}, {"metric": 6}]),
        ("2001:db8::1/64", [{"metric": 5}, {"metric": 6}, {"metric": 6, "noprefixroute": True}, {"metric": 6}]),
        ("2001:db8::1/64", [{"home": True}, {"mngtmpaddr": True}, {"noprefixroute": True}, {}]),
    ],
)
def test_what_the_kernel_changes_in_place_is_changed_so(run, paths, address, changes):
    """With an address that was deleted, if only to be added, an IPv6 route would lose its preference for it."""
    run(LINK)
    plain = {"dev": "br0", "address": address, **({"nodad": True} if ":" in address else {})}
    engine.apply("addresses", document(plain), paths=paths)
    run(
        f"ip route add {'2001:db8:7::/48' if ':' in address else '198.51.100.0/24'} dev br0 src {address.split('/')[0]}"
    )
    with twin() as run_there:
        run_there(LINK + f"ip address add {address} dev br0 {'nodad' if ':' in address else ''}")
        for change in changes:
            (command,) = engine.apply("addresses", document({**plain, **change}), paths=paths).commands()
            assert command.startswith(f"ip address change {address} dev br0")
            run_there(command)
            assert all_addresses(run_there) == all_addresses(run)
            assert not engine.apply("addresses", document({**plain, **change}), paths=paths).changed
            assert f"src {address.split('/')[0]}" in run(
                "ip route show 198.51.100.0/24; ip -6 route show 2001:db8:7::/48"
            )


def test_an_ipv6_address_loses_its_metric(run, paths):
    run(LINK)
    plain = {"dev": "br0", "address": "2001:db8::1/64", "nodad": True}
    for wanted in ({**plain, "metric": 5}, plain):
        engine.apply("addresses", document(wanted), paths=paths)
        assert not engine.apply("addresses", document(wanted), paths=paths).changed
    assert "metric 256" in run("ip -6 route show 2001:db8::/64")


@pytest.mark.parametrize("promote", ["0", "1"])
def test_others_secondary_addresses_outlive_our_primary_one(run, paths, promote):
    run(LINK + f"sysctl -qw net.ipv4.conf.all.promote_secondaries=0 net.ipv4.conf.br0.promote_secondaries={promote}")
    engine.apply("addresses", document({"dev": "br0", "address": "192.0.2.1/24"}), paths=paths)
    run("ip address add 192.0.2.7/24 dev br0 label br0:other; ip address add 192.0.2.8/24 dev br0")
    run("ip route add 198.51.100.0/24 via 192.0.2.99 src 192.0.2.7")

    wanted = document({"dev": "br0", "address": "192.0.2.1/24", "label": "br0:ours"})
    engine.apply("addresses", wanted, paths=paths)
    assert "src 192.0.2.7" in run("ip route show 198.51.100.0/24")
    assert not engine.apply("addresses", wanted, paths=paths).changed
    engine.remove("addresses", paths=paths)

    left = all_addresses(run)
    assert ["192.0.2.7/24" in left[0], "192.0.2.8/24" in left[1], len(left)] == [True, True, 2]
    assert "src 192.0.2.7" in run("ip route show 198.51.100.0/24")
    assert run("sysctl -n net.ipv4.conf.br0.promote_secondaries").strip() == promote


def test_where_others_addresses_cannot_be_kept_ours_is_not_taken_away(run, paths, monkeypatch):
    run(LINK + "sysctl -qw net.ipv4.conf.all.promote_secondaries=0 net.ipv4.conf.br0.promote_secondaries=0")
    engine.apply("addresses", document({"dev": "br0", "address": "192.0.2.1/24"}), paths=paths)
    run("ip address add 192.0.2.7/24 dev br0")
    before = all_addresses(run)
    monkeypatch.setattr(sysctl, "apply", lambda changes: [Failure(each, 30, "1: read-only") for each in changes])

    with pytest.raises(ApplyError, match=r"192.0.2.1/24 on br0: delete: EROFS: other addresses would go with it"):
        engine.remove("addresses", paths=paths)

    assert all_addresses(run) == before


def test_anothers_address_is_altered_and_put_back(run, paths):
    run(LINK + "ip address add 192.0.2.1 peer 192.0.2.9/24 brd 192.0.2.255 dev br0 label br0:x metric 9")
    run("ip address add 2001:db8::1/64 dev br0 nodad metric 8")
    before = all_addresses(run)
    wanted = document(
        {"dev": "br0", "address": "192.0.2.1/24", "peer": "192.0.2.8"},
        {"dev": "br0", "address": "2001:db8::1/64", "noprefixroute": True},
    )

    assert len(engine.apply("addresses", wanted, paths=paths).changes) == 2
    engine.remove("addresses", paths=paths)

    assert all_addresses(run) == before


def test_an_address_with_a_lifetime_is_not_taken_over(run, paths):
    run(LINK + "ip address add 192.0.2.1/24 dev br0 valid_lft 600 preferred_lft 300")

    with pytest.raises(RefusedError, match=r"address 192.0.2.1/24 on br0: is there already with a lifetime"):
        engine.apply("addresses", document({"dev": "br0", "address": "192.0.2.1/24"}), paths=paths)


def test_everything_is_read_in_normal_form(run, paths):
    run(LINK)
    engine.apply("addresses", document(*EVERY_KIND), paths=paths)
    run("ip address add 198.51.100.1 peer 198.51.100.7/32 dev br0")
    run("ip address add 192.0.2.99/24 dev br0 valid_lft 600 preferred_lft 600")

    found = addresses.read_all()

    ours = {key: each for key, each in found.items() if key in normalise(document(*EVERY_KIND))["addresses"]}
    assert not engine.apply("addresses", to_document({"addresses": ours}), paths=paths).changed
    assert found["lo", "127.0.0.1/8"] == {"scope": "host"}
    assert found["br0", "192.0.2.99/24"]["foreign"] == ["a lifetime"]
    assert found["br0", "198.51.100.1/32", 1]["peer"] in ("198.51.100.7", "198.51.100.9")


def test_an_address_that_somebody_else_has_is_told_so(run, namespace):
    run("ip link add up0 type veth peer name far0; ip link set up0 up")
    run(f"ip netns add {namespace}-far; ip link set far0 netns {namespace}-far")
    try:
        run(f"ip -n {namespace}-far link set far0 up; ip -n {namespace}-far address add 2001:db8::1/64 dev far0 nodad")
        run("ip address add 2001:db8::1/64 dev up0")
        run("for try in 1 2 3 4 5 6 7 8 9; do ip address show dev up0 | grep -q dadfailed && break; sleep 0.5; done")

        assert addresses.read_all()["up0", "2001:db8::1/64"]["dadfailed"] is True
    finally:
        run(f"ip netns delete {namespace}-far")
