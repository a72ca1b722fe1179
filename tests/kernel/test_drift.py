"""What was deleted or altered is repaired on drift, whatever section it is of, and the log says what and why."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from tests.kernel.picture import picture
from tests.kernel.podnet_command import Podnet
from tests.kernel.strangers import settle
from tests.kernel.whole import first

pytestmark = pytest.mark.usefixtures("namespace", "underlay")

#: What somebody does, and what is said of it.
DRIFT = {
    "link deleted": ("ip link delete vx0", ["link vx0 is missing", "route 10.244.1.0/24 is missing"]),
    "link altered": (
        "ip link set cni0 mtu 1300; ip link set vx0 down",
        ["link cni0: mtu is 1300 instead of 1450", "link vx0: state is down instead of up"],
    ),
    "address deleted": (
        "ip address delete 10.244.0.1/24 dev cni0",
        ["address 10.244.0.1/24 on cni0 is missing"],
    ),
    "neighbor deleted": (
        "ip neighbor delete 10.244.1.1 dev vx0",
        ["neighbor 10.244.1.1 on vx0 is missing"],
    ),
    "neighbor altered": (
        "ip neighbor replace 10.244.1.1 lladdr 02:00:5e:01:00:77 dev vx0 nud permanent",
        ["neighbor 10.244.1.1 on vx0: lladdr is 02:00:5e:01:00:77 instead of 02:00:5e:01:00:01"],
    ),
    "fdb entry deleted": (
        "bridge fdb delete 02:00:5e:01:00:01 dev vx0",
        ["fdb entry 02:00:5e:01:00:01 on vx0 is missing"],
    ),
    "fdb entry altered": (
        "bridge fdb replace 02:00:5e:01:00:01 dev vx0 dst 198.18.0.99",
        ["fdb entry 02:00:5e:01:00:01 on vx0: dst is 198.18.0.99 instead of 198.18.0.1"],
    ),
    "route deleted": ("ip route delete 10.244.1.0/24 dev vx0", ["route 10.244.1.0/24 is missing"]),
    "route altered": (
        "ip route replace 10.244.1.0/24 dev vx0 proto 244",
        ["route 10.244.1.0/24: gateway is not set instead of 10.244.1.1"],
    ),
    "rule deleted": (
        "ip -6 rule delete priority 100 from fd00:244::/48",
        ["rule 100 from fd00:244::/48 (ipv6) is missing"],
    ),
    "sysctl altered": (
        "sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.vx0.rp_filter=1",
        ["sysctl net.ipv4.ip_forward: value is 0 instead of 1", "sysctl net.ipv4.conf.vx0.rp_filter: value is 1 inst"],
    ),
    "set altered": (
        "ipset del podnet-vxlan-v4 198.18.0.3; ipset add podnet-vxlan-v4 192.0.2.66",
        ["ipset podnet-vxlan-v4: entries lack 198.18.0.3 and have 192.0.2.66 too many"],
    ),
    "set deleted": (
        "iptables -t raw -F PODNET-VXLAN; ipset destroy podnet-vxlan-v4",
        ["ipset podnet-vxlan-v4 is missing", "chain PODNET-VXLAN of table raw (ipv4): rules lack '-m set"],
    ),
    "chain emptied": (
        "iptables -F PODNET-FORWARD",
        ["chain PODNET-FORWARD of table filter (ipv4): rules lack '-s 10.244.0.0/16 -j ACCEPT'"],
    ),
    "chain deleted": (
        "iptables -D FORWARD -j PODNET-FORWARD; iptables -F PODNET-FORWARD; iptables -X PODNET-FORWARD",
        ["chain PODNET-FORWARD of table filter (ipv4) is missing"],
    ),
    "anchor displaced": (
        "iptables -D FORWARD -j PODNET-FORWARD; iptables -A FORWARD -j PODNET-FORWARD",
        [
            "chain PODNET-FORWARD of table filter (ipv4): anchors lack 'first in FORWARD' and have 'last in FORWARD'",
        ],
    ),
}


@pytest.mark.parametrize("how", DRIFT)
def test_is_repaired_and_the_log_says_what_and_why(run, paths, tmp_path, how):
    command, reasons = DRIFT[how]
    podnet = Podnet(tmp_path)
    settle(run)
    engine.apply("whole", first(), paths=paths)
    made = picture(run)
    run(command)
    assert picture(run) != made

    status, said, errors = podnet("drift")

    assert (status, errors) == (0, "")
    print(said)
    assert [reason for reason in reasons if f"repaired: {reason}" not in said] == []
    assert picture(run) == made
    assert podnet("drift") == (0, "", "")
