"""A command that fails is reported in its own words."""

from __future__ import annotations

import pytest

from lab.process import LabError, run, works


def test_run_gives_what_was_printed_and_hands_over_standard_input() -> None:
    assert run(["cat"], stdin="text") == "text"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["sh", "-c", "echo why >&2; exit 3"], "failed with status 3: why"),
        (["sh", "-c", "echo why; exit 3"], "failed with status 3: why"),
        (["false"], "it said nothing"),
        (["no-such-command"], "no-such-command is not installed on this machine"),
    ],
)
def test_failure_says_what_and_why(command: list[str], said: str) -> None:
    with pytest.raises(LabError, match=said):
        run(command)


def test_command_that_takes_too_long_is_ended() -> None:
    with pytest.raises(LabError, match=r"did not end within 0\.1 s"):
        run(["sleep", "5"], timeout=0.1)


def test_question_has_an_answer_even_without_the_command() -> None:
    assert works(["true"])
    assert not works(["false"])
    assert not works(["no-such-command"])
