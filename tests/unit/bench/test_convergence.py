"""The clock of convergence starts with the first session, whoever has it, and not when somebody looks."""

from __future__ import annotations

import time

from bench import convergence


def test_what_happens_while_hosts_are_still_put_on_the_switch_counts() -> None:
    there: list[str] = []

    def begin() -> None:
        there.append("a session")
        time.sleep(0.3)
        there.append("the last route")

    took = convergence.seconds(begin, lambda: "a session" in there, lambda: "the last route" in there)
    assert 0.25 < took < 2


def test_until_there_is_a_session_nothing_counts() -> None:
    there: list[str] = []

    def begin() -> None:
        time.sleep(0.3)
        there.append("a session")

    assert convergence.seconds(begin, lambda: bool(there), lambda: bool(there)) < 0.25
