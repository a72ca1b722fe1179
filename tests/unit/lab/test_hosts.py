"""How hosts are created, and within which limits."""

from __future__ import annotations

import resource

import pytest

from lab import hosts, image
from lab.topology import TOPOLOGIES


def test_host_is_created_with_its_addresses_from_the_image() -> None:
    command = hosts.creation(TOPOLOGIES["flat"].hosts(2)[1], "image:tag")
    assert command[-1] == "image:tag"
    assert (
        "--network=podnet-lab:ip=198.51.100.12,ip=2001:db8:100::12,mac=02:00:c6:33:64:0c,interface_name=eth0" in command
    )
    assert {"--privileged", "--cgroupns=private", "--stop-signal=SIGRTMIN+3", "--hostname=node-2"} <= set(command)
    assert {"--sysctl=net.ipv4.ip_forward=0", "--sysctl=net.ipv6.conf.all.forwarding=0", "--env=LAB_ROUTES="} <= set(
        command
    )


def test_router_is_plugged_into_all_networks_and_forwards() -> None:
    router = TOPOLOGIES["racks"].hosts(3)[0]
    assert hosts.ports(router) == [
        "--network=podnet-lab-a:ip=198.51.100.2,ip=2001:db8:100::2,mac=02:00:c6:33:64:02,interface_name=eth0",
        "--network=podnet-lab-b:ip=198.51.100.130,ip=2001:db8:200::2,mac=02:00:c6:33:64:82,interface_name=eth1",
    ]
    assert "--sysctl=net.ipv4.ip_forward=1" in hosts.creation(router, "image:tag")


@pytest.mark.parametrize(("hard", "limit"), [(100, 100), (10**7, 65536), (resource.RLIM_INFINITY, 65536)])
def test_limits_stay_within_the_machines_own(monkeypatch: pytest.MonkeyPatch, hard: int, limit: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda number: (1, hard))
    assert hosts.limits_here()["nofile"] == limit


def test_image_is_named_by_what_it_is_made_of() -> None:
    repository, digest = image.tag().split(":")
    assert repository == image.REPOSITORY
    assert len(digest) == 12
    assert image.tag() == image.tag()
