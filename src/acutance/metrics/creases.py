"""How far the crease lines of two meshes are apart."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from acutance.mesh.creases import CREASE_ANGLE, crease_lines, sample_lines
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.surface import Deviation, deviation
from acutance.solid.distance.surface_distance import SurfaceDistance

TOLERANCE = 10.0
"""Degrees that a crease may be sharper in one mesh than in the other.

Distances start from the edges that are creases by more than this, and lead to all that may be one,
so that an edge close to `CREASE_ANGLE` does not count as lost or false.
"""

LINE_POINTS = 50_000
"""Points on the crease lines of a mesh."""


@dataclass(frozen=True, kw_only=True)
class CreaseDistance:
    """How far the crease lines of two meshes are apart, in the unit of the meshes.

    Attributes:
        to_result: distances from the reference's crease lines to the result's: large where
            creases were cut off, broken or lost.
        to_reference: distances from the result's crease lines to the reference's: large where
            there are creases that should not be.
    """

    to_result: Deviation
    to_reference: Deviation

    @property
    def mean(self) -> float:
        """Mean of the two means."""
        return 0.5 * (self.to_result.mean + self.to_reference.mean)


def crease_distance(
    result: TriangleMesh, reference: TriangleMesh, rng: np.random.Generator
) -> CreaseDistance | None:
    """Distances between the crease lines of two meshes, point to line, both ways.

    Points are drawn evenly along the lines of the one, and their distance to the nearest line of
    the other is exact: unlike the sharp-edge Chamfer distance of samples (see `sharpness`), it is
    zero for a perfect result.

    Args:
        result, reference: in the same frame, about as large as the unit frame: distances are
            computed in float32.
        rng: source of randomness.

    Returns:
        None if either has no crease.
    """
    sharp, blunt = (
        [crease_lines(mesh, angle) for mesh in (result, reference)]
        for angle in (CREASE_ANGLE + TOLERANCE, CREASE_ANGLE - TOLERANCE)
    )
    if not all(map(len, sharp)):
        return None
    return CreaseDistance(
        to_result=_distances(sharp[1], blunt[0], rng),
        to_reference=_distances(sharp[0], blunt[1], rng),
    )


def _distances(
    start: Float[np.ndarray, "lines 2 3"],
    goal: Float[np.ndarray, "others 2 3"],
    rng: np.random.Generator,
) -> Deviation:
    """Distances from points along some lines to the nearest of other lines."""
    points = sample_lines(start, LINE_POINTS, rng)
    count = len(goal)
    # A face of no area counts as its edges.
    faces = np.stack([np.arange(count), np.arange(count) + count, np.arange(count)], axis=1)
    lines = TriangleMesh(np.concatenate([goal[:, 0], goal[:, 1]]), faces.astype(np.int32))
    return deviation(SurfaceDistance(lines).unsigned(points))
