# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure many paths at once: from a pod's namespace to an address, one verdict a path."""

from __future__ import annotations

import errno
import ipaddress
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Sequence

from ..cni import netns
from . import exchange, icmp

#: The probes of a path, in the order in which they are told.
PROBES = ("icmp", "icmp_mtu", "tcp", "tcp_bulk", "udp")


@dataclass(frozen=True)
class Path:
    """From the pod in the network namespace ``source`` (a name, or a file) to a responder."""

    source: str
    address: str
    port: int
    #: What the target is called in the result.
    target: str
    #: The pod's interface, whose MTU a full-size packet has.
    interface: str = "eth0"


@dataclass(frozen=True)
class Outcome:
    """One probe's: seconds it took, or what kept it from working."""

    seconds: float = 0.0
    errno: str = ""
    error: str = ""


def measure(paths: Sequence[Path], timeout: float, concurrency: int) -> List[Dict[str, Any]]:
    """Run every probe of every path, at most ``concurrency`` at a time and each for at most ``timeout`` seconds.

    All of it takes at most ``len(paths) * len(PROBES) / concurrency * timeout`` seconds, and a second or so where all
    paths work. A result, in the order of ``paths``::

        {"source": "podnet-probe-0", "target": "node-2/podnet-probe-1", "address": "10.244.1.3", "ok": False,
         "rtt_ms": 0.312,                 # of the ordinary echo; absent where that failed
         "failures": [{"probe": "tcp", "errno": "ETIMEDOUT", "error": "no answer in 3 s"}],
         "route": "10.244.1.3 via ..."}   # the host's own route for the address; only where a probe failed
    """
    jobs = [(path, probe) for path in paths for probe in PROBES]
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        outcomes = dict(zip(jobs, pool.map(lambda job: _attempt(job[0], job[1], timeout), jobs)))
    return [_result(path, {probe: outcomes[path, probe] for probe in PROBES}) for path in paths]


def _attempt(path: Path, probe: str, timeout: float) -> Outcome:
    """One probe in the calling thread, which is inside the pod's namespace for as long."""
    try:
        with netns.entered(path.source):
            return Outcome(seconds=_RUN[probe](path, timeout))
    except socket.timeout:
        return Outcome(errno="ETIMEDOUT", error=f"no answer in {timeout:g} s")
    except OSError as error:
        return Outcome(errno=errno.errorcode.get(error.errno or 0, ""), error=error.strerror or str(error))


def _result(path: Path, outcomes: Mapping[str, Outcome]) -> Dict[str, Any]:
    failures = [
        {"probe": probe, "errno": outcome.errno, "error": outcome.error}
        for probe, outcome in outcomes.items()
        if outcome.error
    ]
    result: Dict[str, Any] = {
        "source": path.source,
        "target": path.target,
        "address": path.address,
        "ok": not failures,
        "failures": failures,
    }
    if not outcomes["icmp"].error:
        result["rtt_ms"] = round(outcomes["icmp"].seconds * 1000, 3)
    if failures:
        result["route"] = _route(path.address)
    return result


def _route(address: str) -> str:
    """The host's own route for the address, in the words of ip-route(8)."""
    done = subprocess.run(
        ["ip", "-oneline", "route", "get", "fibmatch", address],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return " ".join(done.stdout.decode(errors="replace").replace("\\", " ").split())


def _icmp(path: Path, timeout: float) -> float:
    return icmp.echo(ipaddress.ip_address(path.address), icmp.DATA, timeout)


def _icmp_mtu(path: Path, timeout: float) -> float:
    address = ipaddress.ip_address(path.address)
    return icmp.echo(address, icmp.data_size(address, netns.interface_mtu(path.interface)), timeout)


def _tcp(path: Path, timeout: float) -> float:
    return exchange.tcp(path.address, path.port, exchange.SMALL, timeout)


def _tcp_bulk(path: Path, timeout: float) -> float:
    return exchange.tcp(path.address, path.port, exchange.BULK, timeout)


def _udp(path: Path, timeout: float) -> float:
    return exchange.udp(path.address, path.port, timeout)


_RUN: Dict[str, Callable[[Path, float], float]] = {
    "icmp": _icmp,
    "icmp_mtu": _icmp_mtu,
    "tcp": _tcp,
    "tcp_bulk": _tcp_bulk,
    "udp": _udp,
}
