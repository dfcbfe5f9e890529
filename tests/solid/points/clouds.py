"""Points of shapes whose volume is known."""

import numpy as np

from acutance.mesh.mesh import PointCloud
from acutance.mesh.surface import sample_surface
from acutance.shapes.analytic import Box


def ball(count: int, seed: int = 0, noise: float = 0.0) -> PointCloud:
    """Random points of the unit sphere, with its normals."""
    rng = np.random.default_rng(seed)
    normals = rng.normal(size=(count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return PointCloud(normals + noise * rng.normal(size=normals.shape), normals)


def plate(count: int, half: tuple[float, float, float] = (1.0, 0.6, 0.02)) -> PointCloud:
    """Random points of all sides of a box, with its normals."""
    samples = sample_surface(Box(half=half).mesh(), count, np.random.default_rng(0))
    return PointCloud(samples.points, samples.normals)


def half_ball(count: int) -> PointCloud:
    """Random points of the upper half of the unit sphere, with its normals."""
    whole = ball(2 * count)
    assert whole.normals is not None
    upper = whole.points[:, 2] > 0
    return PointCloud(whole.points[upper], whole.normals[upper])


def ground(count: int) -> PointCloud:
    """Random points of hilly ground, with normals upwards."""
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, count))
    points = np.stack([x, y, 0.15 * np.sin(3 * x) * np.cos(2.5 * y)], axis=1)
    slope_x = 0.45 * np.cos(3 * x) * np.cos(2.5 * y)
    slope_y = -0.375 * np.sin(3 * x) * np.sin(2.5 * y)
    normals = np.stack([-slope_x, -slope_y, np.ones(count)], axis=1)
    return PointCloud(points, normals / np.linalg.norm(normals, axis=1, keepdims=True))


def share_inside(solid_distance: np.ndarray) -> float:
    """Share of the points that are inside."""
    return float(np.mean(solid_distance < 0))
