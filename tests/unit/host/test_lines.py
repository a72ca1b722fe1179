"""JSON with one object a line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.podnet.baremetal.plugins.module_utils.host.lines import one_a_line

NAMES = st.sampled_from(["dst", "dev", "\x00", "ä", '"', "},", "%s"])
TEXTS = st.text(max_size=3) | st.sampled_from(["", "}\0{", "}, {", ", ", "\n", "\\", '"', "\u2028", "\udc80", "%s"])
SCALARS = TEXTS | st.booleans() | st.none() | st.integers(-1, 2) | st.floats(allow_nan=False)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(NAMES, SCALARS, max_size=2)


@st.composite
def tables(draw):
    """Objects that have the same attributes in the same order, some of which say the same of all."""
    names = draw(st.lists(NAMES, unique=True, max_size=4))
    values = [draw(st.just(st.just(draw(VALUES))) | st.sampled_from([SCALARS, VALUES, TEXTS])) for _name in names]
    rows = draw(st.lists(st.tuples(*values), max_size=5))
    return [dict(zip(names, row, strict=True)) for row in rows]


def plainly(objects):
    """The text as it is specified."""
    return ",".join("\n  " + json.dumps(each, ensure_ascii=False) for each in objects)


@given(tables())
def test_objects_that_are_alike_have_the_text_of_each_by_itself(objects):
    assert one_a_line(objects) == plainly(objects)


@given(tables(), tables())
def test_so_have_others(some, others):
    assert one_a_line(some + others) == plainly(some + others)


@pytest.mark.parametrize("values", [[1, True], [0.0, -0.0], [1, 1.0], [None, False], ["1", 1], [[1], [True]]], ids=repr)
def test_what_is_equal_and_not_the_same_is_told_apart(values):
    objects = [{"value": each} for each in values]

    assert one_a_line(objects) == plainly(objects)
