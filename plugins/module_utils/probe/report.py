# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connectivity matrix of a cluster as text that an operator can act on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from . import cause, ring

#: Pairs of hosts that are told in full; a broken underlay would fill screens.
MAX_TOLD = 20

#: The paths between two hosts, or on one (True), of which one has no pods to count: two pods each, one address a pod.
_GUESS = {False: 4, True: 2}

#: Where BGP fails and no path does.
_KEPT = "all paths work as yet: by other sessions, or by routes that neighbors keep for a while (bgp_graceful_restart)"

#: Fewer pods that are gone are left by any crash, and fill no subnet.
STALE = 10

#: The way out of these.
_REMOVE = "remove their leases before the pod subnet is full (docs/how-pods-talk.md, 'Addresses of pods that are gone')"

Result = Mapping[str, Any]
#: Pods or results by host; None or absent where a host has none to show because a task failed there.
ByHost = Mapping[str, Optional[Sequence[Mapping[str, Any]]]]


class _Size(NamedTuple):
    """A host's probe pods and their addresses, counted."""

    pods: int
    addresses: int

    @classmethod
    def of(cls, pods: Sequence[Mapping[str, Any]]) -> _Size:
        return cls(len(pods), sum(len(pod["addresses"]) for pod in pods))


@dataclass(frozen=True)
class _HostPair:
    """All paths from a host to a host: how many were wanted, and what came of them."""

    wanted: int
    tried: bool
    failing: Sequence[Result]
    #: Those of the two on which pods are closed in a failing path's address family.
    closed: Tuple[str, ...]

    @property
    def broken(self) -> int:
        return len(self.failing) if self.tried else self.wanted


def report(
    hosts: Sequence[str],
    count: int,
    pods: ByHost,
    failing: ByHost,
    bgp: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    closed: Mapping[str, Sequence[str]] = MappingProxyType({}),
    stale: Mapping[str, int] = MappingProxyType({}),
) -> Dict[str, Any]:
    """``{"ok": bool, "working": int, "total": int, "lines": [str, ...]}``; the last line is the sum of it all.

    ``hosts`` and ``count`` are those of `ring.neighbors`, ``pods`` the probe pods by host, and ``failing`` by host the
    results of those of its paths that do not work. A path to or from a host that has no pods or no results was wanted
    too, so it counts, and fails. ``bgp`` is by host what the module ``bgp_info`` returned there. A session that is down
    fails as well, though paths may work; one with a node that is not among ``hosts`` counts as little as its paths.
    ``closed`` is by host what `admission.closed` told there, ``stale`` what `attached.stale` did; that is no failure.
    """
    sizes = {host: _Size.of(pods.get(host) or ()) for host in hosts}
    matrix = {
        (host, peer): pair
        for host in hosts
        for peer, pair in _from(host, [host, *ring.neighbors(hosts, host, count)], sizes, failing.get(host), closed)
    }
    total = sum(pair.wanted for pair in matrix.values())
    working = total - sum(pair.broken for pair in matrix.values())
    silent, down = _silent(bgp), _down(bgp, set(hosts))
    lines = [*_told(matrix, pods), *silent, *down[:MAX_TOLD]]
    if len(down) > MAX_TOLD:
        lines.append(f"... and {len(down) - MAX_TOLD} more sessions")
    if (silent or down) and working == total:
        lines.append(_KEPT)
    lines += _leased(stale)
    return {
        "ok": 0 < working == total and not silent and not down,
        "working": working,
        "total": total,
        "lines": [*lines, _sum(working, total, len(silent), len(down))],
    }


def _from(
    host: str,
    peers: Sequence[str],
    sizes: Mapping[str, _Size],
    failing: Optional[Sequence[Result]],
    closed: Mapping[str, Sequence[str]],
) -> Iterator[Tuple[str, _HostPair]]:
    """The paths from ``host`` to each of ``peers``."""
    by_peer: Dict[str, List[Result]] = defaultdict(list)
    for result in failing or ():
        by_peer[ring.host_of(result["target"])].append(result)
    for peer in peers:
        sources = sizes[host].pods - 1 if host == peer else sizes[host].pods
        wanted = sources * sizes[peer].addresses
        tried = bool(sizes[host].pods and sizes[peer].pods) and failing is not None
        families = {"ipv6" if ":" in result["address"] else "ipv4" for result in by_peer[peer]}
        ends = tuple(name for name in dict.fromkeys((host, peer)) if families.intersection(closed.get(name, ())))
        yield peer, _HostPair(wanted or (0 if tried else _GUESS[host == peer]), tried, by_peer[peer], ends)


