"""Which paths are tried between pods, and what is said of them."""

from __future__ import annotations

import pytest

from lab import matrix
from lab.pods import Pod

CLIENT = Pod("client", "Running", "1/1", ("10.244.0.2",), "node-1", ())
SERVER = Pod("server", "Running", "1/1", ("10.244.1.2", "fd00::2"), "node-2", (80,))


def test_every_address_of_every_other_pod_is_tried() -> None:
    tried = [(path.source.name, path.address, path.probe) for path in matrix.paths([CLIENT, SERVER])]
    assert tried == [
        ("client", "10.244.1.2", "ping"),
        ("client", "10.244.1.2", "tcp/80"),
        ("client", "fd00::2", "ping"),
        ("client", "fd00::2", "tcp/80"),
        ("server", "10.244.0.2", "ping"),
    ]


def test_script_prints_a_status_for_each_path() -> None:
    script = matrix.script(matrix.paths([CLIENT, SERVER])[:2])
    assert script.splitlines() == [
        "ping -c 1 -W 3 10.244.1.2 >/dev/null 2>&1; echo $?",
        "nc -w 3 10.244.1.2 80 -e true >/dev/null 2>&1; echo $?",
    ]


@pytest.mark.parametrize(
    ("printed", "works"),
    [("0\n0\n", [True, True]), ("0\n1\n", [True, False]), ("0\n", [True, False]), ("", [False, False])],
)
def test_a_path_works_only_if_its_status_says_so(printed: str, works: list[bool]) -> None:
    tried = matrix.paths([CLIENT, SERVER])[:2]
    assert list(matrix.verdicts(tried, printed).values()) == works


def test_report_names_what_fails_and_ends_with_the_count() -> None:
    outcome = {path: path.probe == "ping" for path in matrix.paths([CLIENT, SERVER])}
    lines = matrix.report([CLIENT, SERVER], outcome).splitlines()
    assert lines[0].split() == ["FROM", "\\", "TO", "client", "server"]
    assert "ping ok  tcp/80 FAILS" in lines[1]
    assert "FAILS: client (node-1) to server (node-2): nc -w 3 10.244.1.2 80 -e true" in lines
    assert lines[-1] == "3 of 5 paths work"


def test_nothing_tried_is_no_success() -> None:
    assert not matrix.complete({})
    assert not matrix.complete(dict.fromkeys(matrix.paths([CLIENT, SERVER]), False))
    assert matrix.complete(dict.fromkeys(matrix.paths([CLIENT, SERVER]), True))
