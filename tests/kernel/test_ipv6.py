"""IPv6 in every section, and VXLAN over an IPv6 underlay."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import RefusedError
from tests.kernel.overlay import overlay
from tests.kernel.test_apply import snapshot

pytestmark = pytest.mark.usefixtures("namespace")


def dual_stack(peers):
    """The overlay with a second family, over an IPv6 underlay."""
    document = overlay(peers)
    document["links"][1].update(local="2001:db8::1", mtu=1430)
    document["addresses"].append({"dev": "cni0", "address": "FD00:244::1/64", "noprefixroute": True, "nodad": True})
    for number, entry in enumerate(document["fdb"], 1):
        entry["dst"] = f"2001:db8::{number + 1:x}"
        gateway = f"fd00:244:0:{number:x}::1"
        document["neighbors"].append({"dev": "vx0", "dst": gateway, "lladdr": entry["lladdr"]})
        document["routes"].append(
            {
                "dst": f"fd00:244:0:{number:x}::/64",
                "gateway": gateway,
                "dev": "vx0",
                "onlink": True,
                "src": "fd00:244::1",
                "mtu": 1400,
            }
        )
    document["routes"].append({"dst": "fd00:99::/64", "type": "blackhole", "metric": 7, "table": 99})
    return document


def test_both_families_are_applied_pruned_and_removed(run, paths):
    before = snapshot(run)

    engine.apply("vxlan", dual_stack(3), paths=paths)

    assert "fd00:244::1/64 scope global nodad noprefixroute" in run("ip -6 address show dev cni0")
    route = run("ip -6 route show fd00:244:0:2::/64")
    assert "via fd00:244:0:2::1 dev vx0 proto 244 src fd00:244::1 metric 1024 onlink mtu 1400" in route
    assert "fd00:244:0:3::1 lladdr 02:00:5e:01:00:03 PERMANENT" in run("ip -6 neighbor show dev vx0")
    assert "02:00:5e:01:00:03 dst 2001:db8::4 self permanent" in run("bridge fdb show dev vx0")
    assert "blackhole fd00:99::/64 dev lo proto 244 metric 7" in run("ip -6 route show table 99")
    assert "local 2001:db8::1" in run("ip -d link show vx0")
    assert not engine.apply("vxlan", dual_stack(3), paths=paths).changed

    assert len(engine.apply("vxlan", dual_stack(2), paths=paths).changes) == 5
    assert "fd00:244:0:3" not in run("ip -6 route") + run("ip -6 neighbor")
    engine.remove("vxlan", paths=paths)
    assert snapshot(run) == before


def test_the_commands_lead_to_the_same_kernel(run, paths):
    run("\n".join(engine.apply("vxlan", dual_stack(2), check=True, paths=paths).commands()))
    assert engine.apply("vxlan", dual_stack(2), paths=paths).commands() == []

    wanted = dual_stack(2)
    wanted["addresses"][1]["noprefixroute"] = False
    wanted["routes"][2]["mtu"] = 1300
    run("\n".join(engine.apply("vxlan", wanted, check=True, paths=paths).commands()))
    assert engine.apply("vxlan", wanted, paths=paths).commands() == []


def test_a_tunnel_changes_its_family_only_by_being_made_anew(run, paths):
    engine.apply("vxlan", overlay(1), paths=paths)
    with pytest.raises(RefusedError, match=r"link vx0: local is '198.18.0.0' and '2001:db8::1' is wanted"):
        engine.apply("vxlan", dual_stack(1), paths=paths)

    wanted = dual_stack(1)
    wanted["links"][1]["recreate"] = True
    engine.apply("vxlan", wanted, paths=paths)
    assert "dst 2001:db8::2 self permanent" in run("bridge fdb show dev vx0")


def test_the_other_familys_metric_and_tables_are_kept_apart(run, paths):
    engine.apply("vxlan", dual_stack(1), paths=paths)
    run("ip -6 route add fd00:244:0:1::/64 dev cni0 metric 5; ip -6 route add fd00:244:0:1::/64 dev cni0 table 50")

    assert not engine.apply("vxlan", dual_stack(1), paths=paths).changed
    engine.apply("vxlan", dual_stack(0), paths=paths)

    assert "dev cni0" in run("ip -6 route show fd00:244:0:1::/64")
    assert "dev cni0" in run("ip -6 route show fd00:244:0:1::/64 table 50")
    assert "vx0" not in run("ip -6 route show fd00:244:0:1::/64")


def test_a_route_waits_until_its_source_address_can_be_used(run, paths):
    """Without looking for others the kernel takes a moment; with looking, seconds (RFC 4862)."""
    wanted = {
        "version": 1,
        "addresses": [{"dev": "uplink", "address": "2001:db8::1/64"}],
        "routes": [{"dst": "fd00:10::/32", "dev": "uplink", "src": "2001:db8::1"}],
    }
    for looks in "0", "1":
        run(f"sysctl -qw net.ipv6.conf.default.accept_dad={looks}; ip link add uplink up type veth peer switch")
        run("ip link set switch up")
        engine.apply("early", wanted, paths=paths)
        assert "src 2001:db8::1" in run("ip -6 route show fd00:10::/32")
        engine.remove("early", paths=paths)
        run("ip link delete uplink")
