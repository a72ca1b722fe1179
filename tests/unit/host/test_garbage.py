"""Many objects without Python's search for garbage."""

from __future__ import annotations

import gc
import weakref

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.host.garbage import uncollected


class Knot:
    """An object in a cycle."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def searches():
    """The generations that were searched, as they are."""
    seen = []

    def note(phase, info):
        if phase == "start":
            seen.append(info["generation"])

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def test_nothing_is_searched_while_many_objects_are_made_nor_for_their_sake_afterwards(searches):
    gc.collect()
    searches.clear()

    with uncollected():
        kept = [[] for _each in range(100_000)]
    more = [[] for _each in range(100)]

    assert gc.isenabled()
    assert searches == []
    assert len(kept) + len(more) == 100_100


def test_what_is_garbage_by_then_is_found_later():
    with uncollected():
        knot = weakref.ref(Knot())
    assert knot()

    gc.collect()

    assert knot() is None


def test_a_switched_off_search_stays_off():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
