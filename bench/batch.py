"""Many commands for one run of `ip` or `bridge`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.sandbox import run


class Batch:
    """`commands`, without the program's name, in a file in `folder` for `program -batch`."""

    def __init__(self, folder: Path, program: str, commands: Sequence[str]) -> None:
        self._program = program
        self._file = folder / f"{program}.batch"
        self._file.write_text("".join(f"{command}\n" for command in commands))

    def run(self) -> None:
        """Carry them out."""
        run(self._program, "-batch", str(self._file))
