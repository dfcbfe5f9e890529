"""A row of drawers in a chest under a top."""

from dataclasses import dataclass

import numpy as np
from manifold3d import Manifold

from acutance.shapes.modelling.bars import ball, rod
from acutance.shapes.modelling.curves import Point, vector
from acutance.shapes.modelling.panels import box

FRONT = 0.012
"""How far a drawer's front stands out from the chest, in metres."""

SEAM = 0.014
"""Space between two fronts."""


@dataclass(frozen=True, kw_only=True)
class Chest:
    """A closed box with fronts of drawers at +z, in metres.

    Attributes:
        lower, upper: corners of the box.
        count: number of drawers, side by side.
    """

    lower: Point
    upper: Point
    count: int

    def parts(self, clear: float) -> list[Manifold]:
        """The box and its fronts with their knobs, which stay `clear` of the sides."""
        width, height = (self.upper - self.lower)[:2]
        edges = np.linspace(clear, width - clear, self.count + 1)
        parts = [box(self.lower, self.upper)]
        for left, right in zip(edges[:-1] + SEAM / 2, edges[1:] - SEAM / 2, strict=True):
            start = self.lower + vector(left, 0.1 * height, 0)
            end = self.lower + vector(right, 0.82 * height, 0)
            start[2], end[2] = self.upper[2] - FRONT, self.upper[2] + FRONT
            parts.append(box(start, end, 0.004))
            parts += _knob(
                np.array([(left + right) / 2 + self.lower[0], (start + end)[1] / 2, end[2]])
            )
        return parts


def _knob(place: Point) -> list[Manifold]:
    return [
        rod(place - vector(0, 0, 0.004), place + vector(0, 0, 0.014), 0.007),
        ball(place + vector(0, 0, 0.02), 0.0135),
    ]
