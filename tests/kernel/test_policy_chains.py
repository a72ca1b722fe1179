"""Policy's chains on a real kernel: both families, both packet filters, pods on one bridge and from outside."""

from __future__ import annotations

import contextlib
import socket
import struct

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils import enforcement
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.namespace import within
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.document import Settings
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import (
    HASH_IP,
    HASH_IP_PORT,
    HASH_NET,
    AddressSet,
    Allow,
    Table,
)
from tests.kernel.policed import address, table

EVERYTHING = Allow(None, (), None, ("default/open",))
DATAGRAMS = socket.SOCK_DGRAM


def test_only_what_a_class_allows_gets_in(node, backend, family):
    server, client, other = (node.pod(number) for number in (2, 3, 4))
    clients = AddressSet("podnet-00000000000000c1", HASH_IP, (address(3, family),))
    web = Allow("TCP", ((80, 80),), clients.name, ("default/web",))
    tables = [table(family, (3, 4), [((2,), (web,))], [((2,), None)], [clients])]
    assert node.apply(tables).changed
    assert not node.apply(tables).changed
    assert client.reaches(server, 80, family)
    assert not client.reaches(server, 81, family)
    assert not client.reaches(server, 80, family, DATAGRAMS)
    assert not other.reaches(server, 80, family)
    assert not client.pings(address(2, family))
    assert server.reaches(other, 80, family)
    assert server.pings(address(4, family))
    assert other.reaches(client, 81, family)


def test_only_what_a_class_allows_gets_out(node, backend, family):
    client, server, other = (node.pod(number) for number in (2, 3, 4))
    block = AddressSet("podnet-00000000000000b1", HASH_NET, excepting(family, address(4, family)))
    named = AddressSet("podnet-00000000000000d1", HASH_IP_PORT, (f"{address(4, family)},tcp:8443",))
    allows = (
        Allow("TCP", ((80, 80), (8000, 8009)), block.name, ("default/block",)),
        Allow(None, (), named.name, ("default/named",)),
    )
    tables = [table(family, (3, 4), [((2,), None)], [((2,), allows)], [block, named])]
    assert node.apply(tables).changed
    assert not node.apply(tables).changed
    assert client.reaches(server, 80, family)
    assert client.reaches(server, 8009, family)
    assert not client.reaches(server, 8010, family)
    assert not client.reaches(other, 80, family)
    assert client.reaches(other, 8443, family)
    assert other.reaches(client, 81, family)


def excepting(family, pod):
    """A block of all addresses, as two halves, without one pod's."""
    return {4: ("0.0.0.0/1", "128.0.0.0/1", pod + " nomatch"), 6: ("::/1", "8000::/1", pod + " nomatch")}[family]


def test_more_ports_than_one_rule_can_hold(node, backend, family):
    server, client = node.pod(2), node.pod(3)
    ports = tuple((1000 + 10 * number, 1000 + 10 * number + number % 2) for number in range(30))
    node.apply([table(family, (3,), [((2,), (Allow("UDP", ports, None, ("default/many",)),))], [((2,), None)])])
    for port in (1000, 1011, 1290, 1291):
        assert client.reaches(server, port, family, DATAGRAMS)
    for port in (1001, 1285):
        assert not client.reaches(server, port, family, DATAGRAMS)


