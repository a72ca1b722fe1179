"""Who listens on BGP's port, and that only the host's FRR may."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.expectation import Expectation
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.listeners import speakers
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.machine import Machine
from ansible_collections.podnet.baremetal.plugins.module_utils.preflight.speakers import port_is_frrs

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LISTENS, ESTABLISHED = "0A", "01"


def row(port: int, state: str, inode: int) -> str:
    return f"   0: 00000000:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0 0 {inode}\n"


def system(folder: Path, rows: str, **processes: tuple[str, int, str]) -> str:
    """A ``/proc`` with a table of TCP sockets and with processes: name, inode of a socket, control group."""
    (folder / "net").mkdir()
    (folder / "net" / "tcp").write_text(HEADER + rows)
    for number, (name, inode, group) in processes.items():
        process = folder / number.lstrip("p")
        (process / "fd").mkdir(parents=True)
        (process / "fd" / "7").symlink_to(f"socket:[{inode}]")
        (process / "comm").write_text(name + "\n")
        (process / "cgroup").write_text(f"0::{group}\n")
    return str(folder)


@pytest.mark.parametrize(
    ("port", "state", "group", "found"),
    [
        (179, LISTENS, "/system.slice/frr.service", []),
        (179, LISTENS, "/system.slice/bird.service", ["bird (process 812)"]),
        (179, LISTENS, "/kubepods/pod1/frr.service-no", ["bird (process 812)"]),
        (180, LISTENS, "/system.slice/bird.service", []),
        (179, ESTABLISHED, "/system.slice/bird.service", []),
    ],
)
def test_who_listens(tmp_path: Path, port: int, state: str, group: str, found: list[str]) -> None:
    proc = system(tmp_path, row(22, LISTENS, 5) + row(port, state, 99), p812=("bird", 99, group), p1=("init", 5, "/"))
    assert speakers(proc) == found


def expectation(mode: str) -> Expectation:
    return Expectation(
        "node-1", mode, ["198.51.100.11"], [""], [0], 1500, ["10.244.0.0/16"], ["10.244.0.1"], "cni0", None
    )


def test_a_second_speaker_is_refused_by_name() -> None:
    ((variable, value, reason, way_out),) = port_is_frrs(expectation("bgp"), Machine(speakers=["bird (process 812)"]))
    assert (variable, value) == ("fabric_mode", "bgp")
    assert "bird (process 812)" in reason
    assert "stop it" in way_out


def test_other_modes_leave_the_port_to_anybody() -> None:
    assert list(port_is_frrs(expectation("direct"), Machine(speakers=["bird (process 812)"]))) == []
