"""The peer of policy's chains: the same rules as one chain a pod and direction, as kube-router lays them out.

In table filter, FORWARD has a rule for each pod and direction, with which packets are compared one after the other, and
each pod's chain begins with a look at the connection's state.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from ansible_collections.podnet.baremetal.plugins.module_utils.policy import chains, class_chains
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.table import Table
from bench.sandbox import run


def lay(table: Table) -> None:
    """Lay all of an IPv4 table down, in one restore of sets and one of chains."""
    _restore(["ipset", "restore"], _sets(table))
    _restore(["iptables-restore", "--noflush"], _rules(table))


def remove() -> None:
    """Take everything off this network namespace's table filter and its sets."""
    run("iptables", "-F")
    run("iptables", "-X")
    run("ipset", "destroy")


def _sets(table: Table) -> Iterator[str]:
    for each in table.sets.values():
        yield f"create {each.name} {each.type}"
        for entry in each.entries:
            yield f"add {each.name} {entry}"


def _rules(table: Table) -> Iterator[str]:
    jumps, filled = [], []
    yield "*filter"
    for direction, classes in ((chains.EGRESS, table.egress), (chains.INGRESS, table.ingress)):
        for each in classes:
            if each.allows is None:
                continue
            rules = class_chains.rules(direction, each.allows, table.sets)
            for pod in each.pods:
                chain = f"POD-{direction.own}-{pod}"
                yield f":{chain} - [0:0]"
                jumps.append(f"-A FORWARD {'-s' if direction.own == 'src' else '-d'} {pod} -j {chain}")
                filled.append(f"-A {chain} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN")
                filled += [f"-A {chain} {rule}" for rule in rules]
    yield from filled
    yield from jumps
    yield "COMMIT"


def _restore(command: list[str], lines: Iterator[str]) -> None:
    subprocess.run(command, input="".join(f"{line}\n" for line in lines), check=True, text=True)
