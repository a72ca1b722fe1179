"""What others have on a host that looks much like ours, and is none of our business."""

from __future__ import annotations

from collections.abc import Callable

_COMMANDS = """
sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.accept_dad=0
ip link add cni00 type bridge; ip link add vx00 type vxlan id 9 dstport 4790 local 198.18.0.0
ip link add podnet-other type bridge; ip link set podnet-other alias 'podnet: by hand'
ip link add vx0x type veth peer name cni0x; ip link set cni0x master cni00
for link in cni00 vx00 podnet-other vx0x cni0x; do ip link set $link up; done
sysctl -qw net.ipv4.conf.vx00.rp_filter=2

ip address add 10.244.0.1/32 dev cni00; ip address add 10.244.0.77/24 dev podnet-other
ip address add fd00:244::77/64 dev podnet-other nodad

ip route add 10.244.1.0/24 dev cni00 metric 50 proto static
ip route add 10.244.2.0/24 dev cni00 metric 50 proto 244
ip route add 10.244.1.0/24 dev vx00 table 244; ip route add 10.244.0.0/16 dev vx00 table 100 metric 7
ip route add blackhole 10.244.11.0/24 metric 60; ip route add 10.244.9.0/25 dev cni00
ip -6 route add fd00:244:1::/64 dev podnet-other table 100 metric 7

ip rule add priority 100 from 10.245.0.0/16 table 100; ip rule add priority 101 from 10.244.0.0/16 table 100
ip rule add priority 100 from 10.244.0.0/16 iif cni00 table 100; ip -6 rule add priority 100 from fd00::/8 table 100

ip neighbor add 10.244.1.1 lladdr 02:00:5e:01:00:01 dev vx00 nud permanent
ip neighbor add 10.244.1.1 lladdr 02:00:5e:01:00:99 dev cni00 nud permanent
bridge fdb add 02:00:5e:01:00:01 dev vx00 dst 198.18.0.1; bridge fdb add 02:00:5e:01:00:02 dev vx00 dst 198.18.9.9
bridge fdb add 02:00:5e:01:00:01 dev cni0x master static

ipset create podnet-vxlan-v4x hash:ip; ipset add podnet-vxlan-v4x 198.18.0.1
ipset create podnet-vxlan hash:net comment; ipset add podnet-vxlan 198.18.0.0/24 comment 'not  ours'
ipset create podnet-swap2 hash:ip counters maxelem 77

for tool in iptables ip6tables; do
    $tool -P FORWARD DROP
    $tool -N PODNET-FORWARD2; $tool -A PODNET-FORWARD2 -j ACCEPT
    $tool -A FORWARD -i cni00 -j PODNET-FORWARD2; $tool -A FORWARD -j PODNET-FORWARD2
    $tool -A FORWARD -m comment --comment 'podnet: priority 0' -j PODNET-FORWARD2
    $tool -A FORWARD -m comment --comment 'PODNET-FORWARD -j PODNET-FORWARD' -j RETURN
    $tool -t raw -N PODNET-VXLAN2; $tool -t raw -A PREROUTING -j PODNET-VXLAN2
    $tool -t raw -A PREROUTING -p udp --dport 4789 -j ACCEPT
    $tool -t nat -N PODNET-MASQUERAD; $tool -t nat -A POSTROUTING -j PODNET-MASQUERAD
done
iptables -t nat -A POSTROUTING -s 10.244.0.0/24 -j MASQUERADE
iptables -A INPUT -m set --match-set podnet-vxlan-v4x src -j ACCEPT
"""


def settle(run: Callable[[str], str]) -> None:
    """Have them in the test's namespace."""
    run(_COMMANDS)
