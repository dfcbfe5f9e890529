"""What a scan says of distances."""

import numpy as np
import pytest
import torch
from balls import ball_pool, directions

from acutance.mesh.mesh import PointCloud
from acutance.training.space.observation import SHADOW, Observation, observe_scan

RADIUS = 0.5
CAMERA = np.array([0.0, 0.0, 2.0])


@pytest.fixture
def scan():
    """The half of a ball that a camera above sees."""
    normals = directions(4000).double().numpy()
    normals = normals[normals @ CAMERA > RADIUS]
    return PointCloud(RADIUS * normals, normals)


def test_samples_of_a_scan_have_their_signed_distances(scan, rng):
    pool = observe_scan(scan, 5000, rng).pool
    exact = pool.points.norm(dim=1) - RADIUS
    torch.testing.assert_close(pool.sdf, exact, rtol=0, atol=1e-5)
    assert (pool.sdf < 0).float().mean().item() == pytest.approx(0.5, abs=0.05)
    assert pool.sdf.min() >= -SHADOW - 1e-6
    torch.testing.assert_close(pool.surface_points, RADIUS * pool.surface_normals)


def test_the_way_from_the_camera_to_the_scan_is_free(scan, rng):
    free = observe_scan(scan, 5000, rng, CAMERA).free
    assert len(free) > 1000
    assert free.abs().max() <= 1.0
    assert (free.norm(dim=1) > RADIUS).all()
    assert free.norm(dim=1).max() > 0.9


def test_a_camera_that_touches_the_scan_leaves_no_way_behind_it(scan, rng):
    close = np.array([0.0, 0.0, 0.505])
    free = observe_scan(scan, 1000, rng, close).free
    assert torch.isfinite(free).all()


def test_without_a_camera_nothing_is_known_to_be_free(scan, rng):
    assert observe_scan(scan, 100, rng).free.shape == (0, 3)


def test_a_complete_observation_is_its_samples_and_nothing_else():
    pool = ball_pool(0.5, count=10)
    observation = Observation.complete(pool)
    assert observation.pool is pool
    assert len(observation.free) == 0
    assert observation.whole


def test_a_scan_is_not_the_whole(scan, rng):
    assert not observe_scan(scan, 10, rng).whole


def test_samples_beside_the_cube_keep_their_distances(rng):
    # A scan may reach beyond the cube where the frame given is too small.
    normals = directions(2000).double().numpy()
    pool = observe_scan(PointCloud(1.02 * normals, normals), 3000, rng).pool
    assert pool.points.abs().max() <= 1.0
    exact = pool.points.norm(dim=1) - 1.02
    torch.testing.assert_close(pool.sdf, exact, rtol=0, atol=1e-5)
