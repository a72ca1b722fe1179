"""A host that keeps policy and cannot bring it back closes its pods, and no more than these."""

from __future__ import annotations

import subprocess
from functools import partial

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils import enforcement
from ansible_collections.podnet.baremetal.plugins.module_utils.host import cli, closed, engine, lock
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import ipset
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError
from ansible_collections.podnet.baremetal.plugins.module_utils.probe import admission
from tests.kernel.crashes import is_free
from tests.kernel.policed import address, table

CLOSED = "iptables -t mangle -S PODNET-CLOSED && ip6tables -t mangle -S PODNET-CLOSED"
REBOOT = "for tool in iptables ip6tables; do $tool -t mangle -F; $tool -t mangle -X; done; ipset destroy"


@pytest.fixture
def podnet(tmp_path, capsys):
    """The command on this host; its exit status, and what it said and complained of."""

    def call(*arguments):
        status = cli.main(["--root", str(tmp_path), *arguments])
        return (status, *capsys.readouterr())

    return call


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "etc/podnet/state.d/policy.json"


def is_closed(run):
    return subprocess.run(["sh", "-c", CLOSED], capture_output=True, check=False).returncode == 0


def isolated():
    """Pod 2 takes nothing; no policy selects pods 3 and 4."""
    return [table(family, (3, 4), ingress=[((2,), ())], egress=[((2,), None)]) for family in (4, 6)]


def without_a_match(ledger, match="-m set !"):
    """What the kernel no longer has; without these, packets would not come to the chains of pods that are policed."""
    sound = ledger.read_text()
    assert match in sound
    ledger.write_text(sound.replace(match, match.replace(match.split()[1], "nosuch", 1)))
    return sound


def test_what_a_new_kernel_refuses_closes_pods_at_boot_until_it_can_be_made(node, run, ledger, podnet, family):
    one, other = node.pod(3), node.pod(4)
    node.apply(isolated())
    run(REBOOT)
    sound = without_a_match(ledger)

    status, _said, complaints = podnet("restore")

    assert status == 1
    assert "nosuch" in complaints
    assert "podnet: policy cannot be made, so pods are closed (ipv4)" in complaints
    assert "podnet: policy cannot be made, so pods are closed (ipv6)" in complaints
    assert not one.reaches(other, family=family)
    assert admission.closed() == ["ipv4", "ipv6"]
    status, said, _complaints = podnet("status")
    assert status == 1
    assert "policy cannot be made, so pods are closed" in said

    ledger.write_text(sound)
    status, said, complaints = podnet("drift")
    assert (status, complaints) == (0, "")
    assert "pods are no longer closed for want of policy (ipv4)\n" in said
    # Neighbor discovery was closed as well, and asks again within a second.
    assert any(one.reaches(other, family=family) for _attempt in range(5))
    assert not is_closed(run)
    assert admission.closed() == []
    assert podnet("drift") == (0, "", "")


def test_an_allowance_that_a_new_kernel_refuses_closes_nothing_else(node, run, ledger, podnet, family):
    one, other, isolated_one = node.pod(3), node.pod(4), node.pod(2)
    node.apply(isolated())
    run(REBOOT)
    without_a_match(ledger, "-m bpf")

    status, _said, complaints = podnet("restore")

    assert status == 1
    assert "nosuch" in complaints
    assert "closed" not in complaints
    assert one.reaches(other, family=family)
    assert not one.reaches(isolated_one, family=family)


def test_the_node_and_its_pods_still_reach_each_other(node, run, ledger, podnet, family):
    pod = node.pod(3)
    node.apply(isolated())
    run(REBOOT)
    without_a_match(ledger)
    podnet("restore")
    assert is_closed(run)
    assert pod.pings(address(1, family))
    run(f"ping -n -c 1 -W 1 {address(3, family)}")


def test_without_the_tool_for_sets_pods_are_closed_and_stay_so(node, run, podnet, monkeypatch):
    one, other = node.pod(3), node.pod(4)
    node.apply(isolated())
    run(REBOOT)

    def gone(command, _stdin=""):
        raise CommandError(command, "ipset is not installed")

    monkeypatch.setattr(ipset, "run", gone)
    for _boot in range(2):
        status, _said, complaints = podnet("restore")
        assert status == 1
        assert "ipset is not installed" in complaints
        assert not one.reaches(other)
        run("iptables -t mangle -F; iptables -t mangle -X")


