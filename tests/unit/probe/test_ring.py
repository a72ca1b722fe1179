"""Every host asks as many others as ask it, whatever their number, and never itself over the wire."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.probe import ring

HOSTS = st.integers(1, 40).map(lambda size: [f"node-{index}" for index in range(size)])


def pods(host, count=2):
    return [
        {"name": f"podnet-probe-{index}", "addresses": [f"{host}.{index}"], "port": 10244} for index in range(count)
    ]


@given(HOSTS, st.integers(0, 50))
def test_every_host_asks_and_is_asked_equally(hosts, count):
    wanted = min(count or len(hosts), len(hosts) - 1)
    asked: Counter[str] = Counter()
    for host in hosts:
        others = ring.neighbors(hosts, host, count)
        assert len(others) == len(set(others)) == wanted
        assert host not in others
        asked.update(others)
    assert all(asked[host] == wanted for host in hosts)


@given(HOSTS, st.integers(1, 50))
def test_the_ring_is_connected(hosts, count):
    """A split of the cluster into two parts that do not reach each other cannot hide."""
    reached, found = {hosts[0]}, {hosts[0]}
    while found:
        found = {peer for host in found for peer in ring.neighbors(hosts, host, count)} - reached
        reached |= found
    assert reached == set(hosts)


@given(st.integers(1, 12))
def test_with_all_peers_every_pod_asks_every_other(size):
    hosts = [f"node-{index}" for index in range(size)]
    every = {host: pods(host) for host in hosts}
    asked = [
        (ring.label(host, path["source"]), path["target"])
        for host in hosts
        for path in ring.paths(hosts, host, 0, every)
    ]
    labels = [ring.label(host, pod["name"]) for host in hosts for pod in every[host]]
    assert sorted(asked) == sorted((a, b) for a in labels for b in labels if a != b)


@pytest.mark.parametrize("size", [50, 5000])
def test_a_hosts_work_does_not_grow_with_the_cluster(size):
    hosts = [f"node-{index}" for index in range(size)]
    assert len(ring.paths(hosts, "node-0", 32, {host: pods(host) for host in hosts})) == 2 + 32 * 4


def test_each_address_of_a_target_is_a_path():
    every = {"a": pods("a", 1), "b": [{**pods("b", 1)[0], "addresses": ["10.244.1.2", "2001:db8::2"]}]}
    assert ring.paths(["a", "b"], "a", 0, every) == [
        {"source": "podnet-probe-0", "target": "b/podnet-probe-0", "address": "10.244.1.2", "port": 10244},
        {"source": "podnet-probe-0", "target": "b/podnet-probe-0", "address": "2001:db8::2", "port": 10244},
    ]


@pytest.mark.parametrize("missing", [None, []])
def test_hosts_without_pods_neither_ask_nor_are_asked(missing):
    every = {"a": pods("a"), "b": missing}
    assert [path["target"] for path in ring.paths(["a", "b"], "a", 0, every)] == [
        "a/podnet-probe-1",
        "a/podnet-probe-0",
    ]
    assert ring.paths(["a", "b"], "b", 0, every) == []


@given(st.text(min_size=1), st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1))
def test_a_label_tells_its_host(host, pod):
    assert ring.host_of(ring.label(host, pod)) == host
