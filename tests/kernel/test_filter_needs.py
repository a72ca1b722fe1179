"""What the kernel has not is named before anything is changed, with the module and the way out."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import RefusedError
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import filter_needs
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import HASH_IP_PORT, AddressSet, Allow
from tests.kernel.policed import address, kernel_state, table

#: What a kernel without the module refuses, in the words of the tools.
WITHOUT = {
    "xt_bpf": ("-m bpf", "Extension bpf revision 0 not supported, missing kernel module?"),
    "xt_set": (" SET --map-set", "Extension SET revision 0 not supported, missing kernel module?"),
    "xt_sctp": ("-m sctp", "Extension sctp revision 0 not supported, missing kernel module?"),
    "ip_set_hash_ipport": ("hash:ip,port", "Kernel error received: set type not supported"),
}


@pytest.fixture
def kernel_without(monkeypatch):
    """A kernel that refuses what these modules are for."""
    sound = filter_needs.run

    def without(*modules):
        def refusing(command, stdin=""):
            for module in modules:
                words, said = WITHOUT[module]
                if words in stdin:
                    raise CommandError(command, said)
            return sound(command, stdin)

        monkeypatch.setattr(filter_needs, "run", refusing)

    return without


def tables():
    """With what every policy needs, and a set of named ports and SCTP."""
    for family in (4, 6):
        ends = AddressSet(f"podnet-{family:016x}", HASH_IP_PORT, (f"{address(3, family)},tcp:80",))
        sctp = Allow("SCTP", ((132, 132),), None, ("default/sctp",))
        named = Allow("TCP", (), ends.name, ("default/named",))
        yield table(family, (3,), ingress=[((2,), (sctp,))], egress=[((2,), (named,))], sets=[ends])


@pytest.mark.usefixtures("backend")
def test_this_kernel_has_it_all(node, run):
    before = kernel_state(run)
    document, _tables = node.compiled(tables())
    assert filter_needs.lacking(document) == []
    assert kernel_state(run) == before


@pytest.mark.parametrize("module", list(WITHOUT))
@pytest.mark.parametrize("check", [False, True])
def test_what_it_has_not_is_named_with_the_module(node, run, kernel_without, module, check):
    before = kernel_state(run)
    kernel_without(module)
    with pytest.raises(RefusedError) as caught:
        node.apply(tables(), check=check)
    (reason,) = caught.value.reasons
    assert f"does without module {module}: {WITHOUT[module][1]}; install the package" in reason
    assert "document policy cannot be applied, and nothing was changed" in str(caught.value)
    assert kernel_state(run) == before


def test_all_that_is_lacking_is_said_at_once(node, kernel_without):
    kernel_without("ip_set_hash_ipport", "xt_bpf")
    document, _tables = node.compiled(tables())
    assert [each.module for each in filter_needs.lacking(document)] == ["ip_set_hash_ipport", "xt_bpf"]


def test_what_no_policy_speaks_of_is_not_asked_for(node, kernel_without):
    kernel_without("ip_set_hash_ipport")
    assert node.apply([table(4, (3,), ingress=[((2,), ())], egress=[((2,), None)])]).changed


def test_without_the_tools_nothing_is_known(node, kernel_without, monkeypatch):
    """As in a dry run on a fresh host, to which the role host has yet to bring them."""
    kernel_without("xt_bpf")
    monkeypatch.setattr(filter_needs, "which", lambda _tool: None)
    document, _tables = node.compiled(tables())
    assert filter_needs.lacking(document) == []
