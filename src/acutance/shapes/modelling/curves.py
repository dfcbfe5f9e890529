"""Curves as arrays of points in order (polylines), in the plane or in space."""

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline, PchipInterpolator

Point = Float[np.ndarray, " 3"]
Polyline = Float[np.ndarray, "_ dims"]  # "_": numbers of points may differ within a function
Polyline3D = Float[np.ndarray, "_ 3"]

ARC_STEP = np.radians(9.0)
"""Turn from one chord of an arc to the next: a full circle has 40."""

STRAIGHT = np.radians(0.5)
"""A corner that turns less is left as it is."""


def vector(x: float, y: float, z: float) -> Point:
    """A point or direction."""
    return np.array([x, y, z], dtype=np.float64)


def line(start: Point, end: Point, knots: int = 2) -> Polyline3D:
    """Points at equal distances from start to end.

    >>> line(vector(0, 0, 0), vector(0, 1, 0), 3)[:, 1].tolist()
    [0.0, 0.5, 1.0]
    """
    return np.linspace(start, end, knots)


def spline(knots: Polyline, count: int) -> Polyline:
    """A natural cubic spline through the knots, by chord length, at `count` parameters.

    >>> spline(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]), 5).shape
    (5, 2)
    """
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1)))
    spline = CubicSpline(length, knots, bc_type="natural")
    return np.asarray(spline(np.linspace(0.0, length[-1], count)), dtype=np.float64)


def monotone_spline(knots: Polyline, count: int) -> Polyline:
    """A smooth curve through the knots, by their first coordinate, that never overshoots them.

    The first coordinate increases; the knots are kept among the `count` or more points.

    >>> float(monotone_spline(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 1.0]]), 9)[:, 1].max())
    1.0
    """
    along = np.union1d(knots[:, 0], np.linspace(knots[0, 0], knots[-1, 0], count))
    return np.asarray(PchipInterpolator(knots[:, 0], knots)(along), dtype=np.float64)


def rounded(corners: Polyline, radius: float, *, closed: bool = False) -> Polyline:
    """The polyline through the corners, with arcs of the radius (or what fits) at the corners.

    >>> bent = rounded(np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]), radius=0.25)
    >>> np.linalg.norm(bent[1:-1] - 0.25, axis=1).round(6).max().item()
    0.25
    """
    last = len(corners) - 1
    before, after = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
    pieces = [
        corners[i : i + 1]
        if not closed and i in (0, last)
        else _corner(before[i], corners[i], after[i], radius)
        for i in range(last + 1)
    ]
    return np.concatenate(pieces)


def _corner(
    before: Float[np.ndarray, " dims"],
    corner: Float[np.ndarray, " dims"],
    after: Float[np.ndarray, " dims"],
    radius: float,
) -> Polyline:
    """The arc that touches both sides of a corner; at most 0.48 of either side is used up."""
    back, forth = before - corner, after - corner
    reach = 0.48 * min(np.linalg.norm(back), np.linalg.norm(forth))
    back, forth = back / np.linalg.norm(back), forth / np.linalg.norm(forth)
    turn = np.pi - np.arccos(np.clip(back @ forth, -1.0, 1.0))
    if turn < STRAIGHT or radius <= 0:
        return corner[None]
    cut = min(radius * np.tan(turn / 2), reach)
    bisector = (back + forth) / np.linalg.norm(back + forth)
    centre = corner + bisector * cut / np.sin(turn / 2)
    start, end = corner + cut * back - centre, corner + cut * forth - centre
    angle = turn * np.linspace(0.0, 1.0, max(int(np.ceil(turn / ARC_STEP)), 1) + 1)[:, None]
    return centre + (np.sin(turn - angle) * start + np.sin(angle) * end) / np.sin(turn)
