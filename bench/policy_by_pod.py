"""The compiler's peer: a chain a pod, and a chain and sets a policy, all of them anew whatever changes.

That is how kube-router's policy controller goes about it. Here it finds pods by namespace and passes over policies that
select no pod of its node.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.cluster import rules
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import (
    DIRECTIONS,
    INGRESS,
    Block,
    Objects,
    Pod,
    Pods,
    Policy,
    Port,
    Rule,
    Selector,
)
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.selectors import matches


class ByPod:
    """One node's sets, by name, and chains of rules, for one family."""

    def __init__(self, objects: Objects, node: str, family: int) -> None:
        self.sets: dict[str, list[str]] = {}
        self.chains: dict[str, list[str]] = {}
        self._family = family
        self._namespaces = objects.namespaces
        self._pods: dict[str, list[Pod]] = {each.name: [] for each in objects.namespaces}
        for pod in objects.pods:
            self._pods[pod.namespace].append(pod)
        for policy in objects.policies:
            local = [pod for pod in self._selected([policy.namespace], policy.pods) if pod.node == node]
            for direction in DIRECTIONS if local else ():
                self._lay(policy, direction, local)

    def _lay(self, policy: Policy, direction: str, local: list[Pod]) -> None:
        """The policy's chain, and the jumps to it."""
        said = rules(policy, direction)
        if said is None:
            return
        chain = f"POLICY-{_sum(policy.title, direction)}"
        self.chains[chain] = [line for rule in said for line in self._rules(policy, direction, rule)]
        for address in self._addresses(local):
            self.chains.setdefault(f"POD-{direction}-{address}", []).append(f"-j {chain}")

    def _rules(self, policy: Policy, direction: str, rule: Rule) -> Iterator[str]:
        side = "src" if direction == INGRESS else "dst"
        for peers in self._peers(policy, rule):
            name = f"peers-{_sum(policy.title, direction, str(peers))}"
            self.sets[name] = peers
            for ports in map(_ports, rule.ports or [None]):
                yield f'-m set --match-set {name} {side} {ports} -m comment --comment "{policy.title}" -j RETURN'
        if not rule.peers:
            for ports in map(_ports, rule.ports or [None]):
                yield f'{ports} -m comment --comment "{policy.title}" -j RETURN'

    def _peers(self, policy: Policy, rule: Rule) -> Iterator[list[str]]:
        """Addresses of pods, then networks; each may not be there."""
        pods = [pod for peer in rule.peers if isinstance(peer, Pods) for pod in self._meant(policy, peer)]
        yield from filter(None, [self._addresses(pods)])
        networks = [each for peer in rule.peers if isinstance(peer, Block) for each in _entries(peer)]
        yield from filter(None, [[each for each in networks if self._is_ours(each)]])

    def _meant(self, policy: Policy, peer: Pods) -> Iterator[Pod]:
        if peer.namespaces is None:
            return self._selected([policy.namespace], peer.pods)
        wanted = peer.namespaces
        return self._selected((each.name for each in self._namespaces if matches(wanted, each.labels)), peer.pods)

    def _selected(self, namespaces: Iterable[str], selector: Selector) -> Iterator[Pod]:
        return (pod for each in namespaces for pod in self._pods[each] if matches(selector, pod.labels))

    def _addresses(self, pods: Iterable[Pod]) -> list[str]:
        return list(dict.fromkeys(each for pod in pods for each in pod.addresses if self._is_ours(each)))

    def _is_ours(self, address: str) -> bool:
        return (":" in address) == (self._family == 6)


def _entries(block: Block) -> list[str]:
    return [block.cidr, *(f"{each} nomatch" for each in block.excepted)]


def _ports(port: Port | None) -> str:
    if port is None:
        return ""
    return f"-p {port.protocol.lower()} --dport {port.first}:{port.last or port.first}"


def _sum(*words: str) -> str:
    return f"{zlib.crc32(' '.join(words).encode()):08x}"