def test_a_damaged_ledger_closes_pods_only_where_policy_is_gone(node, run, ledger, podnet):
    one, other = node.pod(3), node.pod(4)
    node.apply(isolated())
    ledger.write_text("{")
    assert podnet("drift")[0] == 1
    assert one.reaches(other)
    run(REBOOT)
    status, _said, complaints = podnet("restore")
    assert status == 1
    assert "policy.json cannot be trusted" in complaints
    assert not one.reaches(other)
    assert podnet("status")[0] == 1


def test_trouble_with_another_document_closes_nothing(node, run, paths, podnet, ledger):
    one, other = node.pod(3), node.pod(4)
    node.apply(isolated())
    (ledger.parent / "other.json").write_text("{")
    run(REBOOT)
    status, _said, complaints = podnet("restore")
    assert (status, "pods are closed" in complaints) == (1, False)
    assert one.reaches(other)


def test_a_run_that_hangs_before_it_changes_the_kernel_closes_nothing(node, run, ledger, paths, podnet, monkeypatch):
    one, other, isolated_one = node.pod(3), node.pod(4), node.pod(2)
    node.apply([table(4, (2, 4), ingress=[((3,), ())], egress=[((3,), ())]), table(6, (2, 3, 4))])
    ahead = ledger.read_text()
    node.apply(isolated())
    ledger.write_text(ahead)
    monkeypatch.setattr(lock, "exclusive", partial(lock.exclusive, timeout=0.1))
    with lock.exclusive(paths.lock):
        status, said, complaints = podnet("drift")
    assert (status, said) == (1, "")
    assert "podnet: another apply (process " in complaints
    assert not is_closed(run)
    assert one.reaches(other)
    assert not one.reaches(isolated_one)


def test_nobody_may_give_the_host_another_policy_before_pods_are_closed(node, run, paths, podnet, monkeypatch):
    free = []
    monkeypatch.setattr(closed, "after_restore", lambda *_arguments: free.append(is_free(paths.lock)) or [])
    for command in ("restore", "drift"):
        podnet(command)
    assert free == [False, False]


def test_it_is_the_bridge_of_the_pods_that_is_closed(node, run, paths, ledger, podnet):
    run("ip link add br7 type bridge")
    engine.apply("bridge", {"version": 1, "links": [{"name": "br7", "type": "bridge"}]}, paths=paths)
    node.apply(isolated())
    run(REBOOT)
    without_a_match(ledger)
    podnet("restore")
    assert run("iptables -t mangle -S PODNET-CLOSED").splitlines()[1:] == [
        "-A PODNET-CLOSED -i br7 -j DROP",
        "-A PODNET-CLOSED -o br7 -j DROP",
    ]


def test_pods_are_open_where_that_is_wanted(node, run, ledger, podnet):
    one, other = node.pod(3), node.pod(4)
    node.apply(isolated(), unrestored="allow")
    run(REBOOT)
    without_a_match(ledger)
    status, _said, complaints = podnet("restore")
    assert status == 1
    assert "nosuch" in complaints
    assert not is_closed(run)
    assert one.reaches(other)


def test_the_next_run_opens_them_and_a_dry_run_foretells_it(node, run, ledger, podnet):
    node.apply(isolated())
    run(REBOOT)
    sound = without_a_match(ledger)
    podnet("restore")
    ledger.write_text(sound)
    foretold = node.apply(isolated(), check=True)
    assert is_closed(run)
    done = node.apply(isolated())
    assert not is_closed(run)
    assert foretold.commands() == done.commands()
    assert any("PODNET-CLOSED" in each for each in done.commands())


def test_turning_policy_off_opens_them(node, run, ledger, paths, podnet):
    one, other = node.pod(3), node.pod(4)
    node.apply(isolated())
    run(REBOOT)
    without_a_match(ledger)
    podnet("restore")
    assert is_closed(run)
    enforcement.remove(paths=paths)
    assert one.reaches(other)
    assert "PODNET" not in run("iptables-save; ip6tables-save")


def test_where_not_even_that_can_be_done_it_is_said(node, run, ledger, podnet, monkeypatch):
    node.apply(isolated())
    run(REBOOT)
    without_a_match(ledger)
    sound = cli.closed.iptables.run

    def refusing(command, stdin=""):
        if "PODNET-CLOSED" in stdin:
            raise CommandError(command, "out of memory")
        return sound(command, stdin)

    monkeypatch.setattr(cli.closed.iptables, "run", refusing)
    status, _said, complaints = podnet("restore")
    assert status == 1
    assert "policy cannot be made, and pods cannot be closed for it (ipv4): " in complaints
    assert "out of memory" in complaints
