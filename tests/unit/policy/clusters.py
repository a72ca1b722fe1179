"""Random small clusters, in which everything has to do with everything."""

from __future__ import annotations

from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.policy import model
from tests.unit.policy.described import NODE

SUBNETS = ("10.0.0.0/24", "fd00::/64")
NAMESPACES = (model.Namespace("a", {"team": "x"}), model.Namespace("b", {"team": "y"}), model.Namespace("c", {}))
PORTS = (80, 81, 8080)
BLOCKS = (
    model.Block("10.0.0.0/24", ("10.0.0.0/29",)),
    model.Block("10.0.0.0/29", ("10.0.0.4/32", "10.0.0.2/32")),
    model.Block("10.0.0.4/32"),
    model.Block("0.0.0.0/0", ("10.0.0.0/30", "192.0.2.0/24")),
    model.Block("0.0.0.0/0"),
    model.Block("::/0", ("fd00::/125",)),
    model.Block("fd00::/125"),
)


def _names(values: str, key: str) -> st.SearchStrategy[model.Requirement]:
    some = st.frozensets(st.sampled_from(values), min_size=1, max_size=2)
    valued = st.builds(model.Requirement, st.just(key), st.sampled_from([model.IN, model.NOT_IN]), some)
    operators = st.sampled_from([model.EXISTS, model.DOES_NOT_EXIST])
    return valued | st.builds(model.Requirement, st.just(key), operators, st.just(frozenset()))


def _selector(*requirements: st.SearchStrategy[model.Requirement]) -> st.SearchStrategy[model.Selector]:
    return st.lists(st.one_of(*requirements), max_size=2).map(tuple)


POD_SELECTOR = _selector(_names("pq", "app"), _names("12", "tier"))
BLOCK = st.sampled_from(BLOCKS)
PEER = BLOCK | st.builds(model.Pods, st.none() | _selector(_names("xy", "team")), POD_SELECTOR)
PROTOCOL = st.sampled_from([model.TCP, model.UDP, model.SCTP])
PORT = st.builds(model.Port, PROTOCOL, st.none() | st.sampled_from([*PORTS, "http", "more"])) | st.builds(
    model.Port, PROTOCOL, st.just(80), st.sampled_from([80, 81, 9000])
)
RULE = st.builds(model.Rule, st.lists(PEER, max_size=3).map(tuple), st.lists(PORT, max_size=3).map(tuple))
RULES = st.none() | st.lists(RULE, max_size=3).map(tuple)
LABELS = st.fixed_dictionaries({}, optional={"app": st.sampled_from("pq"), "tier": st.sampled_from("12")})
POD_PORT = st.builds(model.PodPort, st.sampled_from(["http", "more"]), PROTOCOL, st.sampled_from(PORTS))


@st.composite
def pod(draw: st.DrawFn, number: int) -> model.Pod:
    """The pod of a number, which has addresses of its own of either family or both, inside or outside the subnets."""
    own = [f"10.0.0.{number}", f"10.0.1.{number}", f"fd00::{number:x}"]
    addresses = draw(st.sampled_from([own[:1], own[1:2], own[2:], [own[0], own[2]], [own[1], own[2]]]))
    labels = {"pod": str(number), **draw(LABELS)}
    ports = {(port.name, port.protocol): port for port in draw(st.lists(POD_PORT, max_size=3))}
    node = draw(st.sampled_from([NODE, NODE, "node-2"]))
    return model.Pod("ab"[number % 2], f"pod-{number}", labels, node, tuple(addresses), tuple(ports.values()))


@st.composite
def policies(draw: st.DrawFn) -> tuple[model.Policy, ...]:
    """Some policies, in order."""
    made = st.builds(
        model.Policy, st.sampled_from("ab"), st.sampled_from("12345"), st.just(()) | POD_SELECTOR, RULES, RULES
    )
    return tuple(sorted(draw(st.lists(made, max_size=5, unique_by=lambda each: each[:2])), key=lambda each: each[:2]))


@st.composite
def objects(draw: st.DrawFn, pods: int = 6) -> model.Objects:
    """A cluster with up to so many pods."""
    numbers = range(1, draw(st.integers(1, pods)) + 1)
    placed = sorted((draw(pod(number)) for number in numbers), key=lambda each: each[:2])
    return model.Objects(NAMESPACES, tuple(placed), draw(policies()))
