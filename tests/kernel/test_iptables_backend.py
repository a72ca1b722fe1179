"""Which of the two packet filters is chosen, on real ones."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import iptables_backend
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.iptables_backend import Choice, Usage

pytestmark = pytest.mark.usefixtures("namespace")


@pytest.fixture(params=["nft", "legacy"])
def default(request, tmp_path, monkeypatch):
    """What the command ``iptables`` goes to, as update-alternatives(1) would set it."""
    for tool in ("iptables", "ip6tables"):
        for suffix in ("", "-save", "-restore"):
            (tmp_path / (tool + suffix)).symlink_to(f"/usr/sbin/{tool}-{request.param}{suffix}")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return request.param


def test_without_any_rules_it_is_what_the_command_iptables_goes_to(default):
    assert iptables_backend.chosen() == default


@pytest.mark.parametrize("used", iptables_backend.NAMES)
def test_it_is_the_one_in_use(default, used, run):
    run(f"iptables-{used} -A FORWARD -j RETURN")
    assert iptables_backend.chosen() == used


@pytest.mark.parametrize("used", iptables_backend.NAMES)
def test_ipv6_rules_count_too(default, used, run):
    run(f"ip6tables-{used} -A FORWARD -j RETURN")
    assert iptables_backend.chosen() == used


@pytest.mark.parametrize("used", iptables_backend.NAMES)
@pytest.mark.parametrize("mark", ["KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY"])
def test_kubelets_mark_outweighs_any_number_of_rules(default, used, mark, run):
    other = {"nft": "legacy", "legacy": "nft"}[used]
    run(f"iptables-{used} -t mangle -N {mark}; for i in 1 2 3; do iptables-{other} -A FORWARD -j RETURN; done")
    assert iptables_backend.chosen() == used
    assert iptables_backend.usages() == {used: Usage(True, 0), other: Usage(False, 3)}


@pytest.mark.parametrize("used", iptables_backend.NAMES)
def test_of_two_in_use_it_is_the_one_with_more_rules(default, used, run):
    other = {"nft": "legacy", "legacy": "nft"}[used]
    run(f"iptables-{other} -A INPUT -j RETURN; iptables-{used} -A INPUT -j RETURN; iptables-{used} -A INPUT -j RETURN")
    assert iptables_backend.chosen() == used


def test_looking_creates_no_legacy_table(default):
    iptables_backend.usages()
    assert iptables_backend.legacy_tables("ipv4") == iptables_backend.legacy_tables("ipv6") == ""


def test_a_kernel_without_the_legacy_filter_is_not_asked_for_it(default, monkeypatch):
    monkeypatch.setattr(iptables_backend, "_LEGACY_TABLES", {"ipv4": "/proc/net/none", "ipv6": "/proc/net/none"})
    asked = []
    monkeypatch.setattr(iptables_backend, "run", lambda command: asked.append(command[0]) or "nf_tables")
    iptables_backend.usages()
    assert not any("legacy" in program for program in asked)


@pytest.mark.parametrize("used", iptables_backend.NAMES)
@pytest.mark.parametrize("tool", ["iptables", "ip6tables"])
def test_we_stay_where_our_chains_are_whatever_comes_to_the_other(default, used, tool, run):
    other = {"nft": "legacy", "legacy": "nft"}[used]
    run(f"{tool}-{used} -t raw -N PODNET-VXLAN; iptables-{other} -t mangle -N KUBE-IPTABLES-HINT")
    run(f"for i in 1 2 3; do iptables-{other} -A FORWARD -j RETURN; done")
    assert iptables_backend.choice() == Choice(used, "")


@pytest.mark.parametrize("used", iptables_backend.NAMES)
def test_of_two_with_our_chains_it_is_the_one_in_use(default, used, run):
    other = {"nft": "legacy", "legacy": "nft"}[used]
    run(f"iptables-{used} -t raw -N PODNET-VXLAN; iptables-{other} -N PODNET-FORWARD")
    run(f"iptables-{used} -A FORWARD -j RETURN")
    assert iptables_backend.choice() == Choice(used, other)
