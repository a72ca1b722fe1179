"""What is not ours stays as it is, line by line, however much it looks like ours and whatever we do."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine, restore
from ansible_collections.podnet.baremetal.plugins.module_utils.host.errors import ApplyError
from tests.kernel.picture import lost, picture
from tests.kernel.strangers import settle
from tests.kernel.whole import first, second

pytestmark = pytest.mark.usefixtures("namespace")


@pytest.fixture
def before(run):
    """The picture of a host full of look-alikes."""
    settle(run)
    return picture(run)


def test_they_outlast_apply_change_and_removal(run, paths, before):
    for document in (first(), second(), first()):
        assert engine.apply("whole", document, paths=paths).changed
        assert lost(before, picture(run)) == []
        assert not engine.apply("whole", document, paths=paths).changed

    engine.remove("whole", paths=paths)

    assert picture(run) == before


def test_they_outlast_drift_that_is_repaired(run, paths, before):
    engine.apply("whole", first(), paths=paths)
    during = picture(run)
    run("ip link delete vx0; ip address flush dev cni0; ip route flush table 100 type blackhole")
    run("iptables -F PODNET-FORWARD; iptables -D FORWARD -j PODNET-FORWARD; ipset flush podnet-pods")
    run("iptables -t raw -F PREROUTING; iptables -t raw -A PREROUTING -j PODNET-VXLAN2")
    run("iptables -t raw -A PREROUTING -p udp --dport 4789 -j ACCEPT; ipset del podnet-vxlan-v4 198.18.0.3")

    assert restore.restore(paths).changed

    assert lost(before, picture(run)) == []
    assert picture(run) == during
    assert not restore.restore(paths).changed
    engine.remove("whole", paths=paths)
    assert picture(run) == before


@pytest.mark.parametrize("start", [None, first()], ids=["fresh", "changed"])
def test_they_outlast_a_failure_that_is_taken_back(run, paths, before, start):
    if start:
        engine.apply("whole", start, paths=paths)
    during = picture(run)
    wanted = second()
    wanted["routes"].append({"dst": "10.66.0.0/16", "gateway": "192.0.2.9"})

    with pytest.raises(ApplyError, match=r"route 10\.66\.0\.0/16: add: ENETUNREACH"):
        engine.apply("whole", wanted, paths=paths)

    assert picture(run) == during
    assert lost(before, during) == []
