"""Policy that is kept on the host: at boot, on drift, when it cannot be applied, and when it goes."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils import enforcement
from ansible_collections.podnet.baremetal.plugins.module_utils.host import restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import iptables
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import HASH_IP, AddressSet, Allow
from tests.kernel.policed import address, table

pytestmark = pytest.mark.usefixtures("backend")


@pytest.fixture
def listed(run, backend):
    """All sets and chains as the tools list them."""

    def listing():
        sets = run("ipset save | sed 's/ initval [^ ]*//; s/ timeout [1-9][0-9]*$//' | sort")
        tools = [f"iptables-{backend}-save", f"ip6tables-{backend}-save"]
        return sets + "".join(run(f"{tool} -t mangle | grep ^-A | sort || true") for tool in tools)

    return listing


def web(family, *clients):
    """Pod 2 takes TCP 80 from these, in both directions with a class."""
    friends = AddressSet(
        f"podnet-{sum(clients):015x}{family}", HASH_IP, tuple(address(each, family) for each in clients)
    )
    allow = Allow("TCP", ((80, 80),), friends.name, ("default/web",))
    return table(family, (3, 4), [((2,), (allow,))], [((2,), None)], [friends])


def both(*clients):
    return [web(family, *clients) for family in (4, 6)]


def test_after_a_reboot_it_is_there_before_any_pod(node, paths, listed, run, backend):
    node.apply(both(3))
    before = listed()
    run(f"for tool in iptables ip6tables; do $tool-{backend} -t mangle -F; $tool-{backend} -t mangle -X; done")
    run("ipset destroy")
    outcome = restore.restore(paths)
    assert [*outcome.failures, *outcome.warnings] == []
    assert listed() == before
    assert not node.apply(both(3)).changed
    server, client, other = (node.pod(number) for number in (2, 3, 4))
    assert client.reaches(server)
    assert not other.reaches(server)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"unrestored": "allow"}, "policy: unrestored allow, end_connections true"),
        ({"end": False}, "policy: unrestored deny, end_connections false"),
    ],
)
def test_what_the_host_is_to_do_by_itself_is_a_change_like_any_other(node, options, line):
    node.apply(both(3))
    for check in (True, False):
        outcome = node.apply(both(3), check=check, **options)
        assert outcome.changed
        assert outcome.before() == ["policy: unrestored deny, end_connections true"]
        assert outcome.after() == [line]
        assert outcome.commands() == []
    again = node.apply(both(3), **options)
    assert (again.changed, again.before(), again.after()) == (False, [], [])


def test_drift_is_repaired_and_probe_pods_are_left_alone(node, paths, listed, run, backend):
    node.apply(both(3))
    before = listed()
    run("ipset add podnet-probes-v4 10.244.0.9")
    assert restore.restore(paths).changes == []
    run(f"iptables-{backend} -t mangle -F PODNET-INGRESS")
    run("ipset flush podnet-0000000000000034")
    run(f"iptables-{backend} -t mangle -I FORWARD -j ACCEPT")
    assert {change.section for change in restore.restore(paths).changes} == {"ipsets", "iptables"}
    run(f"iptables-{backend} -t mangle -D FORWARD -j ACCEPT; ipset test podnet-probes-v4 10.244.0.9")
    run("ipset del podnet-probes-v4 10.244.0.9")
    assert listed() == before


def test_a_policy_that_cannot_be_applied_leaves_the_old_one(node, listed, monkeypatch):
    """The chains of IPv4 are in place when those of IPv6 are refused."""
    node.apply(both(3))
    before = listed()
    sound = iptables.run

    def refusing(command, stdin=""):
        if command[0].startswith("ip6tables") and "--noflush" in command and f"podnet-{7:015x}6" in stdin:
            raise CommandError(command, "out of memory")
        return sound(command, stdin)

    monkeypatch.setattr(iptables, "run", refusing)
    with pytest.raises(ApplyError, match="out of memory"):
        node.apply(both(3, 4))
    assert listed() == before
    monkeypatch.setattr(iptables, "run", sound)
    assert node.apply(both(3, 4)).changed


def test_nothing_of_it_stays(node, paths, listed, run):
    before = listed()
    node.apply(both(3))
    run("ipset add podnet-probes-v4 10.244.0.9")
    assert enforcement.remove(paths=paths).changed
    assert listed() == before
    assert not enforcement.remove(paths=paths).changed


def test_a_dry_run_changes_nothing_and_foretells_all(node, listed):
    before = listed()
    foretold = node.apply(both(3), check=True)
    assert listed() == before
    done = node.apply(both(3))
    assert foretold.commands() == done.commands()


def test_pods_of_one_node_are_policed_though_nothing_had_bridges_call_iptables(node, paths, run):
    switch = "/proc/sys/net/bridge/bridge-nf-call-iptables"
    run(f"echo 0 > {switch}")
    node.apply(both(3))
    assert run(f"cat {switch}") == "1\n"
    enforcement.remove(paths=paths)
    assert run(f"cat {switch}") == "0\n"


def test_services_that_go_past_it_are_warned_of(node, run):
    assert node.apply(both(3)).warnings == []
    run("ip link add kube-ipvs0 type bridge")
    (warning,) = node.apply(both(3)).warnings
    assert "ipvs" in warning
