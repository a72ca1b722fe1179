"""Whatever somebody deletes or alters of ours is repaired, and the journal says what it was and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from testinfra.host import Host

from shared.fingerprint import differences, fingerprint

PEER = "mac=$(ip neighbor show 10.244.1.1 dev podnet-vxlan | awk '{print $3}')"

#: What is done to node-1, and what the journal says of it.
DAMAGES = {
    "routes": (
        [
            "ip route delete 10.244.1.0/24",
            "ip route change 10.244.2.0/24 metric 14 via 10.244.1.1 dev podnet-vxlan onlink proto 244 src 10.244.0.1",
        ],
        [
            "route 10.244.1.0/24 metric 14 is missing",
            "route 10.244.2.0/24 metric 14: gateway is 10.244.1.1 instead of 10.244.2.1",
        ],
    ),
    "neighbors": (
        [
            "ip neighbor delete 10.244.1.1 dev podnet-vxlan",
            "ip neighbor change 10.244.2.1 dev podnet-vxlan lladdr 02:00:00:00:00:01",
        ],
        [
            "neighbor 10.244.1.1 on podnet-vxlan is missing",
            "neighbor 10.244.2.1 on podnet-vxlan: lladdr is 02:00:00:00:00:01 instead of",
        ],
    ),
    "fdb deleted": (
        [f"{PEER}; bridge fdb delete $mac dev podnet-vxlan"],
        ["on podnet-vxlan is missing"],
    ),
    "fdb altered": (
        [f"{PEER}; bridge fdb replace $mac dev podnet-vxlan dst 198.51.100.99 self permanent"],
        ["on podnet-vxlan: dst is 198.51.100.99 instead of 198.51.100.12"],
    ),
    "addresses": (
        ["ip address delete 10.244.0.1/24 dev cni0"],
        ["address 10.244.0.1/24 on cni0 is missing"],
    ),
    "link attributes": (
        ["ip link set cni0 mtu 1400", "ip link set podnet-vxlan alias mine", "ip link set podnet-vxlan down"],
        [
            "link cni0: mtu is 1400 instead of 1450",
            "alias is mine instead of",
            "state is down instead of up",
            "route 10.244.1.0/24 metric 14 is missing",
        ],
    ),
    "links": (
        ["ip link delete podnet-vxlan"],
        [
            "link podnet-vxlan is missing",
            "route 10.244.1.0/24 metric 14 is missing",
            "neighbor 10.244.1.1 on podnet-vxlan is",
        ],
    ),
    "ipsets": (
        ["ipset del podnet-vxlan-v4 198.51.100.12", "ipset add podnet-vxlan-v4 198.51.100.99"],
        ["ipset podnet-vxlan-v4: entries lack 198.51.100.12 and have 198.51.100.99 too many"],
    ),
    "iptables": (
        [
            "iptables -F PODNET-VXLAN",
            "iptables -t nat -A PODNET-POSTROUTING -j RETURN",
            "iptables -D FORWARD -j PODNET-FORWARD",
            "iptables -t raw -D OUTPUT -j PODNET-VXLAN",
        ],
        [
            "PODNET-VXLAN of table filter (ipv4): rules lack '-p udp",
            "PODNET-POSTROUTING of table nat (ipv4): rules have '-j RETURN' too many",
            "PODNET-FORWARD of table filter (ipv4): anchors lack 'first in FORWARD'",
            "PODNET-VXLAN of table raw (ipv4): anchors lack 'first in OUTPUT'",
        ],
    ),
    "sysctls": (
        ["sysctl -q -w net.ipv4.ip_forward=0 net.ipv4.conf.cni0.rp_filter=1"],
        ["sysctl net.ipv4.ip_forward: value is 0 instead of 1", "cni0.rp_filter: value is 1 instead of 2"],
    ),
}  # fmt: skip


@pytest.fixture
def host(nodes: dict[str, Host]) -> Host:
    return nodes["node-1"]


@pytest.fixture
def others_objects(host: Host) -> Iterator[None]:
    """What somebody else has on the host, and what looks like ours; a test compares it with all else."""
    make = [
        "ip route add 10.244.1.0/24 dev eth0 table 99", "ip route add 192.0.2.0/24 dev eth0 proto 244",
        "ip address add 192.0.2.1/32 dev cni0", "iptables -N PODNET-MINE", "iptables -A FORWARD -j PODNET-MINE",
        "ipset create podnet-mine hash:ip",
    ]  # fmt: skip
    take_away = [
        "ipset destroy podnet-mine", "iptables -D FORWARD -j PODNET-MINE", "iptables -X PODNET-MINE",
        "ip address delete 192.0.2.1/32 dev cni0", "ip route delete 192.0.2.0/24 dev eth0",
        "ip route delete 10.244.1.0/24 dev eth0 table 99",
    ]  # fmt: skip
    host.check_output(" && ".join(make))
    yield
    host.check_output(" && ".join(take_away))


@pytest.mark.parametrize("damage", list(DAMAGES))
@pytest.mark.usefixtures("others_objects")
def test_it_is_repaired_and_told(host: Host, damage: str) -> None:
    commands, told = DAMAGES[damage]
    before = fingerprint(host)
    now = host.check_output("date +@%s.%6N")
    host.check_output("set -e; " + "; ".join(commands))
    host.check_output("systemctl start podnet-drift")
    journal = host.check_output("journalctl --unit podnet-drift --output cat --since %s", now)
    repaired = [line for line in journal.splitlines() if line.startswith("repaired: ")]
    for words in told:
        assert any(words in line for line in repaired), journal
    assert differences({"node-1": before}, {"node-1": fingerprint(host)}) == []
    assert host.run("podnet status").rc == 0


def test_nothing_is_told_where_nothing_is_wrong(host: Host) -> None:
    host.check_output("systemctl start podnet-drift")
    said = "journalctl --output cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID podnet-drift)"
    assert host.check_output(said) == ""


def test_the_timer_repairs_by_itself(nodes: dict[str, Host]) -> None:
    host = nodes["node-2"]
    now = host.check_output("date +@%s.%6N")
    host.check_output("ip route delete 10.244.0.0/24")
    back = "timeout 75 sh -c 'until ip route show 10.244.0.0/24 | grep -q podnet-vxlan; do sleep 0.5; done'"
    assert host.run(back).rc == 0
    # The route is back before the journal has it.
    said = host.check_output("sleep 1; journalctl --unit podnet-drift --output cat --since %s", now)
    assert "repaired: route 10.244.0.0/24 metric 14 is missing" in said


def test_the_timer_runs_every_minute_also_after_a_boot(node: Host) -> None:
    assert node.service("podnet-drift.timer").is_running
    timer = node.check_output("systemctl show -P TimersMonotonic podnet-drift.timer")
    assert "OnUnitActiveUSec=1min" in timer
    assert "OnBootUSec=1min" in timer
    assert node.check_output("systemctl show -P NextElapseUSecMonotonic podnet-drift.timer") not in ("", "infinity")
