"""The report counts every wanted path, ends with the sum, and says of each failing one what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.probe import cause, measure, report, ring

HOSTS = ("node-1", "node-2", "node-3")
ROUTE = "10.244.1.0/24 via 10.244.1.1 dev podnet-vxlan proto podnet src 10.244.0.1 metric 14 onlink"
DIRECT = "10.244.1.0/24 via 192.0.2.12 dev eth0"
BY_ROUTERS = "10.244.1.0/24 proto bgp metric 20 nexthop via 192.0.2.1 dev eth1 weight 1 nexthop via 192.0.2.5 dev eth2"
CONNECTED = "10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1"
TIMEOUT = {"errno": "ETIMEDOUT", "error": "no answer in 3 s"}


def cluster(hosts=HOSTS):
    return {
        host: [
            {"name": f"podnet-probe-{pod}", "addresses": [f"10.244.{index}.{pod + 2}"], "port": 10244} for pod in (0, 1)
        ]
        for index, host in enumerate(hosts)
    }


def every_result(pods, broken=lambda host, target: (), hosts=HOSTS, count=0):
    """All hosts' results where ``broken`` names the probes that fail on the way from a host to a host."""
    return {
        host: [
            result(path, broken(host, ring.host_of(path["target"]))) for path in ring.paths(hosts, host, count, pods)
        ]
        for host in hosts
    }


def measured(*arguments):
    """As `every_result`, of the paths that fail."""
    return {host: [one for one in own if not one["ok"]] for host, own in every_result(*arguments).items()}


def result(path, probes):
    failures = [{"probe": probe, **TIMEOUT} for probe in probes]
    told = {"source": path["source"], "target": path["target"], "address": path["address"], "failures": failures}
    return {**told, "ok": not failures, **({"route": ROUTE} if failures else {"rtt_ms": 0.3})}


def test_all_work():
    pods = cluster()
    told = report.report(HOSTS, 0, pods, measured(pods))
    assert told == {"ok": True, "working": 30, "total": 30, "lines": ["30 of 30 paths work"]}


def test_a_failing_pair_is_told_with_cause_and_next_command():
    pods = cluster()
    results = measured(pods, lambda a, b: ("icmp_mtu",) if (a, b) == ("node-1", "node-2") else ())
    told = report.report(HOSTS, 0, pods, results)
    assert (told["ok"], told["working"], told["total"]) == (False, 26, 30)
    assert told["lines"][0] == "node-1 -> node-2: 4 of 4 paths fail"
    assert told["lines"][1] == "  icmp_mtu: no answer in 3 s (ETIMEDOUT)"
    assert told["lines"][2] == f"  route: {ROUTE}"
    assert "MTU" in told["lines"][3]
    assert told["lines"][4].startswith("  next: on node-1: ping -M do")
    assert told["lines"][-1] == "26 of 30 paths work"


def test_probes_that_fail_alike_share_a_line():
    pods = cluster()
    results = measured(pods, lambda a, b: ("icmp", "tcp", "udp") if (a, b) == ("node-1", "node-1") else ())
    lines = report.report(HOSTS, 0, pods, results)["lines"]
    assert lines[0] == "node-1 (pod to pod on this host): 2 of 2 paths fail"
    assert lines[1] == "  icmp, tcp, udp: no answer in 3 s (ETIMEDOUT)"


def test_paths_are_listed_where_others_of_the_pair_work():
    pods = cluster()
    results = measured(pods, lambda a, b: ("udp",) if (a, b) == ("node-1", "node-2") else ())
    lines = report.report(HOSTS, 0, pods, {**results, "node-1": results["node-1"][:1]})["lines"]
    assert lines[:2] == [
        "node-1 -> node-2: 1 of 4 paths fail",
        "  udp: no answer in 3 s (ETIMEDOUT): podnet-probe-0 -> node-2/podnet-probe-0 (10.244.1.2)",
    ]


def test_the_host_that_all_failing_pairs_share_is_named():
    pods = cluster()
    results = measured(pods, lambda a, b: ("tcp",) if "node-3" in (a, b) and a != b else ())
    lines = report.report(HOSTS, 0, pods, results)["lines"]
    assert lines[-2:] == ["node-3 is an end of every failing path", "14 of 30 paths work"]


@pytest.mark.parametrize("missing", [None, []])
def test_a_host_without_probe_pods_fails_all_its_paths(missing):
    pods = {**cluster(), "node-2": missing}
    told = report.report(HOSTS, 0, pods, measured(pods))
    assert told["lines"] == [
        "node-2: no probe pod, so nothing to or from it was probed; see its error above",
        "12 of 30 paths work",
    ]


