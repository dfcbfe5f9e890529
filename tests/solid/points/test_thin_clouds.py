"""Both sides of something thin stay apart, also where it is hardly thicker than the spacing."""

import numpy as np
import pytest
from clouds import ball, plate, share_inside

from acutance.mesh.mesh import PointCloud
from acutance.solid.points.cloud import OrientedCloud
from acutance.solid.points.discs import MOST, Discs
from acutance.solid.points.exposure import exposure
from acutance.solid.points.neighbours import thinned
from acutance.solid.points.normals import estimate_normals
from acutance.solid.solid import Solid

PLATE = plate(12_000)  # the spacing is half the thickness


def test_normals_of_a_thin_plate_point_away_from_its_middle() -> None:
    normals = estimate_normals(PLATE.points)
    flat = np.abs(PLATE.points[:, 2]) > 0.0199
    inner = flat & (np.abs(PLATE.points[:, :2]) < [0.95, 0.55]).all(axis=1)
    upright = normals[inner, 2] * np.sign(PLATE.points[inner, 2])
    assert np.mean(upright > 0.95) > 0.99


@pytest.mark.parametrize("normals", [True, False])
def test_a_thin_plate_keeps_its_thickness(normals: bool) -> None:
    solid = Solid.of(PLATE if normals else PointCloud(PLATE.points))
    rng = np.random.default_rng(0)
    places = np.stack([*rng.uniform(-0.5, 0.5, (2, 2000)), np.zeros(2000)], axis=1)
    for height, share in ((0.0, 1.0), (0.015, 1.0), (0.025, 0.0), (-0.015, 1.0), (-0.03, 0.0)):
        at = solid.transform.to_unit(places + np.array([0.0, 0.0, height]))
        assert share_inside(solid.distance(at)) == pytest.approx(share, abs=0.03)


def test_two_balls_close_together_are_oriented_each() -> None:
    one = ball(4000).points
    both = np.concatenate([one, one + np.array([2.1, 0, 0])])
    outward = np.concatenate([one, one])
    assert np.mean(np.einsum("px,px->p", estimate_normals(both), outward) > 0) > 0.995


def test_exposed_sides_do_not_depend_on_the_signs_of_normals() -> None:
    cloud = ball(3000)
    assert cloud.normals is not None
    signs = np.where(np.random.default_rng(0).random(3000) < 0.5, -1, 1)
    seen = exposure(0.8 * cloud.points, signs[:, None] * cloud.normals)
    assert np.array_equal(seen.side, signs)


def test_thinning_ignores_far_points() -> None:
    points = np.concatenate([ball(20_000).points, [[1e6, 0, 0]]])
    kept = thinned(points, 2000)
    assert 1000 < len(kept) <= 2000


def test_discs_that_points_share_tell_the_same_inside() -> None:
    count = 2 * MOST
    cloud = ball(count)
    assert cloud.normals is not None
    discs = Discs(cloud.points, cloud.normals, np.full(count, 4 * np.pi / count))
    assert discs.spacing > 0
    places = np.random.default_rng(1).uniform(-1.2, 1.2, (2000, 3))
    radius = np.linalg.norm(places, axis=1)
    clear = np.abs(radius - 1) > discs.spacing
    number = discs.winding(places[clear])
    np.testing.assert_allclose(number, radius[clear] < 1, atol=0.1)


def test_a_large_cloud_is_worked_on_in_parts() -> None:
    """Asked at more points than are looked up at once, with the same result."""
    cloud = ball(500)
    assert cloud.normals is not None
    oriented = OrientedCloud(cloud.points, cloud.normals)
    places = np.random.default_rng(1).uniform(-1.2, 1.2, (70_000, 3))
    np.testing.assert_array_equal(
        oriented.gradient(places)[-500:], oriented.gradient(places[-500:])
    )
    assert len(oriented.gradient(places[:0])) == 0
