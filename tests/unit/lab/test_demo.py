"""A step of the demo fails when its command does, or when the output is not what it must be."""

from __future__ import annotations

import pytest

from lab.demo import Step, carry_out
from lab.process import LabError


def test_command_is_shown_as_typed_with_its_output(capfd: pytest.CaptureFixture[str]) -> None:
    carry_out(Step("title", ("echo 'one  two'", "echo three"), "nowhere", "three"))
    assert capfd.readouterr().out == "$ echo 'one  two'\none  two\n$ echo three\nthree\n"


@pytest.mark.parametrize(
    ("command", "said"), [("exit 3", "ended with status 3"), ("echo no", "should have said 'yes'")]
)
def test_failure_says_where_to_look(command: str, said: str) -> None:
    with pytest.raises(LabError, match=rf"{said}.\nLook at: the log."):
        carry_out(Step("title", (command,), "the log", "yes"))
