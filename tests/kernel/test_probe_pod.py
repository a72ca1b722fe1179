"""Probe pods come and go through the distribution's CNI plugins, in a throw-away host, and leave nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import time

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import chain, config, netns
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError
from ansible_collections.podnet.baremetal.plugins.module_utils.probe import measure, responder
from ansible_collections.podnet.baremetal.plugins.module_utils.probe.pod import ProbePod, Settings
from tests.kernel.podnet_fixture import namespaces, run


class Host:
    """A network namespace that plays the host, with a CNI configuration of its own."""

    def __init__(self, directory, namespace):
        self.namespace = namespace
        self.leases = directory / "leases"
        self.conf_dir = directory / "net.d"
        self.conf_dir.mkdir()
        self.settings = Settings(conf_dir=str(self.conf_dir), record_dir=str(directory / "records"), lifetime=60)

    def configure(self, subnet="10.244.7.0/24", version="1.0.0", mtu=1450, **ipam):
        ranges = [[{"subnet": subnet, **ipam}]]
        plugins = [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": True,
                "mtu": mtu,
                "ipam": {"type": "host-local", "dataDir": str(self.leases), "ranges": ranges},
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
            {"type": "bandwidth", "capabilities": {"bandwidth": True}},
        ]
        self.write("10-test.conflist", {"cniVersion": version, "name": "test", "plugins": plugins})

    def write(self, name, content):
        (self.conf_dir / name).write_text(json.dumps(content))

    def leased(self):
        with contextlib.suppress(FileNotFoundError):
            return sorted(entry for entry in os.listdir(self.leases / "test") if entry[0].isdigit())
        return []

    def ports(self):
        return run("ip", "-o", "link", "show", "type", "veth", namespace=self.namespace).splitlines()

    def nothing_is_left(self):
        assert self.leased() == []
        deadline = time.monotonic() + 5  # a namespace's links end a moment after it
        while self.ports() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.ports() == []
        with contextlib.suppress(FileNotFoundError):
            assert os.listdir(self.settings.record_dir) == []


@pytest.fixture
def host(tmp_path):
    with namespaces("host") as made, netns.entered(made[0]):
        yield Host(tmp_path, made[0])


@pytest.fixture
def pods(host):
    """Two probe pods' handles, attached by the tests themselves."""
    pods = [ProbePod(f"podnet-test-probe-{os.getpid()}-{index}", host.settings) for index in range(2)]
    yield pods
    for pod in pods:
        pod.remove(check_mode=False)
    host.nothing_is_left()
    assert not any(netns.exists(pod.name) for pod in pods)


@pytest.mark.parametrize("version", ["0.3.1", "0.4.0", "1.0.0"])
def test_two_pods_of_a_host_reach_each_other(host, pods, version):
    host.configure(version=version)
    assert [pod.ensure(check_mode=False) for pod in pods] == [True, True]
    first, second = (pod.describe() for pod in pods)
    assert first["addresses"] == ["10.244.7.2"]
    assert (first["mtu"], first["port"]) == (1450, responder.PORT)
    path = measure.Path(first["name"], second["addresses"][0], second["port"], "second")
    assert measure.measure([path], timeout=3, concurrency=8)[0]["failures"] == []


def test_a_second_run_changes_nothing(host, pods):
    host.configure()
    pod = pods[0]
    assert pod.ensure(check_mode=False) is True
    before = pod.describe()
    assert pod.ensure(check_mode=False) is False
    assert pod.describe() == before
    assert pod.remove(check_mode=False) is True
    assert pod.remove(check_mode=False) is False


def test_where_policy_is_on_it_lets_a_pod_pass_for_its_time(host, pods):
    host.configure()
    pod = pods[0]
    pod.ensure(check_mode=False)
    run("ipset", "create", "podnet-probes-v4", "hash:ip", "timeout", "300")
    for _again in range(2):
        assert pod.ensure(check_mode=False) is False
        (entry,) = entries("podnet-probes-v4")
        assert entry[0] == "10.244.7.2"
        assert 50 < int(entry[2]) <= 60
    pod.remove(check_mode=False)
    assert entries("podnet-probes-v4") == []
    pod.ensure(check_mode=False)
    assert [entry[0] for entry in entries("podnet-probes-v4")] == pod.describe()["addresses"]


def entries(name):
    """The words of each entry of a set."""
    lines = run("ipset", "save", name).splitlines()
    return [line.split()[2:] for line in lines if line.startswith("add")]


