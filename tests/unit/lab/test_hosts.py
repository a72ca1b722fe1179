"""Names, addresses and limits of hosts."""

from __future__ import annotations

import ipaddress
import resource

import pytest

from lab import hosts, image, underlay


def test_hosts_have_addresses_of_the_underlay() -> None:
    made = hosts.hosts(3)
    assert [host.name for host in made] == ["node-1", "node-2", "node-3"]
    assert [host.address for host in made] == ["198.51.100.11", "198.51.100.12", "198.51.100.13"]
    for host in hosts.hosts(50):
        assert ipaddress.ip_address(host.address) in ipaddress.ip_network(underlay.SUBNET)
        assert ipaddress.ip_address(host.address_ipv6) in ipaddress.ip_network(underlay.SUBNET_IPV6)


def test_host_is_created_with_its_addresses_from_the_image() -> None:
    command = hosts.creation(hosts.Host(2), "image:tag")
    assert command[-1] == "image:tag"
    assert "--network=podnet-lab:ip=198.51.100.12,ip=2001:db8:100::12,mac=02:00:c6:33:64:0c" in command
    assert {"--privileged", "--cgroupns=private", "--stop-signal=SIGRTMIN+3", "--hostname=node-2"} <= set(command)


@pytest.mark.parametrize(("hard", "limit"), [(100, 100), (10**7, 65536), (resource.RLIM_INFINITY, 65536)])
def test_limits_stay_within_the_machines_own(monkeypatch: pytest.MonkeyPatch, hard: int, limit: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda number: (1, hard))
    assert hosts.limits_here()["nofile"] == limit


def test_image_is_named_by_what_it_is_made_of() -> None:
    repository, digest = image.tag().split(":")
    assert repository == image.REPOSITORY
    assert len(digest) == 12
    assert image.tag() == image.tag()
