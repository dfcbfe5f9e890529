"""The generalized winding number: inside and outside for meshes with small defects."""

import igl
import numpy as np
from jaxtyping import Bool, Float, Float64
from scipy.spatial import cKDTree

from acutance.mesh.defects import find_defects
from acutance.mesh.mesh import TriangleMesh
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.freespace import UNKNOWN, FreeSpace
from acutance.types import PointArray, ScalarArray

CELL = 1.0 / 64.0
"""Smallest cell of the regions that share a sign; coarser ones leave more points to evaluate."""

RADIUS_STEP = 1.25
"""Ratio of the radii of balls around holes that are looked up together, as if all were as large as
the largest: a fifth more at most."""

HOLE_MARGIN = 1.5
"""Radius of the ball around a hole where every point is evaluated, in radii of the hole.

Elsewhere the number is within 0.09 of a whole one: a flat round hole seen from 1.5 radii above its
centre covers (1 − cos(atan(1/1.5)))/2 = 0.084 of the sphere.
"""


def winding_number(mesh: TriangleMesh, points: PointArray) -> Float64[np.ndarray, " points"]:
    """Generalized winding number: 1 inside, 0 outside, and in between at defects.

    The fast approximation (Barill et al. 2018, "Fast Winding Numbers for Soups and Clouds"), to
    about 1e-3. Faces should be distinct: see `distinct_faces`.

    Args:
        mesh: its faces oriented outwards; where they look inwards, the number is negative. Without
            faces it is 0 everywhere.
        points: (N, 3), in the frame of the mesh.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> points = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
        >>> winding_number(Box(half=(1, 1, 1)).mesh(), points).round(2) + 0.0
        array([1., 0.])
    """
    if not len(points) or not len(mesh.faces):  # igl reads past the end of empty arrays
        return np.zeros(len(points))
    return np.asarray(
        igl.fast_winding_number(
            mesh.vertices, mesh.faces.astype(np.int64), np.ascontiguousarray(points, dtype=float)
        )
    )


class WindingSign:
    """Inside and outside of points by the winding number, mostly without evaluating it.

    Away from the surface and its holes, the number is constant along every path through free space,
    so that one evaluation answers for a whole region. Only points near holes, and points from which
    no path into a region is found, are evaluated themselves.

    Attributes:
        surface: the distance to the mesh, whose faces must be distinct.
    """

    def __init__(self, surface: SurfaceDistance) -> None:
        """Find the regions and evaluate each once."""
        self.surface = surface
        defects = find_defects(surface.mesh)
        self._holes = _balls(defects.centres, HOLE_MARGIN * defects.radii)
        limit = self._hole_clearance if self._holes else None
        reach = HOLE_MARGIN * defects.radii[:, None]
        corners = np.concatenate(
            [surface.mesh.bounds, defects.centres - reach, defects.centres + reach]
        )
        bounds = np.stack([corners.min(axis=0), corners.max(axis=0)])
        self._space = FreeSpace(surface, cell=CELL, limit=limit, bounds=bounds)
        self._inside = winding_number(surface.mesh, self._space.samples) > 0.5

    def inside(self, points: PointArray) -> Bool[np.ndarray, " points"]:
        """Whether the winding number of each point is above one half."""
        region, _ = self._space.regions(points)
        inside: Bool[np.ndarray, " points"] = self._inside[region]
        unknown = region == UNKNOWN
        inside[unknown] = winding_number(self.surface.mesh, points[unknown]) > 0.5
        return inside

    def _hole_clearance(self, points: PointArray) -> ScalarArray:
        """Distance to the nearest ball around a defect, negative in it; or a little less."""
        nearest = np.full(len(points), np.inf)
        for tree, radius in self._holes:
            np.minimum(nearest, tree.query(points, workers=-1)[0] - radius, out=nearest)
        return nearest


def _balls(
    centres: Float[np.ndarray, "balls 3"], radii: Float[np.ndarray, " balls"]
) -> list[tuple[cKDTree, float]]:
    """The centres of balls of about the same radius, and the largest of these radii."""
    least = np.finfo(float).tiny
    step = np.floor(np.log(np.maximum(radii, least)) / np.log(RADIUS_STEP))
    groups = [step == value for value in np.unique(step)]
    return [(cKDTree(centres[group]), float(radii[group].max())) for group in groups]
