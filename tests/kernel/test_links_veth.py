"""Veths whose far end is in another network namespace."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError, RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import links


@pytest.fixture
def pods(namespace: str) -> Iterator[list[str]]:
    """Two more namespaces."""
    names = [f"podnet-pod-{uuid.uuid4().hex[:8]}" for _pod in range(2)]
    for name in names:
        subprocess.run(["ip", "netns", "add", name], check=True)
    yield names
    for name in names:
        subprocess.run(["ip", "netns", "delete", name], check=False)  # a test may have deleted it


def veth(namespace: str, peer: str = "eth0", **declared: object) -> dict[str, Any]:
    link = {"name": "v0", "type": "veth", "peer": {"name": peer, "namespace": namespace}, "state": "up", **declared}
    return {"version": 1, "links": [link]}


def inside(namespace: str, command: str) -> str:
    whole = ["ip", "netns", "exec", namespace, "sh", "-ec", command]
    return subprocess.run(whole, check=True, capture_output=True, text=True).stdout


def test_the_far_end_is_made_where_it_is_wanted_and_read_there(run: Callable[[str], str], pods, paths) -> None:
    assert engine.apply("pod", veth(pods[0]), paths=paths).changed

    assert not engine.apply("pod", veth(pods[0]), paths=paths).changed
    assert "eth0@" in inside(pods[0], "ip -o link")
    assert "eth0" not in run("ip -o link")
    link = links.read_all()["v0",]
    assert (link["peer.name"], link["peer.namespace"]) == ("eth0", pods[0])
    engine.remove("pod", paths=paths)
    assert "eth0" not in inside(pods[0], "ip -o link")


def test_the_commands_make_it(run: Callable[[str], str], pods, paths) -> None:
    run("\n".join(engine.apply("pod", veth(pods[0]), check=True, paths=paths).commands()))

    assert engine.apply("pod", veth(pods[0]), paths=paths).commands() == []


@pytest.mark.parametrize(("there", "attribute"), [((1, "eth0"), "peer.namespace"), ((0, "eth1"), "peer.name")])
def test_a_wrong_far_end_is_refused_or_made_anew(run: Callable[[str], str], pods, paths, there, attribute) -> None:
    number, name = there
    run(f"ip link add v0 type veth peer name {name} netns {pods[number]}")

    with pytest.raises(RefusedError, match=rf"link v0: {attribute} is .*Say 'recreate: true'"):
        engine.apply("pod", veth(pods[0]), paths=paths)
    assert name in inside(pods[number], "ip -o link")

    engine.apply("pod", veth(pods[0], recreate=True), paths=paths)
    assert not engine.apply("pod", veth(pods[0], recreate=True), paths=paths).changed
    assert "eth0" in inside(pods[0], "ip -o link")
    assert name not in inside(pods[1], "ip -o link")

    engine.remove("pod", paths=paths)
    assert name in inside(pods[number], "ip -o link"), "what was there before is there again"


def test_a_far_end_in_a_namespace_without_a_name_is_no_wanted_one(run: Callable[[str], str], pods, paths) -> None:
    run(f"ip link add v0 type veth peer name eth0 netns {pods[1]}")
    with open(f"/run/netns/{pods[1]}", encoding="utf-8"):  # it lives on without its name
        subprocess.run(["ip", "netns", "delete", pods[1]], check=True)

        assert links.read_all()["v0",]["peer.namespace"].startswith("netnsid ")
        assert links.read_all()["v0",]["peer.name"] == "eth0"
        with pytest.raises(RefusedError, match=r"peer.namespace is 'netnsid \d+'"):
            engine.apply("pod", veth(pods[0]), paths=paths)


def test_a_missing_namespace_is_one_clear_error_and_leaves_nothing(run: Callable[[str], str], pods, paths) -> None:
    wanted = veth("podnet-none")
    wanted["links"].insert(0, {"name": "cni0", "type": "bridge"})

    with pytest.raises(ApplyError, match="link v0: add: ENOENT: there is no network namespace podnet-none"):
        engine.apply("pod", wanted, paths=paths)

    assert "cni0" not in run("ip -o link")


def test_a_pod_that_is_gone_keeps_nothing_else_away_at_boot(run: Callable[[str], str], pods, paths) -> None:
    wanted = veth(pods[0])
    wanted["links"].insert(0, {"name": "cni0", "type": "bridge"})
    engine.apply("pod", wanted, paths=paths)
    run("ip link delete cni0")
    subprocess.run(["ip", "netns", "delete", pods[0]], check=True)

    for _wait in range(50):  # the kernel ends a namespace, and the veth into it, in its own time
        if "v0" not in run("ip -o link; sleep 0.1"):
            break
    outcome = restore.restore(paths)

    assert [failure.change.key for failure in outcome.failures] == [("v0",)]
    assert "cni0" in run("ip -o link")


def test_what_the_far_end_has_is_another_document_there(run: Callable[[str], str], pods, paths) -> None:
    engine.apply("pod", veth(pods[0]), paths=paths)
    inner = {
        "version": 1,
        "links": [{"name": "eth0", "mtu": 1400, "state": "up"}],
        "addresses": [{"dev": "eth0", "address": "10.244.0.2/24"}],
    }

    engine.apply("inside", inner, paths=paths, namespace=pods[0])

    assert not engine.apply("inside", inner, paths=paths, namespace=pods[0]).changed
    assert "mtu 1400" in inside(pods[0], "ip link show eth0")
    engine.remove("inside", paths=paths, namespace=pods[0])
    assert "mtu 1500" in inside(pods[0], "ip link show eth0")
