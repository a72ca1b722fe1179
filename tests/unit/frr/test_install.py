"""What becomes of FRR's files and service when runs fail, when FRR is new, and when it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr import paths
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.install import Installer, Outcome
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.plan import Wish
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.secrets import Secrets
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.service import Service, State
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.vtysh import Vtysh

CONTENT = "router bgp 64512\n bgp router-id 192.0.2.1\nexit\n"
WRONG = CONTENT.replace("router-id", "wrong")
PACKAGES = {"frr.conf": "log syslog informational\n", "daemons": "bgpd=no\n"}
RUNNING = State(active=True, enabled=True)


class Frr(Vtysh, Service):
    """Both sides of an FRR that does as its file says, but for what is `wrong`."""

    def __init__(self) -> None:
        super().__init__()
        self.present = False
        self.now = State()
        self.verbs: list[str] = []
        self.answers = ["zebra", "bgpd", "bfdd"]
        self.left: list[str] = []

    def there(self) -> bool:
        return self.present

    def installed(self) -> bool:
        return self.present

    def answering(self) -> list[str]:
        return self.answers

    def running(self) -> str:
        return ""

    def validate(self, text: str) -> None:
        if "wrong" in text:
            raise FrrError("Unknown command")

    def reload(self, text: str) -> None:
        assert self.now.active

    def differences(self, text: str) -> list[str]:
        return []

    def state(self) -> State:
        return self.now

    def change(self, verb: str) -> None:
        self.verbs.append(verb)
        values = {"start": {"active": True}, "restart": {"active": True}, "stop": {"active": False}}
        values |= {"enable": {"enabled": True}, "disable": {"enabled": False}}
        self.now = self.now._replace(**values[verb])

    def forget_files(self) -> None:
        pass

    def routes(self) -> list[str]:
        return list(self.left)

    def forget_routes(self, destinations: Sequence[str]) -> None:
        self.left = [route for route in self.left if route not in destinations]


class Machine:
    """A host, with FRR once the package is installed."""

    def __init__(self, folder: Path) -> None:
        self.etc, self.record = folder / "frr", folder / "podnet"
        self.frr = Frr()
        self.paths = Paths(
            str(self.etc / "frr.conf"),
            str(self.record / "frr.json"),
            str(folder / "frr.service.d" / "podnet.conf"),
            str(self.record / "frr.awaited"),
        )
        self.installer = Installer(self.paths, self.frr, self.frr)

    def install(self, state: State = RUNNING) -> None:
        """As Debian's package does, which starts and enables the service."""
        self.etc.mkdir()
        for name, text in PACKAGES.items():
            (self.etc / name).write_text(text)
        self.frr.present, self.frr.now = True, state

    def remove(self, files: Sequence[str]) -> None:
        """Remove the package and these files, and with the last one their folder."""
        self.frr.present, self.frr.now = False, State()
        for name in files:
            (self.etc / name).unlink()
        if not any(self.etc.iterdir()):
            self.etc.rmdir()

    def bring(self, content: str = CONTENT, keep_routes: bool = True, daemons: Sequence[str] = ("bgpd",)) -> Outcome:
        wish = Wish(content, daemons, join=False, keep_routes=keep_routes)
        return self.installer.bring(wish, Secrets({}), check=False)

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.etc.iterdir()}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_frr_that_we_brought_is_stopped_in_the_end_also_where_the_first_run_failed(machine: Machine) -> None:
    assert machine.installer.await_frr(check=True)
    assert machine.installer.await_frr(check=False)
    machine.install()
    with pytest.raises(FrrError, match="Unknown command"):
        machine.bring(WRONG)
    assert not machine.installer.await_frr(check=False)
    assert machine.bring().changed
    assert not machine.bring().changed
    assert machine.installer.take_away(check=False).changed
    assert machine.frr.now == State()
    assert machine.files() == PACKAGES
    assert list(machine.record.iterdir()) == []


def test_frr_that_was_never_configured_is_stopped_too(machine: Machine) -> None:
    machine.installer.await_frr(check=False)
    machine.install()
    assert machine.installer.take_away(check=True).changed
    assert machine.installer.take_away(check=False).changed
    assert machine.frr.now == State()
    assert not machine.installer.take_away(check=False).changed


@pytest.mark.parametrize("state", [RUNNING, State()])
def test_frr_of_others_becomes_what_it_was(machine: Machine, state: State) -> None:
    machine.install(state)
    assert not machine.installer.await_frr(check=False)
    machine.bring()
    machine.installer.take_away(check=False)
    assert machine.frr.now == state
    assert machine.files() == PACKAGES