def test_check_mode_predicts_and_changes_nothing(host, pods):
    host.configure()
    pod = pods[0]
    assert pod.ensure(check_mode=True) is True
    assert pod.describe() == {"name": pod.name, "addresses": []}
    host.nothing_is_left()
    pod.ensure(check_mode=False)
    assert pod.ensure(check_mode=True) is False
    assert pod.remove(check_mode=True) is True
    assert host.leased() == ["10.244.7.2"]


def test_a_dead_responder_is_replaced_and_the_attachment_kept(host, pods):
    host.configure()
    pod = pods[0]
    pod.ensure(check_mode=False)
    before = pod.describe()
    responder.stop(before["pid"], pod.name)
    assert pod.ensure(check_mode=False) is True
    after = pod.describe()
    assert after["pid"] != before["pid"]
    assert after["addresses"] == before["addresses"]


def test_a_changed_configuration_attaches_anew(host, pods):
    host.configure()
    pod = pods[0]
    pod.ensure(check_mode=False)
    run("ip", "link", "delete", "cni0", namespace=host.namespace)
    host.configure(subnet="10.244.8.0/24")
    assert pod.ensure(check_mode=False) is True
    assert pod.describe()["addresses"] == ["10.244.8.2"]
    assert host.leased() == ["10.244.8.2"]


def test_a_pod_whose_port_left_the_bridge_is_attached_anew(host, pods):
    host.configure()
    pod = pods[0]
    pod.ensure(check_mode=False)
    run("ip", "-n", pod.name, "link", "delete", "eth0")
    assert pod.ensure(check_mode=False) is True
    assert len(host.ports()) == 1


def test_a_reboot_leaks_no_address(host, pods):
    """The namespace is gone with the boot, the lease is not."""
    host.configure()
    pod = pods[0]
    pod.ensure(check_mode=False)
    responder.stop(pod.describe()["pid"], pod.name)
    netns.delete(pod.name)
    assert host.leased() == ["10.244.7.2"]
    assert pod.remove(check_mode=False) is True
    assert host.leased() == []


def test_an_attachment_that_was_cut_short_is_taken_back(host, pods, monkeypatch):
    """As after kill -9 between the ADD and the record of its result: no clean-up ran."""
    host.configure()
    pod = pods[0]

    class Killed(BaseException):
        pass

    def killed(network, call):
        chain_add(network, call)
        raise Killed

    chain_add = chain.add
    with monkeypatch.context() as patched:
        patched.setattr(chain, "add", killed)
        patched.setattr(pod, "remove", lambda check_mode: False)
        with pytest.raises(Killed):
            pod.ensure(check_mode=False)
    assert host.leased() == ["10.244.7.2"]
    assert pod.ensure(check_mode=False) is True
    assert pod.describe()["addresses"] == ["10.244.7.3"]  # host-local goes round its range
    assert host.leased() == ["10.244.7.3"]


def test_a_full_subnet_is_named_and_nothing_is_left_of_the_try(host, pods):
    host.configure(subnet="10.244.7.0/24", rangeStart="10.244.7.2", rangeEnd="10.244.7.2")
    pods[0].ensure(check_mode=False)
    with pytest.raises(CniError, match=r"'bridge' of .*10-test\.conflist failed at ADD .*the pod subnet is full"):
        pods[1].ensure(check_mode=False)
    assert not netns.exists(pods[1].name)
    assert len(host.ports()) == 1


@pytest.mark.parametrize("part", ["plugin", "ipam"])
def test_a_missing_plugin_is_named_before_anything_is_attached(host, pods, part):
    host.configure()
    content = json.loads((host.conf_dir / "10-test.conflist").read_text())
    if part == "plugin":
        content["plugins"].append({"type": "no-such-plugin"})
    else:
        content["plugins"][0]["ipam"]["type"] = "no-such-plugin"
    host.write("10-test.conflist", content)
    with pytest.raises(CniError, match=r"'no-such-plugin' of .* is in none of /opt/cni/bin.*install it there"):
        pods[0].ensure(check_mode=False)
    host.nothing_is_left()


def test_chained_plugins_get_their_predecessors_result(host, pods):
    host.configure()
    network = config.select(str(host.conf_dir))
    pods[0].ensure(check_mode=False)
    with open(os.path.join(host.settings.record_dir, pods[0].name + ".json")) as stream:
        result = json.load(stream)["result"]
    assert result["cniVersion"] == network.version
    assert [entry["address"] for entry in result["ips"]] == ["10.244.7.2/24"]
