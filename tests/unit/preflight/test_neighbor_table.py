"""The kernel's table of neighbors holds all peers on the host's subnet, and never less than before."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import sysctl
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.neighbor_table import originals, sysctls

V4, V6 = "net.ipv4.neigh.default.gc_thresh", "net.ipv6.neigh.default.gc_thresh"
DEFAULTS = {f"{prefix}{number}": value for prefix in (V4, V6) for number, value in ((1, 128), (2, 512), (3, 1024))}


def raised(near: dict[int, int], here: dict[str, int]) -> dict[str, int]:
    return {each["name"]: int(each["value"]) for each in sysctls(near, here)}


@pytest.mark.parametrize("peers", [0, 2, 256])
def test_few_peers_ask_for_nothing(peers: int) -> None:
    assert raised({4: peers, 6: peers}, DEFAULTS) == {}


@pytest.mark.parametrize(("peers", "limit"), [(257, 2048), (1000, 4096), (1024, 4096), (1025, 8192), (5000, 32768)])
def test_many_peers_get_room_and_none_of_them_is_forgotten(peers: int, limit: int) -> None:
    found = raised({4: peers}, DEFAULTS)
    assert list(found.items()) == [(f"{V4}3", limit), (f"{V4}2", limit // 2), (f"{V4}1", limit // 4)]
    assert found[f"{V4}1"] >= peers


def test_each_family_has_a_table_of_its_own() -> None:
    assert set(raised({4: 1000, 6: 2}, DEFAULTS)) == {f"{V4}{number}" for number in (1, 2, 3)}
    assert set(raised({4: 2, 6: 1000}, DEFAULTS)) == {f"{V6}{number}" for number in (1, 2, 3)}


def test_what_the_host_has_more_of_stays() -> None:
    assert raised({4: 1000}, {**DEFAULTS, f"{V4}3": 100000}) == {}
    assert raised({4: 1000}, {**DEFAULTS, f"{V4}1": 2000}) == {f"{V4}3": 4096, f"{V4}2": 2048}


def test_where_a_container_sees_no_thresholds_none_are_set() -> None:
    assert raised({4: 5000}, {}) == {}


def test_what_we_raised_is_raised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or each run would put back what the one before had set."""
    here = {(name,): {"value": "65536"} for name in DEFAULTS}
    monkeypatch.setattr(sysctl, "read", lambda wanted: {key: dict(here[key]) for key in wanted})
    kept = ledger.Ledger("host", {}, {}, {"sysctls": {(f"{V4}3",): {"value": "1024"}, ("other",): {"value": "1"}}})
    assert originals([4], kept) == {f"{V4}1": 65536, f"{V4}2": 65536, f"{V4}3": 1024}
    assert originals([4], None) == {f"{V4}1": 65536, f"{V4}2": 65536, f"{V4}3": 65536}
