"""The generalized winding number: inside and outside for meshes with small defects."""

import igl
import numpy as np
from jaxtyping import Bool, Float64

from acutance.mesh.mesh import TriangleMesh
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.freespace import UNKNOWN, FreeSpace
from acutance.types import PointArray

CELL = 1.0 / 64.0
"""Smallest cell of the regions that share a sign; coarser ones leave more points to evaluate."""


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

    The number is constant along every path through free space, so that one evaluation answers for a
    whole region. Only points from which no path into a region is found are evaluated themselves.

    Attributes:
        surface: the distance to the mesh, without holes (see `close_holes`).
    """

    def __init__(self, surface: SurfaceDistance) -> None:
        """Find the regions and evaluate each once."""
        self.surface = surface
        self._space = FreeSpace(surface, cell=CELL)
        self._inside = winding_number(surface.mesh, self._space.samples) > 0.5

    def inside(self, points: PointArray) -> Bool[np.ndarray, " points"]:
        """Whether the winding number of each point is above one half."""
        region, _ = self._space.regions(points)
        inside: Bool[np.ndarray, " points"] = self._inside[region]
        unknown = region == UNKNOWN
        inside[unknown] = winding_number(self.surface.mesh, points[unknown]) > 0.5
        return inside