@pytest.mark.parametrize("count", [7, 8, 70])
def test_of_many_classes_each_has_its_own_rules(node, backend, count):
    """Pods 2, 3 and 4 are in the first, a middle and the last class that is looked for, in some order."""
    pods = [node.pod(number) for number in (2, 3, 4)]
    client = node.pod(5)
    place = {0: 2, count // 2: 3, count - 1: 4}
    classes = [
        ((place.get(number, 100 + number),), (Allow("UDP", ((1000 + number,) * 2,), None, ("default/web",)),))
        for number in range(count)
    ]
    everybody = tuple(pod for (pod,), _allows in classes)
    node.apply([table(4, (5,), classes, [(everybody, None)])])
    for pod, own in zip(pods, place, strict=True):
        reached = [number for number in place if client.reaches(pod, 1000 + number, 4, DATAGRAMS)]
        assert reached == [own]


def test_pods_that_may_neither_send_nor_take_anything_find_their_neighbors(node, backend):
    """Answers are allowed, and to answer takes the other's address on the link."""
    server, client = node.pod(2), node.pod(3)
    node.apply([table(6, (3,), [((2,), (EVERYTHING,))], [((2,), ())])])
    assert client.reaches(server, 80, 6)
    server.run("ip -6 neigh flush all")
    assert client.reaches(server, 80, 6)
    assert not server.reaches(client, 80, 6)


def test_a_pod_that_policy_has_not_seen_gets_nothing(node, backend, family):
    unseen, free = node.pod(2), node.pod(3)
    node.apply([table(family, (3,))])
    assert not unseen.reaches(free, 80, family)
    assert not free.reaches(unseen, 80, family)
    node.apply([table(family, (3,))], Settings(unseen="allow"))
    assert unseen.reaches(free, 80, family)
    assert free.reaches(unseen, 80, family)


def test_probe_pods_pass_and_open_nothing_else(node, backend, family, run):
    probe, unseen, free = (node.pod(number) for number in (2, 3, 4))
    node.apply([table(family, (4,))])
    run(f"ipset add podnet-probes-v{family} {address(2, family)}")
    assert probe.reaches(free, 80, family)
    assert free.reaches(probe, 80, family)
    assert not probe.reaches(unseen, 80, family)
    assert not unseen.reaches(probe, 80, family)
    assert not node.apply([table(family, (4,))]).changed
    assert address(2, family) in run(f"ipset list podnet-probes-v{family}")


def test_a_pod_reaches_itself_by_a_service(node, backend, family, run):
    pod, _other = node.pod(2), node.pod(3)
    node.apply([table(family, (3,), [((2,), ())], [((2,), ())])])
    service, tool = {4: ("10.96.0.10", "iptables"), 6: ("fd00:10:96::10", "ip6tables")}[family]
    own = address(2, family)
    target = f"[{own}]:80" if family == 6 else f"{own}:80"
    tool += "-" + backend
    run(f"{tool} -t nat -A PREROUTING -d {service} -p tcp -j DNAT --to-destination {target}")
    run(f"{tool} -t nat -A POSTROUTING -s {own} -d {own} -j MASQUERADE")
    with pod.bound(family, socket.SOCK_STREAM, 80):
        pod.connected(service, 80).close()


def test_nobody_passes_for_the_pod_itself(node, backend):
    """A packet that bears the receiver's address as its source."""
    server, client = node.pod(2), node.pod(3)
    node.apply([table(6, (3,), [((2,), ())], [((2,), None)])])
    with (
        server.bound(6, DATAGRAMS, 53) as asked,
        client.opened(6, DATAGRAMS) as asking,
    ):
        asking.setsockopt(socket.IPPROTO_IPV6, 75, 1)  # IPV6_TRANSPARENT: any source
        asking.bind((address(2, 6), 5353))
        asking.sendto(b"?", (address(2, 6), 53))
        with pytest.raises(TimeoutError):
            asked.recv(16)


@pytest.mark.parametrize("under", ["203.0.113.1", "2001:db8::1", "::"])
def test_a_pod_that_may_send_nothing_does_not_send_under_an_address_of_no_pod(node, backend, under):
    """It takes CAP_NET_RAW. Egress is judged by the source."""
    family = 6 if ":" in under else 4
    client, server, outside = node.pod(2), node.pod(3), node.outside()
    client.run("for each in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $each; done")
    ends = [server, outside] if under != "::" else [server]  # without a source nothing is routed
    with contextlib.ExitStack() as opened:
        asked = [opened.enter_context(each.bound(family, DATAGRAMS, 53)) for each in ends]
        asking = opened.enter_context(client.opened(family, socket.SOCK_RAW, socket.IPPROTO_RAW))
        for each, receiving in zip(ends, asked, strict=True):
            asking.sendto(datagram(under, each.addresses[family], 53), (each.addresses[family], 0))
            assert receiving.recv(16) == b"?"
        node.apply([table(family, (3,), [((2,), None)], [((2,), ())])])
        for each, receiving in zip(ends, asked, strict=True):
            asking.sendto(datagram(under, each.addresses[family], 53), (each.addresses[family], 0))
            with pytest.raises(TimeoutError):
                receiving.recv(16)


def datagram(source, destination, port):
    """An IP packet with a UDP datagram (RFC 768) without checksum over IPv4, and with one over IPv6 (RFC 8200, 8.1)."""
    if ":" not in source:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 29, 0, 0, 64, 17, 0)
        ends = socket.inet_aton(source) + socket.inet_aton(destination)
        return head + ends + struct.pack("!HHHH", 40000, port, 9, 0) + b"?"
    ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    words = ends + struct.pack("!IIHHHH", 9, 17, 40000, port, 9, 0) + b"?\0"
    total = sum(struct.unpack(f"!{len(words) // 2}H", words))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    head = struct.pack("!IHBB", 6 << 28, 9, 17, 64)
    return head + ends + struct.pack("!HHHH", 40000, port, 9, ~total & 0xFFFF) + b"?"


