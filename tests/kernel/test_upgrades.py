"""A host boots and repairs itself though an upgrade changed pyroute2, broke it, or took it away."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import engine
from tests.kernel.overlay import overlay
from tests.kernel.picture import picture
from tests.kernel.podnet_command import Podnet
from tests.kernel.strangers import settle
from tests.kernel.whole import first, second

pytestmark = pytest.mark.usefixtures("namespace", "underlay")

#: What takes the place of pyroute2's message class, and what is said of it.
BROKEN = {
    "is gone": ("raise ImportError('No module named pyroute2')", "needed to read and make links, and cannot be"),
    "has another interface": ("class ifinfmsg:\n    pass\n", "has no attribute"),
    "fails on this Python": ("raise AttributeError('asyncio has no such thing')", "asyncio has no such thing"),
}
#: The library that is installed, but for one thing: it is imported in the place of the broken one, and then altered.
_ALTERED = """
import sys
sys.path = [each for each in sys.path if not each.endswith("/broken")]
for each in [each for each in sys.modules if each.partition(".")[0] == "pyroute2"]:
    del sys.modules[each]
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
info = ifinfmsg.ifinfo
"""
_MISREADING = """
decode = ifinfmsg.decode
def altered(self):
    decode(self)
    self["attrs"] = [(name, value + 1 if name == "IFLA_MTU" else value) for name, value in self["attrs"]]
ifinfmsg.decode = altered
"""
BROKEN.update(
    {
        "names the table of kinds otherwise": (f"{_ALTERED}info.kinds = info.data_map; del info.data_map", "data_map"),
        "names what a port has otherwise": (
            f"{_ALTERED}info.port_data = info.bridge_slave_data; del info.bridge_slave_data",
            "bridge_slave_data",
        ),
        "no longer knows VXLAN": (f"{_ALTERED}del info.data_map['vxlan']", "does not know links of type vxlan"),
        "reads another number than it wrote": (f"{_ALTERED}{_MISREADING}", "with mtu 1450 is read as [1281, 1451]"),
    }
)
#: The oldest version that is supported, where `make kernel` has installed it.
OLDEST = Path(__file__).parents[2] / "build" / "oldest"


def broken(directory: Path, content: str) -> Path:
    package = directory / "broken" / "pyroute2" / "netlink" / "rtnl"
    package.mkdir(parents=True)
    for folder in (package, *list(package.parents)[:2]):
        (folder / "__init__.py").touch()
    (package / "ifinfmsg.py").write_text(content, encoding="utf-8")
    return directory / "broken"


@pytest.mark.parametrize("library", [None, OLDEST], ids=["this pyroute2", "the oldest pyroute2"])
def test_what_one_pyroute2_made_another_restores(run, paths, tmp_path, library):
    engine.apply("whole", first(), paths=paths)
    made = picture(run)
    run("ip link delete vx0; ip link delete cni0")

    status, _said, errors = Podnet(tmp_path, library)("restore")

    assert (status, errors) == (0, "")
    assert picture(run) == made
    assert not engine.apply("whole", first(), paths=paths).changed


@pytest.mark.parametrize("how", BROKEN)
def test_all_comes_back_though_pyroute2(run, paths, tmp_path, how):
    content, complaint = BROKEN[how]
    podnet = Podnet(tmp_path, broken(tmp_path, content))
    settle(run)
    engine.apply("whole", first(), paths=paths)
    made = picture(run)
    run("ip link delete vx0; ip link delete cni0; iptables -F PODNET-FORWARD; ipset flush podnet-pods")

    status, said, errors = podnet("restore")

    assert status == 0
    assert said.startswith("1 document(s) restored, ")
    assert complaint in errors
    assert "podnet: going on without it" in errors
    assert picture(run) == made
    assert podnet("drift")[:2] == (0, "")
    assert podnet("status")[:2] == (0, "whole: in sync\n")
    assert not engine.apply("whole", first(), paths=paths).changed


def test_what_all_links_have_is_repaired_without_pyroute2(run, paths, tmp_path):
    podnet = Podnet(tmp_path, broken(tmp_path, BROKEN["is gone"][0]))
    engine.apply("vxlan", overlay(1), paths=paths)
    made = picture(run)
    run("ip link set vx0 mtu 1300 alias other; ip link set cni0 down; ip link set cni0 address 02:00:5e:00:00:99")

    status, said, _errors = podnet("drift")

    assert status == 0
    assert "repaired: link vx0: mtu is 1300 instead of 1450, alias is other instead of 'podnet: tunnel of" in said
    assert picture(run) == made


def test_a_link_of_another_kind_is_seen_without_pyroute2(run, paths, tmp_path):
    podnet = Podnet(tmp_path, broken(tmp_path, BROKEN["is gone"][0]))
    engine.apply("vxlan", overlay(0), paths=paths)
    run("ip link delete vx0; ip link add vx0 type bridge")

    status, _said, errors = podnet("drift")

    assert status == 1
    assert "link vx0: type is 'bridge' and 'vxlan' is wanted" in errors


def test_what_a_killed_run_had_begun_is_ended_without_pyroute2(run, paths, tmp_path):
    podnet = Podnet(tmp_path, broken(tmp_path, BROKEN["is gone"][0]))
    engine.apply("whole", first(), paths=paths)
    half = engine.ledger.load(paths.ledgers, "whole")
    engine.apply("whole", second(), paths=paths)
    made = picture(run)
    new = engine.ledger.load(paths.ledgers, "whole")
    engine.ledger.save(paths.ledgers, new._replace(leaving=half.document, found={**half.found, **new.found}))
    run("ip route add 10.244.1.0/24 dev vx0 proto 244; ip link set vx0 mtu 1450")

    assert podnet("restore")[0] == 0

    assert picture(run) == made
    assert engine.ledger.load(paths.ledgers, "whole").leaving == {}
