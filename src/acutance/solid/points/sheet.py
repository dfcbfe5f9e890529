"""An open cloud as a sheet."""

import numpy as np
from jaxtyping import Float, Float32

from acutance.mesh.mesh import PointCloud
from acutance.mesh.surface import SurfaceSamples
from acutance.solid.points.cloud import LocalFit, OrientedCloud
from acutance.types import PointArray

STEPS = 4
"""Steps that bring sampled points onto the surface of the sheet."""


class CloudSheet:
    """Everything that is no farther than a thickness from the surface which the points show.

    That surface ends where the points do (Adamson and Alexa 2004, "Approximating Bounded,
    Non-orientable Surfaces from Points"): near them the distance is that of the moving least
    squares surface, combined with how far a point lies beyond the border; farther away it is that
    of the nearest point. It does not matter which side the normals point to.

    Attributes:
        cloud: the points as `OrientedCloud` sees them.
        thickness: half that of the sheet.

    Example:
        >>> x, y = np.random.default_rng(0).uniform(-0.7, 0.7, (2, 4000))
        >>> points = np.stack([x, y, 0 * x], axis=1)
        >>> up = np.broadcast_to([0.0, 0.0, 1.0], points.shape)
        >>> sheet = CloudSheet(OrientedCloud(points, up), thickness=0.01)
        >>> sheet.distance(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.02]])).round(3)
        array([-0.01,  0.01], dtype=float32)
    """

    def __init__(self, cloud: OrientedCloud, *, thickness: float) -> None:
        self.cloud = cloud
        self.thickness = thickness

    @property
    def margin(self) -> float:
        """How far the sheet may reach beyond the box of its points."""
        return self.thickness + float(np.percentile(self.cloud.spacing, 99))

    @property
    def boundary(self) -> PointCloud:
        """The points."""
        return self.cloud.boundary

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to the nearest point."""
        return self.cloud.unsigned(points)

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance, negative inside of the sheet."""
        fit = self.cloud.fit(points)
        return (np.linalg.norm(self._way(points, fit), axis=1) - self.thickness).astype(np.float32)

    def gradient(self, points: PointArray) -> Float[np.ndarray, "points 3"]:
        """Directions away from the surface in the middle of the sheet; zero on it."""
        return _unit(self._way(points, self.cloud.fit(points)))

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Random points of the sheet's two sides and its border; faces index `boundary`."""
        start = self.cloud.sample_surface(count, rng)
        side = np.where(rng.random((count, 1)) < 0.5, -1.0, 1.0)
        points = start.points + self.thickness * side * start.normals
        for _ in range(STEPS):
            way = self._way(points, self.cloud.fit(points))
            length = np.linalg.norm(way, axis=1, keepdims=True)
            points = points + (self.thickness - length) * _unit(way)
        return SurfaceSamples(points, self.gradient(points), start.faces)

    def _way(self, points: PointArray, fit: LocalFit) -> Float[np.ndarray, "points 3"]:
        """Vectors to the points from the surface in the middle of the sheet."""
        near = fit.signed[:, None] * fit.normals
        near = near + self.cloud.beyond(fit)[:, None] * _unit(fit.aside)
        far = points - self.cloud.boundary.points[fit.nearest]
        share = self.cloud.farness(fit)[:, None]
        way = (1.0 - share) * near + share * far
        length = (1.0 - share[:, 0]) * np.linalg.norm(near, axis=1) + share[:, 0] * fit.distance
        return length[:, None] * _unit(way)


def _unit(vectors: PointArray) -> Float[np.ndarray, "points 3"]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, np.finfo(float).tiny)
