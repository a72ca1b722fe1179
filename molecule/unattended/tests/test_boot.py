"""All hosts are rebooted at once: everything is back before the container runtime starts, and nobody ran Ansible."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest
from testinfra.host import Host

from lab import keys
from lab.parallel import in_parallel
from shared.fingerprint import differences, fingerprints
from shared.lab import lab, matrix, podman
from shared.nodes import name_of
from shared.runs import playbook

#: Seconds from the boot of node-1 until it has its address.
LATE = 10
OTHER_PYTHON = "/usr/local/bin/python3.11"
LAUNCHER = "/usr/local/sbin/podnet"

LATE_ADDRESS = f"""\
[Unit]
Description=Keep the address away for {LATE} s, as a DHCP server does that boots at the same time
Before=podnet.service

[Service]
ExecStartPre=/sbin/ip -4 address delete 198.51.100.11/24 dev eth0
ExecStart=/bin/sh -c 'sleep {LATE}; ip address add 198.51.100.11/24 brd + dev eth0; \\
    ip route add default via 198.51.100.1 dev eth0 proto static metric 100'

[Install]
WantedBy=multi-user.target
"""
LATE_ADDRESS_CAME = "systemctl show -P ExecMainExitTimestampMonotonic late-address 2>/dev/null | grep -q '^[1-9]'"


@pytest.fixture(scope="module")
def changes(nodes: dict[str, Host]) -> list[str]:
    """Reboot all hosts, each with a difficulty of its own; in what they differ from before."""
    give_the_address_late("node-1")
    upgrade_pyroute2("node-2")
    take_away_the_python_of_the_installation(nodes["node-3"])
    before = fingerprints(nodes)
    in_parallel(lambda name: podman("restart", name), list(nodes))
    podman("exec", "node-1", "sh", "-c", f"until {LATE_ADDRESS_CAME}; do sleep 0.2; done")
    booted = lab("up")
    assert booted.returncode == 0, booted.stdout
    return differences(before, fingerprints(nodes))


def give_the_address_late(node: str) -> None:
    write = "cat > /etc/systemd/system/late-address.service && systemctl enable --quiet late-address"
    onto(node, LATE_ADDRESS.encode(), write)


def upgrade_pyroute2(node: str) -> None:
    """Put the one that is installed here, where a wheel would, before the distribution's."""
    package = importlib.util.find_spec("pyroute2")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent
    archive = subprocess.run(
        ["tar", "--create", "--exclude=__pycache__", f"--directory={folder.parent}", folder.name],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    onto(node, archive.stdout, "tar --extract --directory=/usr/local/lib/python3.11/dist-packages")


def take_away_the_python_of_the_installation(host: Host) -> None:
    host.check_output("cp /usr/bin/python3.11 %s", OTHER_PYTHON)
    installed = playbook("site", "--limit", name_of(host), "-e", f"ansible_python_interpreter={OTHER_PYTHON}")
    assert installed.code == 0, installed.output
    assert OTHER_PYTHON in host.file(LAUNCHER).content_string
    host.check_output("rm %s", OTHER_PYTHON)


def onto(node: str, content: bytes, command: str) -> None:
    """Give a command on a host its standard input."""
    ssh = ["ssh", "-F", str(keys.CONFIG), node, command]
    subprocess.run(ssh, input=content, check=True, timeout=60)


def since_boot(host: Host, unit: str) -> str:
    """What a unit's present or last run wrote into the journal. The boot's number is the machine's, so of no use."""
    return host.check_output(f"journalctl -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID {unit})")


def moment(host: Host, unit: str, what: str) -> float:
    """When a unit began or ended to start, in seconds."""
    return int(host.check_output("systemctl show -P %sTimestampMonotonic %s", what, unit)) / 1e6


def test_each_host_is_as_before(changes: list[str]) -> None:
    assert changes == []


@pytest.mark.usefixtures("changes")
def test_the_network_was_gone_and_brought_back_by_the_unit(node: Host) -> None:
    assert " document(s) restored, " in since_boot(node, "podnet.service")
    assert " 0 change(s)" not in since_boot(node, "podnet.service")
    assert node.check_output("systemctl show -P Result podnet.service") == "success"
    assert node.run("podnet status").rc == 0


@pytest.mark.usefixtures("changes")
def test_the_container_runtime_starts_only_when_the_network_is_there(node: Host) -> None:
    assert node.service("containerd").is_running
    assert "containerd.service" in node.check_output("systemctl show -P Before podnet.service").split()
    assert moment(node, "podnet.service", "ActiveEnter") <= moment(node, "containerd.service", "InactiveExit")


@pytest.mark.usefixtures("changes")
def test_an_address_that_comes_late_is_waited_for(nodes: dict[str, Host]) -> None:
    host = nodes["node-1"]
    assert "waiting for address 198.51.100.11" in since_boot(host, "podnet.service")
    took = moment(host, "podnet.service", "ActiveEnter") - moment(host, "podnet.service", "InactiveExit")
    assert took > LATE - 1


@pytest.mark.usefixtures("changes")
def test_the_unit_works_with_an_upgraded_pyroute2(nodes: dict[str, Host]) -> None:
    version = "python3 -c 'import pyroute2; print(pyroute2.__version__)'"
    assert nodes["node-2"].check_output(version) != nodes["node-1"].check_output(version)


@pytest.mark.usefixtures("changes")
def test_the_unit_works_without_the_python_that_installed_it(nodes: dict[str, Host]) -> None:
    assert OTHER_PYTHON in nodes["node-3"].file(LAUNCHER).content_string
    assert not nodes["node-3"].file(OTHER_PYTHON).exists


@pytest.mark.usefixtures("changes")
def test_pods_that_start_after_the_boot_reach_each_other() -> None:
    started = lab("apply")
    assert started.returncode == 0, started.stdout
    assert matrix()
    assert lab("delete").returncode == 0
