"""A cloud with a hole, closed."""

import numpy as np
from jaxtyping import Bool, Float, Float32

from acutance.mesh.mesh import PointCloud
from acutance.mesh.surface import SurfaceSamples
from acutance.solid.points.cloud import LocalFit, OrientedCloud
from acutance.types import PointArray, ScalarArray

STEP = 0.25
"""Step of the differences that give the slope of the winding number, in distances to the nearest
point: there the number is smooth."""

SHORT = 0.75
"""Step across the surface at which the winding number is seen to jump, in spacings: so far from a
point its own disc no longer decides."""

TESTS = 4000
"""Points where it is."""


class LiddedCloud:
    """The solid that oriented points with holes bound, with a lid over each.

    Where there are no points, the surface is where their winding number is half of what it jumps by
    at the points: a lid from border to border, flat where the border is. The distance to it is the
    first step of Newton's method, |w − ½| / |∇w|.

    Attributes:
        cloud: the points.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> ball = rng.normal(size=(6000, 3))
        >>> ball /= np.linalg.norm(ball, axis=1, keepdims=True)
        >>> half = ball[ball[:, 2] > 0]
        >>> lidded = LiddedCloud(OrientedCloud(0.8 * half, half))
        >>> (lidded.distance(np.array([[0.0, 0.0, -0.05], [0.0, 0.0, 0.05]])) < 0).tolist()
        [False, True]
    """

    def __init__(self, cloud: OrientedCloud) -> None:
        self.cloud = cloud
        self._level = 0.5 * self._jump()

    @property
    def boundary(self) -> PointCloud:
        """The points."""
        return self.cloud.boundary

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to the nearest point."""
        return self.cloud.unsigned(points)

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance, negative inside."""
        fit = self.cloud.fit(points)
        result = fit.signed.copy()
        apart, size = self._apart(fit)
        number, slope = self._winding(points[apart], fit.distance[apart])
        lid = np.abs(number - self._level) / np.maximum(np.linalg.norm(slope, axis=1), 1e-12)
        result[apart] = np.where(number > self._level, -1.0, 1.0) * np.minimum(size[apart], lid)
        return result.astype(np.float32)

    def gradient(self, points: PointArray) -> Float[np.ndarray, "points 3"]:
        """The gradient near the surface: normals of the nearest points, or across the lid."""
        fit = self.cloud.fit(points)
        result = fit.normals.copy()
        apart, size = self._apart(fit)
        number, slope = self._winding(points[apart], fit.distance[apart])
        length = np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-12)
        nearer = np.abs(number - self._level) < size[apart] * length[:, 0]
        result[np.flatnonzero(apart)[nearer]] = (-slope / length)[nearer]
        return result

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Random points where the distance is zero, near points of the cloud: none on lids."""
        return self.cloud.sample_surface(count, rng)

    def _apart(self, fit: LocalFit) -> tuple[Bool[np.ndarray, " points"], ScalarArray]:
        """Which points lie beyond the border or far away, and how far from the cloud."""
        share, beyond = self.cloud.farness(fit), self.cloud.beyond(fit)
        size = (1.0 - share) * np.hypot(fit.signed, beyond) + share * fit.distance
        return (share > 0) | (beyond > 0), size

    def _jump(self) -> float:
        """How much the winding number rises across the points: 1 if the discs cover the surface."""
        points, normals = self.cloud.boundary.points, self.cloud.boundary.normals
        assert normals is not None  # an oriented cloud has them
        chosen = np.linspace(0, len(points) - 1, min(TESTS, len(points))).astype(int)
        step = SHORT * self.cloud.spacing[chosen, None] * normals[chosen]
        behind = self.cloud.winding(points[chosen] - step)
        return float(np.mean(behind - self.cloud.winding(points[chosen] + step)))

    def _winding(
        self, points: PointArray, distance: ScalarArray
    ) -> tuple[ScalarArray, Float[np.ndarray, "points 3"]]:
        """The winding number and its gradient, at points so far from the cloud."""
        step = STEP * np.maximum(distance, 1e-6)[:, None]
        slope = [
            self.cloud.winding(points + step * axis) - self.cloud.winding(points - step * axis)
            for axis in np.eye(3)
        ]
        return self.cloud.winding(points), np.stack(slope, axis=1) / (2.0 * step)
