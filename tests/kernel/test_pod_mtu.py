"""Running pods get another MTU, and nobody who sends as much as he may loses a packet over it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import netns, pod_mtu
from tests.kernel.podnet_fixture import namespaces, plug, run


@pytest.fixture
def pods() -> Iterator[list[str]]:
    """Two pods on the bridge of a host, which this thread is in; a third link hangs on somebody else's bridge."""
    with namespaces("host", "one", "two", "other") as (host, *pods), ExitStack() as stack:
        stack.enter_context(netns.entered(host))
        for bridge, alias in (("br0", "podnet: pods of node-1"), ("br1", "somebody's")):
            run("ip", "link", "add", bridge, "address", "02:00:00:00:00:01", "type", "bridge")
            run("ip", "link", "set", bridge, "alias", alias, "up")
        run("ip", "address", "add", "10.244.0.1/24", "dev", "br0")
        for number, pod in enumerate(pods[:2], start=2):
            plug(pod, host, f"veth{number}", f"10.244.0.{number}/24")
        plug(pods[2], host, "veth9")
        run("ip", "link", "set", "veth9", "master", "br1")
        yield pods


def mtus(pods: list[str]) -> list[int]:
    """Of the host's ends, then of the pods'."""
    ours = {link["ifname"]: link["mtu"] for link in json.loads(run("ip", "-json", "link", "show"))}
    inside = [json.loads(run("ip", "-json", "link", "show", "eth0", namespace=pod))[0]["mtu"] for pod in pods]
    return [ours["veth2"], ours["veth3"], ours["veth9"], *inside]


def change(mtu: int) -> list[str]:
    """What the module does; its commands."""
    found = pod_mtu.find()
    assert found.unreachable == []
    wanted = pod_mtu.changes(found.ends, mtu)
    pod_mtu.apply(wanted, mtu)
    return [end.command(mtu) for end in wanted]


def test_both_ends_of_pods_on_our_bridge_change_and_nothing_else(pods: list[str]) -> None:
    inside = [f"nsenter --net={netns.path(pod)} ip link set dev eth0 mtu" for pod in pods[:2]]
    outside = [f"ip link set dev veth{number} mtu" for number in (2, 3)]
    assert change(1400) == [f"{command} 1400" for command in (*inside, *outside)]
    assert mtus(pods) == [1400, 1400, 1500, 1400, 1400, 1500]
    assert change(1400) == []
    assert change(1450) == [f"{command} 1450" for command in (*outside, *inside)]
    assert mtus(pods) == [1450, 1450, 1500, 1450, 1450, 1500]


def test_ends_that_differ_go_each_its_way(pods: list[str]) -> None:
    run("ip", "link", "set", "eth0", "mtu", "1300", namespace=pods[0])
    assert [command.rpartition(" ")[0].split()[-2] for command in change(1400)] == ["eth0", "veth2", "veth3", "eth0"]
    assert mtus(pods) == [1400, 1400, 1500, 1400, 1400, 1500]


def test_a_pod_without_a_named_namespace_is_found_by_its_processes(
    pods: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netns, "PLACES", ("/proc/[0-9]*/ns/net",))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        with netns.entered(pods[0]):
            os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    try:
        numbers = {port.namespace for port in pod_mtu._ports() if port.namespace is not None}
        files = netns.numbered(numbers, ("/proc/[0-9]*/ns/net",))
        assert [os.path.samefile(file, netns.path(pods[0])) for file in files.values()] == [True]
    finally:
        os.close(writer)
        os.waitpid(child, 0)


def test_a_port_whose_pod_cannot_be_found_is_told(pods: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netns, "numbered", lambda wanted: {})
    run("ip", "link", "add", "br2", "type", "bridge")  # no veth, so nobody's pod
    run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap")
    run("ip", "link", "set", "tap0", "master", "br0")
    found = pod_mtu.find()
    assert found.unreachable == ["veth2", "veth3", "tap0"]
    assert {end.interface for end in found.ends} == {"veth2", "veth3", "tap0"}


def test_an_mtu_that_a_link_does_not_take_names_it(pods: list[str]) -> None:
    found = pod_mtu.find()
    with pytest.raises(OSError, match=r"eth0 mtu 70000' failed: Invalid argument"):
        pod_mtu.apply(pod_mtu.changes(found.ends, 70000)[-1:], 70000)


def test_the_host_answers_what_does_not_fit_the_bridge_and_a_veth_drops_it(pods: list[str]) -> None:
    """Why the bridge has to be the smallest: the kernel's behaviour that the order of changes rests on."""
    run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    with namespaces("far") as (far,):
        run("ip", "link", "add", "out", "type", "veth", "peer", "name", "eth0", "netns", far)
        run("ip", "address", "add", "192.0.2.1/24", "dev", "out")
        run("ip", "link", "set", "out", "up")
        run("ip", "address", "add", "192.0.2.2/24", "dev", "eth0", namespace=far)
        run("ip", "link", "set", "eth0", "up", namespace=far)
        run("ip", "route", "add", "10.244.0.0/24", "via", "192.0.2.1", namespace=far)
        for pod in pods[:2]:
            run("ip", "route", "add", "default", "via", "10.244.0.1", namespace=pod)
        for mtu in ("1400", "1500"):  # from now on the kernel leaves the bridge's MTU to us
            run("ip", "link", "set", "br0", "mtu", mtu)
        change(1400)
        assert "mtu = " not in unanswered_ping(far)
        run("ip", "link", "set", "br0", "mtu", "1400")
        assert "mtu = 1400" in unanswered_ping(far)


def unanswered_ping(namespace: str) -> str:
    """What ping says of a packet of 1500 bytes that does not get through."""
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run("ping", "-n", "-c1", "-W1", "-Mdo", "-s1472", "10.244.0.2", namespace=namespace)
    return str(failed.value.stdout)
