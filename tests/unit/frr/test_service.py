"""What systemd is asked, and what it is told about FRR's service."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.frr import service
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.service import Service, State
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError


class Systemd:
    """Answers ``systemctl show``; each of ``failing`` fails."""

    def __init__(self, answer: str = "", failing: Sequence[str] = ()) -> None:
        self.answer = answer
        self.failing = failing
        self.asked: list[str] = []

    def __call__(self, command: Sequence[str]) -> str:
        verb = next(word for word in command[1:] if not word.startswith("-"))
        self.asked.append(verb)
        if verb in self.failing:
            raise CommandError(command, "Unit frr.service is not what it should be.")
        return self.answer


def among(monkeypatch: pytest.MonkeyPatch, systemd: Systemd) -> Service:
    monkeypatch.setattr(service, "run", systemd)
    return Service()


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("ActiveState=active\nUnitFileState=enabled\n", State(active=True, enabled=True)),
        ("ActiveState=inactive\nUnitFileState=disabled\n", State()),
        ("ActiveState=failed\nUnitFileState=\n", State()),
    ],
)
def test_state(monkeypatch: pytest.MonkeyPatch, answer: str, state: State) -> None:
    assert among(monkeypatch, Systemd(answer)).state() == state


def test_without_systemd_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert among(monkeypatch, Systemd(failing=["show"])).state() == State()


@pytest.mark.parametrize("failing", [[], ["reset-failed"]])
def test_a_start_is_not_held_back_by_those_before(monkeypatch: pytest.MonkeyPatch, failing: list[str]) -> None:
    systemd = Systemd(failing=failing)
    among(monkeypatch, systemd).change("restart")
    assert systemd.asked == ["reset-failed", "restart"]


def test_a_failure_is_told_in_systemds_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FrrError, match="is not what it should be"):
        among(monkeypatch, Systemd(failing=["reload"])).change("reload")


@pytest.mark.parametrize(
    ("at_interrupt", "patience", "said"),
    [("exit", 10, ""), (":", 1, "watchfrr did not end within 1 s and was killed")],
)
def test_watchfrr_has_its_time_to_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at_interrupt: str, patience: int, said: str
) -> None:
    monkeypatch.setattr(service, "_RUN", str(tmp_path))
    monkeypatch.setattr(service, "_PATIENCE", patience)
    loop = f"trap '{at_interrupt}' INT; echo ready; while :; do sleep 0.05; done"
    with ExitStack() as stack:
        # What begins with interrupts ignored, as in the background of a script, could not trap them.
        heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        watchfrr = stack.enter_context(subprocess.Popen(["sh", "-c", loop], stdout=subprocess.PIPE, preexec_fn=heeding))
        zebra, bgpd = (stack.enter_context(subprocess.Popen(["sleep", "60"])) for _daemon in range(2))
        for name, process in {"watchfrr": watchfrr, "zebra": zebra, "bgpd": bgpd}.items():
            stack.callback(process.kill)
            (tmp_path / f"{name}.pid").write_text(f"{process.pid}\n")
            Thread(target=process.wait, daemon=True).start()  # or it would be there still, as a zombie
        assert watchfrr.stdout
        watchfrr.stdout.readline()
        stop = service.drop_in().splitlines()[3].removeprefix("ExecStop=-/bin/sh -c '").removesuffix("'")
        done = subprocess.run(["sh", "-c", stop.replace("$$", "$")], capture_output=True, text=True, check=True)
    assert done.stderr.startswith(said)
    assert bool(done.stderr) == bool(said)
    assert zebra.returncode == -signal.SIGKILL
    assert bgpd.returncode == -signal.SIGTERM


def test_a_restart_ends_zebra_before_bgpd_can_withdraw_anything_and_bgpd_before_bfdd_says_goodbye() -> None:
    stop = [line for line in service.drop_in().splitlines() if line.startswith("ExecStop")]
    assert stop[0] == "ExecStop="  # the package's own is put behind
    assert stop[1].index("watchfrr.pid") < stop[1].index("zebra.pid") < stop[1].index("bgpd.pid")
    assert stop[2].endswith("/frrinit.sh stop")
