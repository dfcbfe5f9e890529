"""Distances between two surfaces, from points of one to the whole of the other."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.mesh.surface import sample_surface
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.solid import Solid

SOLID_POINTS = 100_000
"""Points a side at which a mesh and a solid are compared."""


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """Distances of points to a surface, summed up; in radii of the reference.

    Point to surface, not point to point: with 100,000 points a side there is no floor of sampling
    (METRO: Cignoni, Rocchini and Scopigno 1998, "Metro: measuring error on simplified surfaces").

    Attributes:
        mean: mean distance.
        rms: root of the mean squared distance.
        p99: 99 % of the points are at most this far away.
        maximum: largest distance found; a lower bound of the one-sided Hausdorff distance.
        points: number of points.
    """

    mean: float
    rms: float
    p99: float
    maximum: float
    points: int


def deviation(distance: Float[np.ndarray, " points"]) -> Deviation:
    """Sums up distances, at least one.

    Example:
        >>> import numpy as np
        >>> deviation(np.array([0.0, 0.3])).mean
        0.15
    """
    return Deviation(
        mean=float(distance.mean()),
        rms=float(np.sqrt(np.square(distance).mean())),
        p99=float(np.percentile(distance, 99)),
        maximum=float(distance.max()),
        points=len(distance),
    )


def solid_deviation(
    mesh: TriangleMesh, solid: Solid, rng: np.random.Generator
) -> tuple[Deviation, Deviation]:
    """Distances of a mesh in the unit frame from a solid's surface, and back, in radii."""
    to_solid = np.abs(solid.distance(sample_surface(mesh, SOLID_POINTS, rng).points))
    surface = SurfaceDistance(mesh, device=solid.device)
    to_mesh = surface.unsigned(solid.sample_surface(SOLID_POINTS, rng).points)
    return deviation(to_solid / UNIT_RADIUS), deviation(to_mesh / UNIT_RADIUS)


def both_ways(forward: Deviation, backward: Deviation) -> Deviation:
    """The two directions with equal weight: mean of the means, of the squares, of the 99 %.

    The maximum is the larger one, as in the Hausdorff distance.
    """
    return Deviation(
        mean=0.5 * (forward.mean + backward.mean),
        rms=float(np.sqrt(0.5 * (forward.rms**2 + backward.rms**2))),
        p99=0.5 * (forward.p99 + backward.p99),
        maximum=max(forward.maximum, backward.maximum),
        points=forward.points + backward.points,
    )


def f_score(
    to_reference: Float[np.ndarray, " points"],
    to_result: Float[np.ndarray, " others"],
    threshold: float,
) -> float:
    """Harmonic mean of precision and recall, in [0, 1].

    Precision is the part of the result's points that are nearer than the threshold to the
    reference, recall the part of the reference's points that are nearer to the result (Knapitsch et
    al. 2017, "Tanks and Temples"; Tatarchenko et al. 2019, "What Do Single-view 3D
    Reconstruction Networks Learn?"). Both measure to the nearest sample; here it is the surface.

    Args:
        to_reference: distances from the result to the reference.
        to_result: distances from the reference to the result.
        threshold: in the same unit.

    Example:
        >>> import numpy as np
        >>> f_score(np.array([0.0, 0.02]), np.array([0.0, 0.0]), 0.01)  # 2 · 0.5 · 1 / 1.5
        0.666...
    """
    precision, recall = (
        float((to_reference < threshold).mean()),
        float((to_result < threshold).mean()),
    )
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
