"""Curves over logarithmic axes as SVG. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 40, 50
"""Margins; the legend stands in the right one."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Told apart by everyone (Okabe and Ito)."""


class Axis:
    """Whole powers of ten around `values` (all positive), laid between two places in the picture."""

    def __init__(self, values: Iterable[float], start: float, end: float) -> None:
        exponents = [math.log10(value) for value in values]
        self._low, self._high = math.floor(min(exponents)), math.ceil(max(exponents))
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        """Where a value is."""
        share = (math.log10(value) - self._low) / (self._high - self._low or 1)
        return round(self._start + share * (self._end - self._start), 1)

    def ticks(self) -> list[tuple[float, str]]:
        """The powers of ten: where, and in writing."""
        return [(self(10.0**power), f"{10.0**power:,g}") for power in range(self._low, self._high + 1)]


def svg(title: str, across: str, up: str, curves: Mapping[str, Points]) -> str:
    """A picture of `curves`, by their names; `across` and `up` say what the axes are."""
    points = [point for curve in curves.values() for point in curve]
    x = Axis((point[0] for point in points), LEFT, WIDTH - RIGHT)
    y = Axis((point[1] for point in points), HEIGHT - BOTTOM, TOP)
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(middle, TOP - 18, title, 'text-anchor="middle" font-size="14"'),
        text(middle, HEIGHT - 10, across, 'text-anchor="middle" font-size="12"'),
        text(16, HEIGHT / 2, up, f'text-anchor="middle" font-size="12" transform="rotate(-90 16 {HEIGHT / 2:g})"'),
    ]
    for place, label in x.ticks():
        parts.append(line(place, TOP, place, HEIGHT - BOTTOM))
        parts.append(text(place, HEIGHT - BOTTOM + 18, label, 'text-anchor="middle" font-size="12"'))
    for place, label in y.ticks():
        parts.append(line(LEFT, place, WIDTH - RIGHT, place))
        parts.append(text(LEFT - 8, place + 4, label, 'text-anchor="end" font-size="12"'))
    for number, (name, curve) in enumerate(curves.items()):
        parts += drawn(number, name, [(x(point[0]), y(point[1])) for point in curve])
    return "\n".join([*parts, "</svg>", ""])


def drawn(number: int, name: str, places: Points) -> list[str]:
    """A curve with its points, and its name in the legend."""
    colour = COLOURS[number]
    legend, height = WIDTH - RIGHT + 16, TOP + 8 + 22 * number
    path = " ".join(f"{across:g},{up:g}" for across, up in places)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{across:g}" cy="{up:g}" r="3" fill="{colour}"/>' for across, up in places),
        line(legend, height, legend + 20, height, colour, 2),
        text(legend + 28, height + 4, name, 'font-size="12"'),
    ]


def text(across: float, up: float, words: str, attributes: str) -> str:
    """Words in the picture."""
    return f'<text x="{across:g}" y="{up:g}" {attributes}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str = "#dddddd", width: int = 1) -> str:
    """A straight line, of the grid unless its colour says otherwise."""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" stroke-width="{width}"/>'