def _told(matrix: Mapping[Tuple[str, str], _HostPair], pods: ByHost) -> List[str]:
    """The lines about what does not work."""
    broken = {pair: paths for pair, paths in matrix.items() if paths.broken}
    absent = {host for pair in broken for host in pair if not pods.get(host)}
    lines = [
        f"{host}: no probe pod, so nothing to or from it was probed; see its error above" for host in sorted(absent)
    ]
    tried = {pair: paths for pair, paths in broken.items() if not absent & set(pair)}
    for (source, target), paths in list(tried.items())[:MAX_TOLD]:
        lines += _pair_lines(source, target, paths)
    if len(tried) > MAX_TOLD:
        lines.append(f"... and {len(tried) - MAX_TOLD} more pairs of hosts")
    lines += _common(tried)
    return lines


def _pair_lines(source: str, target: str, paths: _HostPair) -> List[str]:
    where = f"{source} (pod to pod on this host)" if source == target else f"{source} -> {target}"
    lines = [f"{where}: {paths.broken} of {paths.wanted} paths fail"]
    if not paths.tried:
        return [*lines, "  it was not tried; see the error of that host"]
    lines += [f"  {failure}" for failure in _failures(paths)]
    route = paths.failing[0].get("route", "")
    probes = frozenset(failure["probe"] for result in paths.failing for failure in result["failures"])
    errnos = frozenset(failure["errno"] for result in paths.failing for failure in result["failures"])
    likely, command = cause.explain(cause.Symptoms(source, target, probes, errnos, route, paths.closed))
    return [*lines, f"  route: {route or 'unknown'}", f"  likely: {likely}", f"  next: {command}"]


def _failures(paths: _HostPair) -> List[str]:
    """A line for each way of failing: the probes that fail so, how, and the paths they fail on."""
    on: Dict[Tuple[str, str, str], List[str]] = defaultdict(list)
    for result in paths.failing:
        for failure in result["failures"]:
            path = f"{result['source']} -> {result['target']} ({result['address']})"
            on[failure["probe"], failure["error"], failure["errno"]].append(path)
    probes: Dict[Tuple[str, str, str], List[str]] = defaultdict(list)
    for (probe, error, errno), where in on.items():
        probes[error, errno, "" if len(where) == paths.wanted else ": " + ", ".join(where)].append(probe)
    return [
        f"{', '.join(names)}: {error}{f' ({errno})' if errno else ''}{where}"
        for (error, errno, where), names in probes.items()
    ]


def _silent(bgp: Mapping[str, Mapping[str, Any]]) -> List[str]:
    """A line for each host whose FRR does not answer."""
    return [f"{host}: no BGP: {found['unanswered']}" for host, found in bgp.items() if found.get("unanswered")]


def _down(bgp: Mapping[str, Mapping[str, Any]], hosts: Set[str]) -> List[str]:
    """A line for each end of a session that is not established."""
    return [
        f"{host}: the BGP session with {_neighbor(session)} is not established ({session['state']}): {session['cause']}"
        for host, found in bgp.items()
        for session in found.get("sessions", ())
        if session["state"] != "established" and (not session["peer"] or session["peer"] in hosts)
    ]


def _leased(stale: Mapping[str, int]) -> List[str]:
    """Lines for hosts on which new pods may soon get no address."""
    many = {host: count for host, count in stale.items() if count >= STALE}
    lines = [f"{host}: {count} pods that are gone hold addresses; {_REMOVE}" for host, count in many.items()]
    return lines if len(lines) <= MAX_TOLD else [*lines[:MAX_TOLD], f"... and {len(lines) - MAX_TOLD} more such hosts"]


def _sum(working: int, total: int, silent: int, down: int) -> str:
    parts = [f"{working} of {total} paths work"]
    if down:
        parts.append(f"{down} BGP session{'s do' if down > 1 else ' does'} not")
    if silent:
        parts.append(f"BGP does not on {silent} host{'s' if silent > 1 else ''}")
    return ", ".join(parts)


def _neighbor(session: Mapping[str, Any]) -> str:
    known_by = session["interface"] or session["address"]
    return f"{session['peer']} ({known_by})" if session["peer"] else known_by


def _common(tried: Mapping[Tuple[str, str], _HostPair]) -> List[str]:
    """The host to look at first, if there is one that all failing pairs share."""
    if len(tried) < 2:
        return []
    common: Set[str] = set.intersection(*(set(pair) for pair in tried))
    return [f"{host} is an end of every failing path" for host in sorted(common)]
