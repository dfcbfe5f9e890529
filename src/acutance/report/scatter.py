"""Points in the plane as inline SVG, coloured by their group."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
from jaxtyping import Float

from acutance.report.curves import LINE_COLOURS, legend

WIDTH, MARGIN = 640, 12
"""Width of the plot, and what is left free at its sides, in the SVG's units."""

MOST_DOTS = 4000
"""Dots of a plot; of more points some are left out, evenly."""

Places = Float[np.ndarray, "points 2"]


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """Points in groups.

    Attributes:
        title: what they are.
        about: what the axes are, which have the same scale.
        groups: places by the name of the group, whose order gives the colours.
        names: of the points of every group, seen where the mouse rests on one.
    """

    title: str
    about: str
    groups: Mapping[str, Places]
    names: Mapping[str, tuple[str, ...]]


def scatter_svg(scatter: Scatter) -> str:
    """The points as an SVG element that scales with the page, and the names of the groups.

    Example:
        >>> groups = {"ball": np.array([[0.0, 0.0], [2.0, 1.0]])}
        >>> names = {"ball": ("a", "b")}
        >>> svg = scatter_svg(Scatter(title="", about="", groups=groups, names=names))
        >>> svg.count("<circle"), "<title>b</title>" in svg
        (2, True)
    """
    places = np.concatenate([*scatter.groups.values()])
    low, size = places.min(axis=0), np.ptp(places, axis=0)
    # One scale for both axes, so that distances can be read.
    scale = (WIDTH - 2 * MARGIN) / max(size.max(), 1e-12)
    height = 2 * MARGIN + scale * size[1]
    every = -(-len(places) // MOST_DOTS)
    dots = list[str]()
    for colour, (group, points) in enumerate(scatter.groups.items()):
        at = MARGIN + scale * (points - low)
        for (x, y), name in [*zip(at, scatter.names[group], strict=True)][::every]:
            dots.append(
                f'<circle class="key{colour % LINE_COLOURS}" cx="{x:.1f}" cy="{height - y:.1f}" '
                f'r="4"><title>{escape(name)}</title></circle>'
            )
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(scatter.title)}">{"".join(dots)}</svg>{legend([*scatter.groups])}'
    )
