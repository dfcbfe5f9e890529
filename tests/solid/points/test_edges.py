"""Beside the edges of a cloud its faces bound the solid, and nothing bulges at their gaps."""

import numpy as np
import pytest
import torch
from clouds import plate

from acutance.shapes.analytic import Box
from acutance.solid.points.cloud import OrientedCloud

HALF = (0.7, 0.4, 0.2)


def _box() -> tuple[np.ndarray, np.ndarray]:
    cloud = plate(6000, HALF)
    assert cloud.normals is not None
    return cloud.points, cloud.normals


def _around(cloud: OrientedCloud, at: float) -> np.ndarray:
    """Points so many spacings outside of the box, most of them beside its edges."""
    rng = np.random.default_rng(1)
    step = at * float(np.median(cloud.spacing))
    points = rng.uniform(-1, 1, (20_000, 3)) * (np.array(HALF) + step)
    axis = rng.integers(3, size=len(points))
    rows = np.arange(len(points))
    points[rows, axis] = np.sign(points[rows, axis]) * (np.array(HALF)[axis] + step)
    return points


@pytest.mark.parametrize("at", [-0.5, 0.5, 1.0])
def test_random_points_of_a_box_bulge_nowhere(at: float) -> None:
    cloud = OrientedCloud(*_box())
    points = _around(cloud, at)
    wrong = (cloud.distance(points) < 0) != (at < 0)
    assert np.mean(wrong) < 1e-3


def test_distances_beside_edges_are_those_of_the_faces() -> None:
    cloud = OrientedCloud(*_box())
    points = _around(cloud, -0.5)
    truth = Box(half=HALF).sdf(torch.from_numpy(points)).numpy()
    assert np.mean(np.abs(cloud.fit(points).signed - truth)) < 2e-4


def test_a_groove_is_a_ridge_inside_out() -> None:
    points, normals = _box()
    ridge, groove = OrientedCloud(points, normals), OrientedCloud(points, -normals)
    asked = _around(ridge, 0.5)
    np.testing.assert_allclose(groove.fit(asked).signed, -ridge.fit(asked).signed, atol=1e-12)


def test_stray_normals_make_no_faces() -> None:
    rng = np.random.default_rng(2)
    flat = np.append(rng.uniform(-1, 1, (4000, 2)), np.zeros((4000, 1)), axis=1)
    normals = np.tile([0.0, 0.0, 1.0], (4000, 1))
    normals[rng.random(4000) < 0.01] = [0.8, 0.0, 0.6]
    asked = np.append(rng.uniform(-0.8, 0.8, (4000, 2)), np.full((4000, 1), 0.02), axis=1)
    signed = OrientedCloud(flat, normals).fit(asked).signed
    assert np.abs(signed - 0.02).max() < 0.03
