"""FRR that is used for other things is refused before anything is changed, and what is ours in it is none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr import ledger, plan
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.plan import Files, Uses, Wish
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.secrets import Secrets
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.service import State
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.frr import frr_is_free, in_use
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.machine import Machine
from tests.unit.preflight.test_checks import EXPECTED

CONFIG = "log syslog informational\nrouter bgp 64512\n neighbor g peer-group\n neighbor g password @password@\nexit\n"
SECRETS = {"@password@": "hunter2"}
GIVEN = {"config": CONFIG, "daemons": ["bgpd"], "existing": "refuse", "secrets": SECRETS}
PACKAGE = "log syslog informational\n"
OSPF = "router ospf\n area 0 authentication\n network 192.0.2.0/24 area 0\nexit\n"
SECRET = "interface eth0\n ip ospf message-digest-key 1 md5 battery-staple\nexit\n"
PODS = ("10.244.0.0/16",)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(*(str(tmp_path / name) for name in ("frr.conf", "frr.json", "podnet.conf", "frr.awaited")))


def used(paths: Paths, written: str, daemons: str = "bgpd=no\n", pods: Sequence[str] = PODS, **given: Any) -> Uses:
    Path(paths.config).write_text(written)
    Path(paths.daemons).write_text(daemons)
    return in_use({**GIVEN, **given}, pods, paths)


def test_frr_that_is_not_there_or_as_its_package_brings_it_is_free(paths: Paths) -> None:
    assert in_use(GIVEN, PODS, paths) == Uses([], [])
    assert used(paths, PACKAGE) == Uses([], [])


def test_what_others_told_it_is_named_but_not_their_secrets(paths: Paths) -> None:
    others, _obstacles, _since = used(paths, PACKAGE + OSPF + SECRET, "bgpd=no\nospfd=yes\n")
    assert "router ospf" in others
    assert "ospfd=yes" in others
    assert not any("battery-staple" in other for other in others)


def test_what_is_ours_in_it_is_no_other_use(paths: Paths) -> None:
    wish = Wish(CONFIG, ["bgpd"], join=False, keep_routes=True)
    package = Files(PACKAGE, "bgpd=no\n", None)
    made = plan.present(wish, Secrets(SECRETS), package, None, {"ip"}, State())
    assert made.ledger
    written, daemons = made.after.config or "", made.after.daemons or ""
    ledger.write(paths.ledger, made.ledger)
    assert used(paths, written, daemons) == Uses([], [])
    # Nor is it once the configuration to come is another, or the password.
    changed: dict[str, Any] = {"config": CONFIG.replace("64512", "64513"), "secrets": {"@password@": "another"}}
    assert used(paths, written, daemons, **changed) == Uses([], [])
    assert used(paths, written.replace(" neighbor g", " neighbor g shutdown\n neighbor g", 1), daemons).others == []
    others, _obstacles, since = used(paths, written + OSPF, daemons)
    assert "router ospf" in others
    assert since


def test_what_cannot_be_joined_is_said_as_of_a_host_that_forwards(paths: Paths) -> None:
    no_forwarding = OSPF + "no ip forwarding\nno ipv6 forwarding\n"
    assert used(paths, OSPF, existing="join").obstacles == []
    (first,) = used(paths, no_forwarding, existing="join").obstacles
    assert "'no ip forwarding' would stop the host from forwarding" in first
    assert len(used(paths, no_forwarding, pods=[*PODS, "fd00:10::/48"], existing="join").obstacles) == 2
    (another,) = used(paths, "router bgp 65000\n neighbor 192.0.2.9 remote-as 65000\nexit\n", existing="join").obstacles
    assert "'router bgp 65000', and ours is 'router bgp 64512'" in another


@pytest.mark.parametrize(("secrets", "words"), [({}, "none for @password@"), ({"@password@": "a b"}, "without spaces")])
def test_a_password_that_frr_cannot_take_is_refused_without_saying_it(
    paths: Paths, secrets: dict[str, str], words: str
) -> None:
    with pytest.raises(FrrError, match=words) as refusal:
        in_use({**GIVEN, "secrets": secrets}, PODS, paths)
    assert "a b" not in str(refusal.value)


def test_the_refusal_has_a_way_out() -> None:
    found = Machine(frr=Uses(["router ospf"], ["it has 'router bgp 65000'"]))
    ((variable, value, reason, way_out),) = frr_is_free(EXPECTED, found)
    assert (variable, value) == ("bgp_existing", "refuse")
    assert "(router ospf)" in reason
    assert "set bgp_existing to join" in way_out
    ((_variable, _value, reason, _way_out),) = frr_is_free(EXPECTED, Machine(frr=Uses(["router ospf"], [], since=True)))
    assert "(router ospf, added since the last run)" in reason
    ((_variable, value, reason, _way_out),) = frr_is_free(replace(EXPECTED, existing_frr="join"), found)
    assert (value, reason) == ("join", "cannot be: it has 'router bgp 65000'")
    joined = Machine(frr=Uses(["router ospf"], []))
    assert list(frr_is_free(replace(EXPECTED, existing_frr="join"), joined)) == []
    assert list(frr_is_free(EXPECTED, Machine())) == []
