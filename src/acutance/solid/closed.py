"""Closed meshes, which tell inside from outside by themselves."""

import numpy as np
from jaxtyping import Float, Float32

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import SurfaceSamples, sample_surface
from acutance.solid.distance.surface_distance import SurfaceDistance, away
from acutance.types import PointArray


class ClosedSolid:
    """The solid bounded by a closed mesh that is oriented outwards and does not cut itself.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> solid = ClosedSolid(SurfaceDistance(Box(half=(0.5, 0.5, 0.5)).mesh()))
        >>> solid.distance(np.array([[0.0, 0.1, 0.0], [0.75, 0.0, 0.0]])).round(3)
        array([-0.4 ,  0.25], dtype=float32)
    """

    def __init__(self, surface: SurfaceDistance) -> None:
        self._surface = surface

    @property
    def boundary(self) -> TriangleMesh:
        """The part of the input that bounds the solid."""
        return self._surface.mesh

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to that part."""
        return self._surface.unsigned(points)

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance by pseudonormals, negative inside."""
        return self._surface.signed(points)

    def gradient(self, points: PointArray) -> Float[np.ndarray, "points 3"]:
        """Gradient of the signed distance; zero on the surface itself."""
        closest = self._surface.closest(points)
        inside = self._surface.signed(points)[:, None] < 0
        direction = away(points, closest, self._surface.mesh)
        return np.where(inside, -direction, direction)

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Random points on the faces."""
        return sample_surface(self._surface.mesh, count, rng)