def test_errors_of_allowed_connections_come_back(node, backend, family):
    pod, outside = node.pod(2), node.outside()
    node.apply([table(family, (), [((2,), ())], [((2,), (EVERYTHING,))])])
    with pod.opened(family, DATAGRAMS) as asking:
        asking.connect((outside.addresses[family], 9))
        asking.send(b"?")
        with pytest.raises(ConnectionRefusedError):  # the answer is ICMP's: port unreachable
            asking.recv(16)


def test_a_smaller_mtu_on_the_way_is_learnt(node, backend, family, run):
    pod, outside = node.pod(2), node.outside()
    far, path_mtu, discover = {4: ("192.0.2.0/24", 14, 10), 6: ("fd00:192:0:2::/64", 24, 23)}[family]
    level = {4: socket.IPPROTO_IP, 6: socket.IPPROTO_IPV6}[family]
    outside.run(f"echo 1 > /proc/sys/net/ipv{family}/{'ip_forward' if family == 4 else 'conf/all/forwarding'}")
    outside.run("ip link add far mtu 1300 type veth peer name end; ip link set far up; ip link set end up")
    outside.run(f"ip route add {far} dev far")
    run(f"ip route add {far} via {outside.addresses[family]}")
    node.apply([table(family, (), [((2,), ())], [((2,), (EVERYTHING,))])])
    with pod.opened(family, DATAGRAMS) as sending:
        sending.setsockopt(level, discover, 2)  # IP_MTU_DISCOVER, IPV6_MTU_DISCOVER: PMTUDISC_DO
        sending.connect((far.partition("/")[0].rstrip("0") + "9", 9))
        sending.send(bytes(1400))
        with pytest.raises(OSError, match="Message too long"):
            sending.recv(16)
        assert sending.getsockopt(level, path_mtu) == 1300


def index_of_eth0(pod):
    return within(pod.namespace, lambda: socket.if_nametoindex("eth0"))


@pytest.mark.parametrize("group", ["255.255.255.255", "224.0.0.1", "ff02::1"])
def test_what_is_addressed_to_everybody_does_not_get_around_policy(node, backend, group):
    server, client = node.pod(2), node.pod(3)
    family = 6 if ":" in group else 4
    with (
        server.opened(family, DATAGRAMS) as asked,
        client.bound(family, DATAGRAMS, 0) as asking,
    ):
        asked.bind(("::" if family == 6 else "0.0.0.0", 53))
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        to = (group, 53, 0, index_of_eth0(client)) if family == 6 else (group, 53)
        asking.sendto(b"?", to)
        assert asked.recv(16) == b"?"
        node.apply([table(family, (3,), [((2,), ())], [((2,), None)])])
        asking.sendto(b"?", to)
        with pytest.raises(TimeoutError):
            asked.recv(16)


def test_the_subnets_broadcast_address_is_closed_where_pods_that_policy_has_not_seen_are_let_through(node, backend):
    """It is an address of the subnet, and in no class."""
    server, client = node.pod(2), node.pod(3)
    assert client.reaches(server)  # the bridge's ports are up
    with server.opened(4, DATAGRAMS) as asked, client.bound(4, DATAGRAMS, 0) as asking:
        asked.bind(("0.0.0.0", 53))
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        asking.sendto(b"?", ("10.244.0.255", 53))
        assert asked.recv(16) == b"?"
        node.apply([table(4, (3,), [((2,), ())], [((2,), None)])], Settings(unseen="allow"))
        asking.sendto(b"?", ("10.244.0.255", 53))
        with pytest.raises(TimeoutError):
            asked.recv(16)


def test_link_local_addresses_do_not_get_around_policy(node, backend):
    server, client = node.pod(2), node.pod(3)
    own = server.run("ip -o -6 address show dev eth0 scope link").split()[3].partition("/")[0]
    node.apply([table(6, (3,), [((2,), ())], [((2,), None)])])
    with server.opened(6, DATAGRAMS) as asked, client.opened(6, DATAGRAMS) as asking:
        asked.bind(("::", 53))
        asking.sendto(b"?", (own, 53, 0, index_of_eth0(client)))
        with pytest.raises(TimeoutError):
            asked.recv(16)