def test_a_host_whose_measurement_failed_fails_its_own_paths():
    pods = cluster()
    results = {**measured(pods), "node-2": None}
    told = report.report(HOSTS, 0, pods, results)
    assert (told["working"], told["total"]) == (20, 30)
    assert "node-2 -> node-3: 4 of 4 paths fail" in told["lines"]


def test_nothing_probed_is_no_success():
    told = report.report(HOSTS, 0, {}, {})
    assert (told["ok"], told["lines"][-1]) == (False, "0 of 30 paths work")


def test_a_broken_underlay_does_not_fill_screens():
    hosts = [f"node-{index}" for index in range(40)]
    pods = cluster(hosts)
    told = report.report(hosts, 8, pods, measured(pods, lambda a, b: measure.PROBES, hosts, 8))
    assert len(told["lines"]) < 6 * report.MAX_TOLD
    assert f"... and {40 * 9 - report.MAX_TOLD} more pairs of hosts" in told["lines"]


@given(st.data(), st.integers(1, 8), st.integers(0, 9))
def test_the_sum_is_exact(data, size, count):
    hosts = [f"node-{index}" for index in range(size)]
    pods = cluster(hosts)
    broken = data.draw(st.sets(st.tuples(st.sampled_from(hosts), st.sampled_from(hosts))))
    facts = (pods, lambda a, b: ("udp",) if (a, b) in broken else (), hosts, count)
    told = report.report(hosts, count, pods, measured(*facts))
    every = [one for own in every_result(*facts).values() for one in own]
    assert told["total"] == len(every)
    assert told["working"] == sum(one["ok"] for one in every)
    assert told["ok"] == all(one["ok"] for one in every)
    assert told["lines"][-1] == f"{told['working']} of {told['total']} paths work"


def test_hosts_that_closed_their_pods_are_named_first():
    pods = cluster()
    results = measured(pods, lambda a, b: measure.PROBES if "node-3" in (a, b) else ())
    closed = {"node-3": ["ipv4"], "node-2": ["ipv6"], "node-1": []}
    lines = report.report(HOSTS, 0, pods, results, closed=closed)["lines"]
    assert {line for line in lines if "likely" in line} == {
        "  likely: pods are closed on node-3, because policy could not be restored there"
    }
    assert {line for line in lines if "next" in line} == {"  next: on node-3: podnet status"}
    lines = report.report(HOSTS, 0, pods, results, closed={"node-3": ["ipv4"], "node-1": ["ipv4"]})["lines"]
    assert "pods are closed on node-1 and node-3," in "".join(lines)
    assert "closed" not in "".join(report.report(HOSTS, 0, pods, results, closed={"node-3": ["ipv6"]})["lines"])


def test_many_leases_of_pods_that_are_gone_are_told_and_fail_nothing():
    pods = cluster()
    told = report.report(HOSTS, 0, pods, measured(pods), stale={"node-1": report.STALE, "node-2": report.STALE - 1})
    assert told["ok"]
    first, last = told["lines"]
    assert first.startswith(f"node-1: {report.STALE} pods that are gone hold addresses; remove their leases")
    assert last == "30 of 30 paths work"
    many = {f"node-{index}": report.STALE for index in range(report.MAX_TOLD + 2)}
    lines = report.report(HOSTS, 0, pods, measured(pods), stale=many)["lines"]
    assert len(lines) == report.MAX_TOLD + 2
    assert lines[-2] == "... and 2 more such hosts"


@pytest.mark.parametrize(
    ("facts", "likely"),
    [
        ({"route": "RTNETLINK answers: Network is unreachable"}, "no route"),
        ({"route": "default via 192.0.2.1 dev eth0"}, "no route"),
        ({"route": "default via 192.0.2.1 dev eth0 proto bgp metric 20"}, "no route"),
        ({"route": "10.0.0.0/8 via 192.0.2.1 dev eth1 proto static"}, "no route"),
        ({"route": "10.0.0.0/8 via 192.0.2.1 dev eth1"}, "no route"),
        ({"probes": measure.PROBES}, "the underlay drops"),
        ({"probes": measure.PROBES, "route": DIRECT + " proto podnet"}, "packets with pods' addresses"),
        ({"probes": measure.PROBES, "route": DIRECT + " proto 244 src 10.244.0.1"}, "packets with pods' addresses"),
        ({"probes": measure.PROBES, "route": DIRECT + " proto bgp metric 20"}, "packets with pods' addresses"),
        ({"probes": ["udp"], "route": BY_ROUTERS}, "a firewall"),
        ({"probes": measure.PROBES, "target": "node-1", "route": CONNECTED}, "policy or a firewall"),
        ({"probes": ["icmp_mtu"]}, "MTU"),
        ({"probes": ["icmp_mtu", "tcp_bulk"]}, "MTU"),
        ({"probes": ["tcp", "tcp_bulk", "udp"]}, "checksums"),
        ({"probes": ["tcp", "tcp_bulk"]}, "checksums"),
        ({"probes": ["tcp", "tcp_bulk"], "errnos": ["ECONNREFUSED"]}, "rejects"),
        ({"probes": ["tcp_bulk"]}, "segmentation"),
        ({"probes": ["udp"]}, "a firewall"),
        ({"probes": ["icmp", "icmp_mtu"]}, "a firewall"),
        ({"probes": ["tcp", "tcp_bulk"], "target": "node-1"}, "a firewall drops"),
    ],
)
def test_causes(facts, likely):
    assert likely in cause.explain(symptoms(**facts))[0]


