"""The guide's `allow-only-client` between real pods, changed under their traffic, and kept by the hosts.

The story is played once; each test looks at what its steps reported, and at who got through after each of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from lab.parallel import in_parallel
from shared import corpus
from shared.fingerprint import differences, fingerprints
from shared.inventories import write_inventory
from shared.lab import lab, pod_addresses, podman
from shared.runs import PROJECT, Run, playbook
from shared.story import Story as Whole
from shared.story import assert_reset_leaves_bare_hosts
from shared.traffic import Traffic, between

POLICIES = PROJECT / "lab" / "policies"
TARGETS = {"server": 80, "pair": 8080}

#: Who reached whom by what: "client -> server tcp", and whether it worked in both address families, or in neither.
Reach = dict[str, bool]


def pair_policy(*apps: str) -> dict[str, Any]:
    """A policy by which only pods with one of these labels reach the pod `pair`, on any port."""
    peers = [{"podSelector": {"matchLabels": {"app": app}}} for app in apps]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "only-to-pair"},
        "spec": {"podSelector": {"matchLabels": {"app": "pair"}}, "ingress": [{"from": peers}]},
    }


def reach(*paths: str) -> Reach:
    """Try these paths, in both address families, which must agree."""
    addresses = {4: pod_addresses(4), 6: pod_addresses(6)}
    return dict(zip(paths, in_parallel(lambda path: works(path, addresses), paths), strict=True))


def works(path: str, addresses: dict[int, dict[str, str]]) -> bool:
    source, _arrow, target, what = path.split()
    tried = {family: attempt(source, what, target, known[target]) for family, known in addresses.items()}
    assert len(set(tried.values())) == 1, (path, tried)
    return tried[4]


def attempt(source: str, what: str, target: str, address: str) -> bool:
    host = f"[{address}]" if ":" in address else address
    if what == "ping":
        return lab("exec", source, "--", "ping", "-c", "1", "-W", "2", address).returncode == 0
    page = lab("exec", source, "--", "timeout", "2", "wget", "-qO-", f"http://{host}:{TARGETS[target]}")
    return page.returncode == 0


#: What the guide's policy says of these.
GUIDE = {
    "client -> server tcp": True,
    "neighbor -> server tcp": False,
    "pair -> server tcp": False,
    "client -> server ping": False,
    "neighbor -> server ping": False,
    "server -> pair tcp": True,
    "server -> client ping": True,
    "neighbor -> client ping": True,
}


@dataclass(frozen=True, repr=False)
class Story:
    """Open; the guide's policy; another one, changed under traffic; a reboot, and a new pod; off on two hosts."""

    whole: Whole
    dry: Run
    untouched: list[str]
    applied: Run
    again: Run
    reached: Reach
    verified: Run
    #: Between pods that old and new policies both allow, and between pods of which the second forbids it.
    kept: Traffic
    updates: list[Run]
    cut: Traffic
    cutting: Run
    #: A host's chains and sets before and after its reboot.
    chains: tuple[str, str]
    #: Its pod with another address, before and after the next run.
    reached_unseen: Reach
    reached_seen: Reach
    off: Run
    reached_off: Reach
    #: What was made or not against what is true, with one set of the corpus' policies and then with another.
    corpus: list[list[str]]


@pytest.fixture(scope="module", autouse=True)
def story(nodes: dict[str, Host], tmp_path_factory: pytest.TempPathFactory) -> Story:
    objects = tmp_path_factory.mktemp("objects")
    inventory = write_inventory(tmp_path_factory.mktemp("inventories") / "lab")  # for its lock file

    def policy(*arguments: str, **manifests: dict[str, Any]) -> Run:
        """Run policy.yml with the lab's policies, these, and the pods that there are."""
        (objects / "pods.json").write_text(lab("dump").stdout)
        (objects / "more.json").write_text(
            json.dumps({"apiVersion": "v1", "kind": "List", "items": [*manifests.values()]})
        )
        sources = json.dumps({"policy_src": [str(POLICIES), str(objects)]})
        run = playbook("policy", "-e", sources, *arguments, inventory=inventory)
        assert run.code == 0, run.output
        return run

    bare = fingerprints(nodes)
    site = playbook("site", inventory=inventory)
    assert site.code == 0, site.output
    assert lab("apply").returncode == 0
    before = fingerprints(nodes)
    dry = policy("--check", "--diff")
    untouched = differences(before, fingerprints(nodes))
    applied, again = policy(), policy()
    reached = reach(*GUIDE)
    verified = playbook("verify")

    with between(nodes, "client", "pair") as kept:
        updates = [policy(pair=pair_policy(*apps)) for apps in (["client"], ["client", "neighbor"])]
    with between(nodes, "neighbor", "pair") as cut:
        cutting = policy(pair=pair_policy("client"))

    kept_chains = rules(nodes["node-2"])
    podman("restart", "node-2")
    assert lab("up").returncode == 0  # waits until it has booted
    chains = (kept_chains, rules(nodes["node-2"]))
    assert lab("apply").returncode == 0
    assert lab("delete", "server").returncode == 0
    assert lab("apply").returncode == 0
    reached_unseen = reach("client -> server tcp", "server -> client ping")
    policy()
    reached_seen = reach("client -> server tcp", "neighbor -> server tcp", "server -> client ping")

    off = playbook("policy", "-e", "policy_state=absent", "--limit", "node-1,node-2", inventory=inventory)
    reached_off = reach("neighbor -> server tcp", "neighbor -> server ping")
    corpus = [*corpus_played(objects, inventory)]
    return Story(
        Whole(bare, site), dry, untouched, applied, again, reached, verified, kept, updates, cut, cutting, chains,
        reached_unseen, reached_seen, off, reached_off, corpus,
    )  # fmt: skip


