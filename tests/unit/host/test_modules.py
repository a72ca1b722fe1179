"""What loads a module unloads it, if it would go on filtering; what was there before stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host import modules
from ansible_collections.podnet.baremetal.plugins.module_utils.host.modules import Outcome, Places
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel import modules as kernel_modules
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError

NAMES = ["bridge", "br_netfilter", "vxlan"]
LIST = "bridge\nbr_netfilter\nvxlan\n"


class Kernel:
    """The modules of a host: what is loaded, and what nobody can unload."""

    def __init__(self, *loaded: str) -> None:
        self.loaded = set(loaded)
        self.held: set[str] = set()

    def availability(self, name: str) -> str:
        return kernel_modules.PRESENT if name in self.loaded else kernel_modules.LOADABLE

    def is_loaded(self, name: str) -> bool:
        return name in self.loaded

    def load(self, name: str) -> None:
        if name in self.held:
            raise CommandError(["modprobe", name], "not permitted")
        self.loaded.add(name)

    def unload(self, name: str) -> None:
        if name in self.held:
            raise CommandError(["rmmod", name], f"Module {name} is in use")
        self.loaded.remove(name)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kernel:
    made = Kernel("bridge")
    for name in ("availability", "is_loaded", "load", "unload"):
        monkeypatch.setattr(kernel_modules, name, getattr(made, name))
    monkeypatch.setitem(modules._EFFECTS, "br_netfilter", [str(tmp_path / "nf-call"), str(tmp_path / "none")])
    (tmp_path / "nf-call").write_text("1\n", encoding="ascii")
    return made


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(str(tmp_path / "modules-load.d" / "podnet.conf"), str(tmp_path / "podnet" / "modules"))


def have(places: Places, *, check: bool = False) -> Outcome:
    return modules.have(NAMES, check, places)


def remove(places: Places, *, check: bool = False) -> Outcome:
    return modules.remove(check, places)


def test_what_was_missing_is_loaded_and_noted(kernel: Kernel, places: Places) -> None:
    assert have(places, check=True) == Outcome(None, LIST, ["br_netfilter", "vxlan"], [], [])
    assert kernel.loaded == {"bridge"}
    assert have(places) == Outcome(None, LIST, ["br_netfilter", "vxlan"], [], [])
    assert kernel.loaded == set(NAMES)
    assert Path(places.boot).read_text(encoding="utf-8") == LIST
    assert Path(places.record).read_text(encoding="utf-8") == "br_netfilter\nvxlan\n"
    assert not have(places).changed


def test_what_filters_goes_with_us_and_what_is_idle_stays(kernel: Kernel, places: Places) -> None:
    have(places)
    kernel.loaded = set()
    kernel.loaded.update(NAMES)  # a boot, at which they are on the list
    have(places)
    assert remove(places, check=True) == Outcome(LIST, None, [], ["br_netfilter"], [])
    assert "br_netfilter" in kernel.loaded
    assert remove(places) == Outcome(LIST, None, [], ["br_netfilter"], [])
    assert kernel.loaded == {"bridge", "vxlan"}
    assert not Path(places.boot).exists()
    assert not Path(places.record).exists()
    assert not remove(places).changed


def test_what_was_loaded_before_us_stays(kernel: Kernel, places: Places, tmp_path: Path) -> None:
    kernel.loaded.add("br_netfilter")
    have(places)
    assert remove(places) == Outcome(LIST, None, [], [], [])
    assert "br_netfilter" in kernel.loaded
    assert (tmp_path / "nf-call").read_text(encoding="ascii") == "1\n"


def test_what_cannot_be_unloaded_is_switched_off_and_told(kernel: Kernel, places: Places, tmp_path: Path) -> None:
    have(places)
    kernel.held.add("br_netfilter")
    told = "br_netfilter was loaded by us and stays loaded, switched off by its sysctls: rmmod br_netfilter: "
    outcome = remove(places)
    assert outcome == Outcome(LIST, None, [], [], [told + "Module br_netfilter is in use"])
    assert outcome.changed
    assert (tmp_path / "nf-call").read_text(encoding="ascii") == "0\n"
    assert not (tmp_path / "none").exists()
    assert not remove(places).changed


def test_what_failed_half_way_is_noted(kernel: Kernel, places: Places) -> None:
    kernel.held.add("vxlan")
    with pytest.raises(CommandError):
        have(places)
    assert remove(places).unloaded == ["br_netfilter"]
