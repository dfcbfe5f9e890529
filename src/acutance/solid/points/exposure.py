"""Which side of each point of a cloud is exposed to a ball that rolls around the cloud."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int8
from scipy.spatial import cKDTree

from acutance.solid.freespace import RollingSpace
from acutance.solid.points.neighbours import nearest, thinned
from acutance.types import PointArray

MOST = 30_000
"""Points that the ball meets; of a larger cloud it sees so many, evenly spread."""

NEIGHBOURS = 8
"""Neighbours whose distance is the spacing."""

RADIUS = 0.8
"""Radius of the first ball in largest spacings (of the eighth neighbours of all points but one in a
hundred): large enough not to slip between points, also of random ones."""

LARGEST = 0.5
"""Radius up to which larger balls are tried where one gets into the shape, in the unit frame: wider
openings are no holes."""

FEWER = 4
"""How many times fewer points a larger ball meets; it is twice as large then."""

REACH = 1.7
"""Where the ball's centre is looked for, in radii along the normal: far enough that the cells there
are free beside a flat surface."""

CLEAR = 0.8
"""Part of that distance that must be clear: the ball touches the point, and not what lies beyond a
thin plate."""

ENOUGH, LEAST = 0.9, 0.5
"""Shares of points with one exposed side: from the first one on no larger ball is tried; below the
second one the sides say nothing."""


@dataclass(frozen=True)
class Exposure:
    """What the ball touches.

    Attributes:
        side: for every point 1 if it is exposed where its normal points, −1 if at the back, 0 if
            at both sides, at none, or if the ball was not asked.
        open: share of the asked points that the smallest ball touches from both sides: nearly 1
            for a sheet or a shape with a large opening, 0 for a closed one.
    """

    side: Int8[np.ndarray, " points"]
    open: float

    @property
    def known(self) -> Bool[np.ndarray, " points"]:
        """Whether the point has one exposed side."""
        return self.side != 0


class _Points:
    """Points that a ball may not touch."""

    def __init__(self, points: PointArray) -> None:
        self._tree = cKDTree(points)

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        return self._tree.query(points, workers=-1)[0].astype(np.float32)


def exposure(points: PointArray, normals: PointArray) -> Exposure:
    """Which side of each point is exposed.

    A ball rolls from far away around the points. It is as small as it can be without slipping
    between them; where it gets inside all the same, through an opening, larger ones are tried.

    Args:
        points: (N, 3), distinct, in the unit frame.
        normals: unit normals; their signs do not matter.

    Example:
        >>> normals = np.random.default_rng(0).normal(size=(3000, 3))
        >>> normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        >>> seen = exposure(0.9 * normals, normals)  # a ball
        >>> bool((seen.side == 1).all()), seen.open
        (True, 0.0)
    """
    asked = thinned(points, MOST)
    met = asked
    side, share, opened = np.zeros(len(points), np.int8), LEAST, -1.0
    while len(met) > NEIGHBOURS and share < ENOUGH:
        chosen = points[met]
        radius = RADIUS * float(np.percentile(_spacing(chosen), 99))
        if opened >= 0 and radius > LARGEST:
            break
        bounds = np.stack([chosen.min(axis=0), chosen.max(axis=0)])
        space = RollingSpace(_Points(chosen), cell=radius / 2, radius=radius, bounds=bounds)
        front, back = (
            _touched(space, points[asked], sign * normals[asked]) for sign in (1.0, -1.0)
        )
        if opened < 0:
            opened = float(np.mean(front & back))
        if np.mean(front ^ back) > share:
            share = float(np.mean(front ^ back))
            side[asked] = front.astype(np.int8) - back.astype(np.int8)
        met = met[thinned(chosen, len(met) // FEWER)]
    return Exposure(side, max(opened, 0.0))


def _spacing(points: PointArray) -> Float32[np.ndarray, " points"]:
    return nearest(cKDTree(points), points, NEIGHBOURS + 1)[0][:, -1]


def _touched(
    space: RollingSpace, points: PointArray, normals: Float[np.ndarray, "points 3"]
) -> Bool[np.ndarray, " points"]:
    """Whether the ball touches each point from where its normal points."""
    reach = REACH * space.radius
    centres = points + reach * normals
    clearance = space.clearance(centres)
    return (clearance > CLEAR * reach) & (space.lookup(centres, clearance) == space.outside)
