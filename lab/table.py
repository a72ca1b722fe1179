"""Rows of words as aligned columns, as kubectl prints them. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]], gap: int = 3) -> str:
    """`rows`, the first of them the headings, as lines; columns stand `gap` spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ((" " * gap).join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
