"""What a host holds of pods is read from where the kernel, host-local and libcni keep it."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import attached


def link(sysfs, name, alias="", ports=()):
    (sysfs / name).mkdir(parents=True)
    (sysfs / name / "ifalias").write_text(alias + "\n")
    if ports:
        (sysfs / name / "brif").mkdir()
        for port in ports:
            (sysfs / name / "brif" / port).symlink_to("/nowhere")


def test_ports_of_our_bridge_only(tmp_path):
    link(tmp_path, "cni0", "podnet: pods of node-1", ["veth1", "veth2"])
    link(tmp_path, "br0", "", ["eth1"])
    link(tmp_path, "podnet-vxlan", "podnet: tunnel of node-1")
    (tmp_path / "bonding_masters").write_text("")
    assert attached.ports(str(tmp_path)) == [
        {"bridge": "cni0", "port": "veth1"},
        {"bridge": "cni0", "port": "veth2"},
    ]


def test_leases_are_the_files_named_by_an_address(tmp_path):
    directory = tmp_path / "podnet"
    directory.mkdir()
    (directory / "10.244.0.5").write_text("8d0f0e51\r\neth0")
    (directory / "2001:db8::5").write_text("8d0f0e51\r\neth0")
    (directory / "last_reserved_ip.0").write_text("10.244.0.5")
    (directory / "lock").write_text("")
    assert attached.leases(str(tmp_path), "podnet") == [
        {"address": "10.244.0.5", "container_id": "8d0f0e51", "interface": "eth0"},
        {"address": "2001:db8::5", "container_id": "8d0f0e51", "interface": "eth0"},
    ]


@pytest.mark.parametrize(("ports", "stale"), [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_leases_without_a_port_are_of_pods_that_are_gone(ports, stale):
    leases = [
        {"address": address, "container_id": container, "interface": "eth0"}
        for address, container in (("10.244.0.5", "8d0f"), ("2001:db8::5", "8d0f"), ("10.244.0.6", "77aa"))
    ]
    assert attached.stale(leases, [{"bridge": "cni0", "port": f"veth{index}"} for index in range(ports)]) == stale


def test_cached_results_of_one_network(tmp_path):
    (tmp_path / "results").mkdir()
    for name in ("podnet-8d0f-eth0", "podman-8d0f-eth0"):
        (tmp_path / "results" / name).write_text("{}")
    assert attached.cached_results(str(tmp_path), "podnet") == [f"{tmp_path}/results/podnet-8d0f-eth0"]


def test_a_host_without_any_of_it_holds_nothing(tmp_path):
    assert attached.ports(str(tmp_path / "absent")) == []
    assert attached.leases(str(tmp_path), "podnet") == []
    assert attached.cached_results(str(tmp_path), "podnet") == []
