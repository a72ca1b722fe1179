"""Selectors as the API documentation has them, told by a table and by their negations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.model import (
    DOES_NOT_EXIST,
    EXISTS,
    IN,
    NOT_IN,
    Requirement,
)
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.selectors import matches

WEB = {"app": "web"}
API = {"app": "api", "x": "y"}
OTHER = {"App": "web"}
EMPTY = {"app": ""}
NONE: dict[str, str] = {}


def requirement(operator: str, *values: str) -> Requirement:
    return Requirement("app", operator, frozenset(values))


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ((), [WEB, API, OTHER, EMPTY, NONE]),
        ((requirement(IN, "web"),), [WEB]),
        ((requirement(IN, "web", "api"),), [WEB, API]),
        ((requirement(IN, ""),), [EMPTY]),
        ((requirement(NOT_IN, "web"),), [API, OTHER, EMPTY, NONE]),
        ((requirement(NOT_IN, ""),), [WEB, API, OTHER, NONE]),
        ((requirement(EXISTS),), [WEB, API, EMPTY]),
        ((requirement(DOES_NOT_EXIST),), [OTHER, NONE]),
        ((requirement(EXISTS), requirement(NOT_IN, "web")), [API, EMPTY]),
        ((requirement(IN, "web"), requirement(IN, "api")), []),
        ((requirement(EXISTS), requirement(DOES_NOT_EXIST)), []),
    ],
)
def test_selector_selects(selector: tuple[Requirement, ...], selected: list[dict[str, str]]) -> None:
    assert [labels for labels in (WEB, API, OTHER, EMPTY, NONE) if matches(selector, labels)] == selected


WORDS = st.sampled_from(["a", "b", "c"])
LABELS = st.dictionaries(WORDS, WORDS | st.just(""))
VALUES = st.frozensets(WORDS, min_size=1)


@given(WORDS, VALUES, LABELS)
def test_every_operator_has_its_opposite(key: str, values: frozenset[str], labels: dict[str, str]) -> None:
    for one, other, some in ((IN, NOT_IN, values), (EXISTS, DOES_NOT_EXIST, frozenset[str]())):
        assert matches((Requirement(key, one, some),), labels) != matches((Requirement(key, other, some),), labels)


@given(st.lists(st.builds(Requirement, WORDS, st.sampled_from([IN, NOT_IN]), VALUES), max_size=4), LABELS)
def test_all_requirements_have_to_hold(requirements: list[Requirement], labels: dict[str, str]) -> None:
    assert matches(tuple(requirements), labels) == all(matches((each,), labels) for each in requirements)
