"""Clouds of shapes with edges, without normals."""

import numpy as np
import pytest

from acutance.mesh.mesh import PointCloud
from acutance.solid.points.assess import assess
from acutance.types import PointArray


def cube_points(count: int, *, noise: float = 0.0) -> tuple[PointArray, PointArray]:
    """Random points of the cube from −1 to 1, and their normals."""
    rng = np.random.default_rng(count)
    points, normals = rng.uniform(-1, 1, (count, 3)), np.zeros((count, 3))
    axis, side = rng.integers(3, size=count), rng.choice([-1.0, 1.0], size=count)
    points[np.arange(count), axis] = normals[np.arange(count), axis] = side
    return points + noise * rng.normal(size=points.shape), normals


@pytest.mark.parametrize("count", [1000, 3000, 10_000])
def test_normals_beside_edges_are_those_of_a_face(count: int) -> None:
    """All but a few point along an axis, outwards: none is a mean over two faces."""
    points, _ = cube_points(count)
    cloud = assess(PointCloud(points, None), np.random.default_rng(0)).cloud.cloud
    assert cloud.normals is not None
    outwards = cloud.normals * np.sign(cloud.points)
    assert np.mean(outwards.max(axis=1) > 0.98) > 0.99


@pytest.mark.parametrize("normals", ["estimated", "given"])
def test_the_surface_of_a_cube_does_not_bulge_at_its_edges(normals: str) -> None:
    """Beyond every edge, along both faces, the field is positive: by a third of a spacing."""
    points, given = cube_points(4000)
    source = PointCloud(points, given if normals == "given" else None)
    found = assess(source, np.random.default_rng(0))
    along = np.random.default_rng(1).uniform(-0.9, 0.9, 400)
    beyond, level = np.full(400, 1.02), np.full(400, 0.99)
    for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (1, 0, 2), (2, 1, 0)):
        places = np.stack([along, beyond, level], axis=1)[:, order]
        signed = found.cloud.distance(found.transform.to_unit(places))
        assert np.mean(signed > 0) > 0.99


def test_the_distance_to_a_ball_of_few_points_is_exact() -> None:
    """The chords of a sphere are perpendicular to the mean of the normals at their ends."""
    ball = np.random.default_rng(0).normal(size=(300, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    found = assess(PointCloud(ball, ball), np.random.default_rng(0))
    other = np.random.default_rng(1).normal(size=(2000, 3))
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    signed = found.cloud.distance(found.transform.to_unit(other)) * found.transform.scale
    assert np.mean(np.abs(signed)) < 4e-3  # the tangent planes alone give 3e-2
