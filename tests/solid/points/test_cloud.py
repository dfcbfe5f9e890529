import numpy as np
import pytest
import torch

from acutance.errors import InputError
from acutance.mesh.mesh import PointCloud
from acutance.mesh.surface import sample_surface
from acutance.shapes.analytic import Box, Sphere, Torus
from acutance.solid.points.cloud import OrientedCloud
from acutance.solid.points.normals import estimate_normals
from acutance.solid.solid import Solid

TORUS = Torus(major=0.55, minor=0.25)


def torus_points(count: int, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Points spread evenly over the torus, and its normals there."""
    rng = np.random.default_rng(0)
    around, tube = rng.uniform(0, 2 * np.pi, (2, 4 * count))
    wide = rng.random(4 * count) < (0.55 + 0.25 * np.cos(tube)) / 0.8
    around, tube = around[wide][:count], tube[wide][:count]
    out = np.stack([np.cos(around), np.sin(around), np.zeros(count)], axis=1)
    normals = np.cos(tube)[:, None] * out + np.sin(tube)[:, None] * np.array([0, 0, 1.0])
    points = 0.55 * out + 0.25 * normals
    return points + noise * rng.normal(size=points.shape), normals


def everywhere(count: int = 5000) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.9, 0.9, (count, 3))


def test_distance_to_points_of_a_torus_is_that_to_the_torus():
    cloud = OrientedCloud(*torus_points(20_000))
    points = everywhere()
    truth = TORUS.sdf(torch.from_numpy(points)).numpy()
    distance = cloud.distance(points)
    clear = np.abs(truth) > 5e-3
    assert np.array_equal((distance < 0)[clear], (truth < 0)[clear])
    np.testing.assert_allclose(distance, truth, atol=4e-3)  # far away: the nearest point's


def test_noise_is_averaged():
    points, normals = torus_points(20_000, noise=5e-3)
    samples = OrientedCloud(points, normals).sample_surface(2000, np.random.default_rng(0))
    error = TORUS.sdf(torch.from_numpy(samples.points)).numpy()
    assert np.std(error) < 0.6 * 5e-3


def test_repeated_points_change_nothing():
    points, normals = torus_points(2000)
    twice = OrientedCloud(np.repeat(points, 2, axis=0), np.repeat(normals, 2, axis=0))
    once = OrientedCloud(points, normals)
    np.testing.assert_allclose(twice.distance(everywhere()), once.distance(everywhere()))


def test_samples_lie_on_the_zero_set_with_its_normals():
    cloud = OrientedCloud(*torus_points(20_000))
    samples = cloud.sample_surface(2000, np.random.default_rng(0))
    np.testing.assert_allclose(cloud.distance(samples.points), 0.0, atol=1e-4)
    truth = TORUS.gradient(torch.from_numpy(samples.points)).numpy()
    assert np.einsum("px,px->p", samples.normals, truth).min() > 0.99


def test_the_local_sign_and_the_winding_number_agree():
    cloud = OrientedCloud(*torus_points(5000))
    assert cloud.agreement(np.random.default_rng(0)) > 0.97


@pytest.mark.parametrize("solid", [Sphere(radius=0.6), Box()], ids=repr)
def test_estimated_normals_point_outwards(solid):
    if isinstance(solid, Box):
        points = sample_surface(solid.mesh(), 6000, np.random.default_rng(0)).points
    else:
        points = np.random.default_rng(0).normal(size=(3000, 3))
        points *= 0.6 / np.linalg.norm(points, axis=1, keepdims=True)
    normals = estimate_normals(points)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0)
    ahead = solid.sdf(torch.from_numpy(points + 0.05 * normals)).numpy()
    assert (ahead > 0).all()


def test_estimated_normals_are_those_of_the_surface():
    points, truth = torus_points(8000)
    alignment = np.einsum("px,px->p", estimate_normals(points), truth)
    assert alignment.min() > 0.9
    assert alignment.mean() > 0.99


def test_two_parts_are_oriented_each():
    points, truth = torus_points(4000)
    both = np.concatenate([points, points + np.array([0.0, 0.0, 3.0])])
    alignment = np.einsum("px,px->p", estimate_normals(both), np.concatenate([truth, truth]))
    assert alignment.min() > 0.8


def test_points_at_the_same_place_get_the_same_normal():
    points, _ = torus_points(1000)
    normals = estimate_normals(np.concatenate([points, points]))
    assert np.array_equal(normals[:1000], normals[1000:])


def test_too_few_points_are_refused():
    points, normals = torus_points(15)
    with pytest.raises(InputError) as error:
        OrientedCloud(points, normals)
    assert str(error.value) == "A point cloud needs at least 16 distinct points; got 15."
    with pytest.raises(InputError) as error:
        estimate_normals(points)
    assert str(error.value) == "Normals need at least 16 distinct points; got 15."


def test_normals_that_point_inwards_are_turned_and_that_is_said():
    points, normals = torus_points(4000)
    solid = Solid.of(PointCloud(points, -normals))
    assert "The normals pointed inwards and were turned." in solid.report.warnings
    upright = Solid.of(PointCloud(points, normals))
    assert upright.report.warnings == ()
    where = everywhere(500).astype(np.float32)
    np.testing.assert_allclose(solid.distance(where), upright.distance(where), atol=1e-6)