@pytest.mark.parametrize("to", ["link-local", "ff02::1", "224.0.0.1", "169.254.0.2"])
def test_an_address_family_that_the_cluster_does_not_use_is_no_way_around_policy(node, backend, to):
    """Pods have link-local addresses of it, or take some, whatever the cluster's networks are."""
    family = 6 if ":" in to or to == "link-local" else 4
    server, client = node.pod(2), node.pod(3)
    own = to if to != "link-local" else server.run("ip -o -6 address show dev eth0 scope link").split()[3].split("/")[0]
    for number, pod in enumerate((server, client), 2):
        pod.run(f"ip address flush dev eth0 scope global; ip address add 169.254.0.{number}/16 dev eth0")
    node.apply(in_use(10 - family))
    with server.opened(family, DATAGRAMS) as asked, client.opened(family, DATAGRAMS) as asking:
        asked.bind(("::" if family == 6 else "0.0.0.0", 53))
        whereto = (own, 53, 0, index_of_eth0(client)) if family == 6 else (own, 53)
        asking.setsockopt(socket.IPPROTO_IP, 32, struct.pack("4s4si", bytes(4), bytes(4), index_of_eth0(client)))
        asking.sendto(b"?", whereto)
        with pytest.raises(TimeoutError):
            asked.recv(16)
        enforcement.remove(paths=node.paths)
        asking.sendto(b"?", whereto)
        assert asked.recv(16) == b"?"


def in_use(family):
    """Both families' tables of a node whose cluster uses this one only."""
    other = Table(10 - family, (), (), (), (), {})
    return [table(family, (3,), [((2,), ())], [((2,), None)]), other]


def test_other_bits_of_a_mark_are_others(node, backend, run):
    server, client = node.pod(2), node.pod(3)
    run(f"iptables-{backend} -t mangle -A PREROUTING -j MARK --set-xmark 0x4001/0x4001")
    run(f"iptables-{backend} -A FORWARD -m mark --mark 0x4001/0xffffffff -j RETURN")
    run(f"iptables-{backend} -A FORWARD -m comment --comment 'other marks' -j DROP")
    node.apply([table(4, (3,), [((2,), (EVERYTHING,))], [((2,), None)])])
    assert client.reaches(server)
    assert server.reaches(client)


def test_sctp_is_a_protocol_as_any_other(node, backend, family):
    server, client = node.pod(2), node.pod(3)
    node.apply([table(family, (3,), [((2,), (Allow("SCTP", ((9, 9),), None, ()),))], [((2,), None)])])
    with server.opened(family, socket.SOCK_RAW, 132) as asked, client.opened(family, socket.SOCK_RAW, 132) as asking:
        for port, arrives in ((8, False), (9, True)):
            asking.sendto(sctp_init(port), (address(2, family), 0))
            try:
                asked.recv(256)
            except TimeoutError:
                assert not arrives
            else:
                assert arrives


def test_an_sctp_association_that_was_ended_is_not_begun_anew_by_its_other_end(node, backend, family):
    """The server may send what it likes, and so what conntrack would take for the beginning of an association."""
    server, client = node.pod(2), node.pod(3)
    node.apply([table(family, (3,), [((2,), ())], [((2,), (EVERYTHING,))])])
    with server.opened(family, socket.SOCK_RAW, 132) as asked, client.opened(family, socket.SOCK_RAW, 132) as asking:
        for sender, to, ends in ((asked, 3, (9, 40000)), (asking, 2, (40000, 9))):
            sender.sendto(sctp_data(*ends), (address(to, family), 0))
            with pytest.raises(TimeoutError):
                (asking if sender is asked else asked).recv(256)
        asked.sendto(sctp_init(40000), (address(3, family), 0))
        assert asking.recv(256)


def sctp_init(port):
    """The first packet of an association (RFC 9260, 3.3.2)."""
    return sctp(40000, port, 0, struct.pack("!BBHIIHHI", 1, 0, 20, 1, 65536, 1, 1, 1))


def sctp_data(source, destination):
    """A packet amid an association (RFC 9260, 3.3.1); both ends have the same tag, which is enough for conntrack."""
    return sctp(source, destination, 7, struct.pack("!BBHIHHI", 0, 3, 20, 1, 0, 0, 0) + b"more")


def sctp(source, destination, tag, chunk):
    """A packet with its CRC32c."""
    head = struct.pack("!HHI", source, destination, tag)
    return head + struct.pack("<I", crc32c(head + bytes(4) + chunk)) + chunk


def crc32c(message):
    crc = 0xFFFFFFFF
    for byte in message:
        crc ^= byte
        for _bit in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