@pytest.mark.parametrize("probes", [measure.PROBES, ["udp"], ["tcp"]])
def test_where_pods_packets_may_be_filtered_policys_table_is_shown_as_well(probes):
    command = cause.explain(symptoms(probes=probes, target="node-1", route=CONNECTED))[1]
    assert "podnet status; iptables -t mangle -nvL; iptables -nvL FORWARD" in command


@given(st.sets(st.sampled_from(measure.PROBES), min_size=1), st.booleans(), st.sampled_from([ROUTE, "", "default"]))
def test_every_symptom_has_a_cause_and_a_command(probes, same_host, route):
    likely, command = cause.explain(symptoms(probes=probes, target="node-1" if same_host else "node-2", route=route))
    assert likely
    assert "on " in command
    assert "{" not in likely + command


def symptoms(source="node-1", target="node-2", probes=("icmp",), errnos=("ETIMEDOUT",), route=ROUTE):
    return cause.Symptoms(source, target, frozenset(probes), frozenset(errnos), route)


SESSION = {"peer": "node-2", "address": "198.51.100.12", "interface": "", "state": "established", "cause": ""}


def test_bgp_sessions_that_are_down_are_told_with_their_cause():
    pods = cluster()
    results = measured(pods, lambda a, b: ("icmp",) if (a, b) == ("node-1", "node-2") else ())
    down = {**SESSION, "state": "active", "cause": "wrong password"}
    router = {**down, "peer": "", "address": "", "interface": "eth1", "state": "idle", "cause": "BFD is down"}
    told = report.report(
        HOSTS,
        0,
        pods,
        results,
        {
            "node-1": {"sessions": [SESSION, down, router], "unanswered": ""},
            "node-2": {"skipped": True},
            "node-3": {"sessions": [], "unanswered": "bgpd is not running"},
        },
    )
    assert not told["ok"]
    assert told["lines"][-4:] == [
        "node-3: no BGP: bgpd is not running",
        "node-1: the BGP session with node-2 (198.51.100.12) is not established (active): wrong password",
        "node-1: the BGP session with eth1 is not established (idle): BFD is down",
        f"{told['total'] - 4} of {told['total']} paths work, 2 BGP sessions do not, BGP does not on 1 host",
    ]


def test_a_bgp_session_that_is_down_fails_also_while_all_paths_work():
    pods = cluster()
    down = {**SESSION, "state": "active", "cause": "wrong password"}
    told = report.report(HOSTS, 0, pods, measured(pods), {"node-1": {"sessions": [down], "unanswered": ""}})
    assert (told["ok"], told["working"]) == (False, told["total"])
    assert "wrong password" in told["lines"][0]
    assert "all paths work as yet" in told["lines"][1]
    assert told["lines"][2] == f"{told['total']} of {told['total']} paths work, 1 BGP session does not"
    silent = {"sessions": [], "unanswered": "bgpd is not running"}
    assert not report.report(HOSTS, 0, pods, measured(pods), {"node-2": silent})["ok"]


def test_a_bgp_session_with_a_node_that_is_left_out_is_left_out():
    pods = cluster()
    down = {**SESSION, "peer": "node-9", "state": "active", "cause": "it does not answer"}
    found = {"node-1": {"sessions": [SESSION, down], "unanswered": ""}}
    told = report.report(HOSTS, 0, pods, measured(pods), found)
    assert (told["ok"], told["lines"]) == (True, [f"{told['total']} of {told['total']} paths work"])
    assert not report.report([*HOSTS, "node-9"], 0, pods, measured(pods), found)["ok"]


def test_many_bgp_sessions_that_are_down_fill_no_screens():
    pods = cluster()
    down = {**SESSION, "state": "active", "cause": "wrong password"}
    told = report.report(HOSTS, 0, pods, measured(pods), {"node-1": {"sessions": [down] * (report.MAX_TOLD + 7)}})
    assert told["lines"][-3] == "... and 7 more sessions"
    assert len(told["lines"]) == report.MAX_TOLD + 3
