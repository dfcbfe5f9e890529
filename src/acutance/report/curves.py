"""Curves as inline SVG: no library, no script, in the colours of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from jaxtyping import Float

WIDTH, HEIGHT = 640, 280
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 12, 40
"""Room for the labels around the plot, in the SVG's units."""

LINE_COLOURS = 8
"""Colours of lines in the page's style; more lines than that begin anew."""

MOST_POINTS = 400
"""Points of a drawn curve; more are averaged in equal parts, as they share a pixel."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One quantity over another.

    Attributes:
        title: what is drawn.
        x_label, y_label: the axes, with their units.
        x: ascending positions.
        y: values; those that cannot be drawn (not finite, or not positive on a logarithmic axis)
            are left out.
        logarithmic: whether the vertical axis is.
        name: of this one among several in a plot.
    """

    title: str
    x_label: str
    y_label: str
    x: Float[np.ndarray, " samples"]
    y: Float[np.ndarray, " samples"]
    logarithmic: bool = False
    name: str = ""

    @property
    def drawn(self) -> tuple[Float[np.ndarray, " drawn"], Float[np.ndarray, " drawn"]]:
        """What a plot shows: positions and values, or their decimal logarithms."""
        kept = np.isfinite(self.x) & np.isfinite(self.y)
        if self.logarithmic:
            kept &= self.y > 0
        y = np.log10(self.y[kept]) if self.logarithmic else self.y[kept]
        return _thinned(self.x[kept]), _thinned(y)


def to_svg(*curves: Curve) -> str:
    """Curves of the same axes in one plot, as an SVG element that scales with the page."""
    first, drawn = curves[0], [curve.drawn for curve in curves]
    x, y = (np.concatenate(axis) for axis in zip(*drawn, strict=True))
    if len(x) == 0:
        return f'<p class="quiet">{escape(first.title)}: no values</p>'
    left, right = float(x.min()), float(x.max())
    ticks = _decades(y) if first.logarithmic else _steps(0.0, float(y.max()), 4)
    low, high = min(float(y.min()), ticks[0]), max(float(y.max()), ticks[-1])

    def across(value: Float[np.ndarray, " samples"]) -> Float[np.ndarray, " samples"]:
        return LEFT + (value - left) / max(right - left, 1e-12) * (WIDTH - LEFT - RIGHT)

    def height(value: Float[np.ndarray, " samples"]) -> Float[np.ndarray, " samples"]:
        return HEIGHT - BOTTOM - (value - low) / max(high - low, 1e-12) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(first.title)}">'
    ]
    for value, place in zip(ticks, height(np.asarray(ticks)), strict=True):
        label = f"{10.0**value:.3g}" if first.logarithmic else _short(value)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place:.1f}" '
            f'y2="{place:.1f}"/><text x="{LEFT - 8}" y="{place + 4:.1f}" '
            f'text-anchor="end">{label}</text>'
        )
    for value in _steps(left, right, 5):
        place = float(across(np.array([value]))[0])
        if LEFT - 1 <= place <= WIDTH - RIGHT + 1:
            parts.append(
                f'<text x="{place:.1f}" y="{HEIGHT - BOTTOM + 18}" '
                f'text-anchor="middle">{_short(value)}</text>'
            )
    parts.append(
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">'
        f"{escape(first.x_label)}</text>"
    )
    for index, (xs, ys) in enumerate(drawn):
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across(xs), height(ys), strict=True))
        parts.append(f'<polyline class="line line{index % LINE_COLOURS}" points="{path}"/>')
    return "".join([*parts, "</svg>", legend([curve.name for curve in curves])])


def legend(names: Sequence[str]) -> str:
    """Several names beside their colours."""
    if len(names) == 1:
        return ""
    entries = "".join(
        f'<span class="key{index % LINE_COLOURS}">{escape(name)}</span>'
        for index, name in enumerate(names)
    )
    return f'<p class="legend">{entries}</p>'


def _thinned(values: Float[np.ndarray, " samples"]) -> Float[np.ndarray, " drawn"]:
    """Means of at most `MOST_POINTS` equal parts."""
    if len(values) <= MOST_POINTS:
        return values
    return np.array([part.mean() for part in np.array_split(values, MOST_POINTS)])


def _steps(low: float, high: float, about: int) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) that cover the range from `low`."""
    raw = max(high - low, 1e-12) / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= raw * (1 - 1e-9))
    first = np.ceil(low / step - 1e-9)
    last = np.ceil(high / step - 1e-9)
    return [float(step * i) for i in range(int(first), int(last) + 1)]


def _decades(exponents: Float[np.ndarray, " samples"]) -> list[float]:
    """Whole exponents of ten around the values, at most six of them."""
    low, high = int(np.floor(exponents.min())), int(np.ceil(exponents.max()))
    every = max(1, -(-(high - low) // 5))
    return [float(e) for e in range(low, max(high, low + 1) + every, every)]


def _short(value: float) -> str:
    """A number on an axis: 600 k rather than 600000."""
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