def corpus_played(folder: Path, inventory: Path) -> Iterator[list[str]]:
    """Differences to what is true, with one set of policies and then with another.

    The lab's pods go first: hosts refuse objects that have none of the pods that a runtime has attached.
    """
    assert lab("delete").returncode == 0
    with corpus.prober() as prober:
        prober.made(corpus.tries(), set())  # all ends learn where the others are
        for first in (0, 5):
            listed = corpus.objects(first)
            (folder / "corpus.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": listed}))
            run = playbook("policy", "-e", f"policy_src={folder / 'corpus.json'}", inventory=inventory)
            assert run.code == 0, run.output
            yield corpus.differences(listed, prober)


def rules(host: Host) -> str:
    """The host's chains of policy in both families, and the names and entries of its sets."""
    saved = "iptables-save -t mangle; ip6tables-save -t mangle; ipset save | sed 's/ initval .*//' | sort"
    return host.check_output(f"{{ {saved}; }} | grep -i podnet")


def results(run: Run) -> dict[str, dict[str, Any]]:
    """What the one task that enforces policy said, by host."""
    return {task.host: task.result for task in run.tasks if task.action.endswith("network_policy")}


def test_check_mode_tells_the_truth_and_touches_nothing(story: Story) -> None:
    dry, applied = results(story.dry), results(story.applied)
    assert story.untouched == []
    assert [dry[host]["commands"] for host in sorted(dry)] == [applied[host]["commands"] for host in sorted(applied)]
    assert all(each["changed"] for each in applied.values())


def test_second_run_changes_nothing(story: Story) -> None:
    assert story.again.changed() == []


def test_each_host_tells_what_it_enforces(story: Story) -> None:
    told = {host: (result["pods"], result["isolated_pods"]) for host, result in results(story.applied).items()}
    assert told == {"node-1": (2, 0), "node-2": (1, 1), "node-3": (1, 0)}


def test_only_the_client_reaches_the_server_and_only_on_its_port(story: Story) -> None:
    assert story.reached == GUIDE


def test_verify_passes_where_policy_is_on(story: Story) -> None:
    assert story.verified.code == 0, story.verified.output
    assert "60 of 60 paths work" in story.verified.output


def test_what_old_and_new_policies_allow_loses_nothing_while_they_change(story: Story) -> None:
    assert all(run.changed() for run in story.updates)
    assert story.kept.whole, story.kept


def test_a_connection_that_a_new_policy_forbids_is_ended(story: Story) -> None:
    assert results(story.cutting)["node-3"]["connections_ended"] >= 2
    assert 0 < story.cut.bytes_returned < story.cut.bytes_sent
    assert story.cut.lost[-1:] == (story.cut.pings - 1,)


def test_without_policy_every_pod_reaches_every_other(story: Story) -> None:
    assert story.off.code == 0, story.off.output
    assert set(story.reached_off.values()) == {True}


def test_a_reboot_keeps_policy(story: Story) -> None:
    before, after = story.chains
    assert "PODNET-POLICY" in before
    assert after == before


def test_a_new_pod_is_denied_until_the_next_run(story: Story) -> None:
    assert set(story.reached_unseen.values()) == {False}
    assert story.reached_seen == {
        "client -> server tcp": True,
        "neighbor -> server tcp": False,
        "server -> client ping": True,
    }


def test_policies_of_the_corpus_hold_between_pods_on_all_hosts(story: Story) -> None:
    assert story.corpus == [[], []]


def test_zz_reset_leaves_what_a_fresh_host_has(story: Story, nodes: dict[str, Host]) -> None:
    assert_reset_leaves_bare_hosts(story.whole, nodes)