@pytest.mark.parametrize(("gone", "left"), [(["frr.conf", "daemons"], None), (["daemons"], ["frr.conf"])])
def test_of_frr_that_is_gone_nothing_comes_back(machine: Machine, gone: list[str], left: list[str] | None) -> None:
    machine.installer.await_frr(check=False)
    machine.install()
    machine.bring()
    machine.remove(gone)
    assert machine.installer.take_away(check=False).changed
    assert (machine.files() if machine.etc.exists() else None) == (left and {name: PACKAGES[name] for name in left})
    assert list(machine.record.iterdir()) == []
    assert not Path(machine.paths.drop_in).exists()


LEFT = ["10.244.1.0/24", "fd00:10:244:1::/64"]


@pytest.mark.parametrize("present", [True, False])
def test_routes_of_an_frr_that_is_down_go(machine: Machine, present: bool) -> None:
    machine.install()
    machine.bring()
    machine.frr.present, machine.frr.now, machine.frr.left = present, State(enabled=present), list(LEFT)
    assert machine.installer.take_away(check=True).routes == LEFT
    assert machine.frr.left == LEFT
    outcome = machine.installer.take_away(check=False)
    assert (outcome.changed, outcome.routes, machine.frr.left) == (True, LEFT, [])
    machine.frr.left = list(LEFT)  # by now they are somebody else's
    assert not machine.installer.take_away(check=False).changed
    assert machine.frr.left == LEFT


@pytest.mark.parametrize(
    ("active", "others"), [(True, ""), (False, "router ospf\n network 192.0.2.0/24 area 0\nexit\n")]
)
def test_routes_of_an_frr_that_runs_or_that_others_use_are_its_own_business(
    machine: Machine, active: bool, others: str
) -> None:
    machine.install()
    machine.bring()
    with (machine.etc / "frr.conf").open("a") as file:
        file.write(others)
    machine.frr.now, machine.frr.left = State(active, enabled=True), list(LEFT)
    assert machine.installer.take_away(check=False).routes == []
    assert machine.frr.left == LEFT


def test_files_that_are_right_are_left_alone(machine: Machine) -> None:
    machine.install()
    machine.bring()
    before = {path.name: path.stat() for path in machine.etc.iterdir()}
    assert {status.st_mode & 0o777 for status in before.values()} == {0o640}
    machine.bring(CONTENT.replace("192.0.2.1", "192.0.2.9"))
    after = {path.name: path.stat() for path in machine.etc.iterdir()}
    assert after["daemons"].st_ino == before["daemons"].st_ino
    assert after["frr.conf"].st_ino != before["frr.conf"].st_ino


def test_frr_restarts_for_a_daemon_that_goes_on_or_off_and_for_nothing_else(machine: Machine) -> None:
    """Least of all to learn that it is to keep routes: it would keep none the first time."""
    machine.install()
    machine.bring(keep_routes=False)
    assert machine.frr.verbs == ["restart"]
    assert machine.bring(keep_routes=True).changed
    assert "-K 120" in machine.files()["daemons"]
    assert machine.bring(keep_routes=False).changed
    assert "-K 120" not in machine.files()["daemons"]
    assert machine.frr.verbs == ["restart"]
    machine.bring(keep_routes=True, daemons=["bgpd", "bfdd"])
    assert machine.frr.verbs == ["restart", "restart"]


def test_a_failed_change_of_options_is_taken_back_without_a_restart(machine: Machine) -> None:
    machine.install()
    machine.bring(keep_routes=False)
    before = machine.files()
    machine.frr.answers = ["zebra"]
    with pytest.raises(FrrError, match="bgpd does not run"):
        machine.bring(keep_routes=True)
    assert (machine.files(), machine.frr.verbs) == (before, ["restart"])


@pytest.mark.parametrize(
    ("made", "folder"),
    [
        ([], "/usr/lib/frr"),
        (["etc/redhat-release"], "/usr/libexec/frr"),
        (["etc/redhat-release", "usr/lib/frr/x"], "/usr/lib/frr"),
        (["usr/libexec/frr/x"], "/usr/libexec/frr"),
    ],
)
def test_where_frrs_programs_are_or_will_be(tmp_path: Path, made: list[str], folder: str) -> None:
    for name in made:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert paths.programs(str(tmp_path)) == folder
