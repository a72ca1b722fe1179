"""What began while policy's chains were away ends with their repair, as the drift timer does it."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils import enforcement
from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, policy_tables
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Allow
from tests.kernel.podnet_command import Podnet
from tests.kernel.policed import address, carries, connect, table

WEB = Allow("TCP", ((80, 80),), None, ("default/web",))
FLUSH = "iptables -t mangle -F; ip6tables -t mangle -F"


@pytest.fixture
def podnet(tmp_path):
    return Podnet(tmp_path)


@pytest.fixture
def ends(node, run):
    """A client, and a server that takes port 80 only."""
    for tool in ("iptables", "ip6tables"):  # as masquerading does: without a rule that asks, nothing is tracked
        run(f"{tool} -A INPUT -m conntrack --ctstate INVALID -j ACCEPT")
    return node.pod(3), node.pod(2)


def isolated(*allows):
    return [table(family, (3,), ingress=[((2,), allows)], egress=[((2,), None)]) for family in (4, 6)]


def test_what_began_while_a_firewall_was_restarted_ends_with_the_repair(node, ends, family, run, podnet):
    node.apply(isolated(WEB))
    run(FLUSH)
    allowed, forbidden = (connect(*ends, family, port) for port in (80, 81))

    status, said, errors = podnet("drift")

    assert (status, errors) == (0, "")
    assert "ended 1 connection(s) that policy forbids:\n" in said
    assert f"  connection tcp from {address(3, family)} to {address(2, family)} port 81\n" in said
    assert carries(*allowed)
    assert not carries(*forbidden)
    assert podnet("drift") == (0, "", "")


def test_the_restore_at_boot_ends_it_as_well(node, ends, run, podnet):
    node.apply(isolated(WEB))
    run(FLUSH)
    forbidden = connect(*ends, 4, 81)
    assert "ended 1 connection(s)" in podnet("restore")[1]
    assert not carries(*forbidden)


def test_a_jump_that_was_not_first_any_more_is_a_gap_too(node, ends, run, podnet):
    node.apply(isolated(WEB))
    run("iptables -t mangle -I FORWARD -j ACCEPT")
    forbidden = connect(*ends, 4, 81)
    assert "ended 1 connection(s)" in podnet("drift")[1]
    assert not carries(*forbidden)


def test_connections_are_left_alone_where_that_is_wanted(node, ends, run, podnet):
    node.apply(isolated(WEB), end=False)
    run(FLUSH)
    forbidden = connect(*ends, 4, 81)
    status, said, _errors = podnet("drift")
    assert (status, "ended" in said) == (0, False)
    assert carries(*forbidden)


def test_repair_of_anything_else_ends_nothing(node, ends, run, paths, podnet):
    """Though policy forbids it: nothing of policy was away."""
    route = {"version": 1, "routes": [{"dst": "198.18.0.0/24", "gateway": "10.244.0.2"}]}
    engine.apply("route", route, paths=paths)
    forbidden = connect(*ends, 4, 81)
    document, tables = node.compiled(isolated(WEB))
    engine.apply("policy", document, paths=paths)
    policy_tables.keep(paths, document, tables)
    run("ip route delete 198.18.0.0/24")
    assert podnet("drift") == (0, "repaired: route 198.18.0.0/24 is missing\n", "")
    assert carries(*forbidden)


def test_tables_of_another_document_judge_nothing(node, ends, run, paths, podnet, monkeypatch):
    """A run was killed before it had kept the new document's."""
    node.apply(isolated(WEB))
    monkeypatch.setattr(policy_tables, "keep", lambda *_arguments: None)
    node.apply(isolated(WEB, Allow("TCP", ((81, 81),), None, ("default/more",))))
    run(FLUSH)
    allowed = connect(*ends, 4, 81)
    assert "ended" not in podnet("drift")[1]
    assert carries(*allowed)


def test_damaged_tables_are_named_and_the_chains_are_repaired(node, run, tmp_path, podnet):
    node.apply(isolated(WEB))
    before = run("iptables-save -t mangle | grep ^-A")
    (tmp_path / "etc/podnet/state.d/policy.tables").write_text('{"format": 1}')
    (tmp_path / "etc/podnet/state.d/other.json").write_text("{")
    run(FLUSH)
    status, _said, errors = podnet("drift")
    assert status == 1
    assert "policy.tables is damaged" in errors
    assert "other.json cannot be trusted" in errors
    assert "run podnet.baremetal.policy again" in errors
    assert run("iptables-save -t mangle | grep ^-A") == before


def test_nothing_is_kept_of_a_policy_that_went(node, paths, tmp_path):
    node.apply(isolated(WEB))
    assert [each.name for each in (tmp_path / "etc/podnet/state.d").iterdir()] != []
    enforcement.remove(paths=paths)
    assert [*(tmp_path / "etc/podnet/state.d").iterdir()] == []
