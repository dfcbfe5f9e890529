"""What belongs to no surface is set aside; what is only sparse, or a second object, stays."""

import numpy as np
import pytest
from clouds import ball, plate

from acutance.mesh.mesh import PointCloud
from acutance.solid.points.outliers import belonging
from acutance.solid.solid import Solid


@pytest.mark.parametrize("share", [0.002, 0.01, 0.05])
@pytest.mark.parametrize("count", [2000, 20_000])
def test_outliers_all_around_are_set_aside(count: int, share: float) -> None:
    """Those that lie next to the surface can't be told from noise."""
    surface = ball(count, noise=0.005).points
    stray = np.random.default_rng(1).uniform(-2, 2, (int(share * count), 3))
    kept = belonging(np.concatenate([surface, stray]))
    assert np.mean(kept[:count]) > 0.999
    astray = np.abs(np.linalg.norm(stray, axis=1) - 1) > 0.25
    assert not kept[count:][astray].any()


@pytest.mark.parametrize("count", [1, 5, 20])
@pytest.mark.parametrize("distance", [3.0, 200.0, 1e6])
def test_far_points_and_far_clusters_are_set_aside(count: int, distance: float) -> None:
    rng = np.random.default_rng(1)
    alone = distance * ball(count, seed=3).points
    cluster = distance * np.array([1.0, 0, 0]) + 0.01 * rng.normal(size=(count, 3))
    kept = belonging(np.concatenate([ball(4000).points, alone, cluster]))
    assert kept[:4000].all() and not kept[4000:].any()


def test_far_points_do_not_set_the_scale() -> None:
    cloud = ball(3000)
    far = np.concatenate([cloud.points, [[200.0, 0, 0]]])
    solid = Solid.of(PointCloud(far, far))
    assert solid.transform.scale == pytest.approx(1.03, rel=0.01)
    assert solid.report.warnings == (
        "1 point belongs to no surface and was set aside, the farthest at (200, 0, 0).",
    )


def test_a_second_object_stays() -> None:
    small = 0.2 * ball(200, seed=1).points + [5.0, 0, 0]
    near = ball(3000, seed=2).points + np.array([2.1, 0, 0])
    assert belonging(np.concatenate([ball(3000).points, near, small])).all()


def test_a_region_with_fewer_points_stays() -> None:
    """One side of a box is scanned with a hundredth of the points of the others."""
    points = plate(30_000, half=(0.5, 0.5, 0.5)).points
    sparse = points[:, 0] < 0.499
    sparse |= np.random.default_rng(0).random(len(points)) < 0.06
    kept = belonging(points[sparse])
    assert np.mean(kept) > 0.998
    assert np.mean(kept[points[sparse][:, 0] > 0.499]) > 0.9


def test_an_even_grid_has_no_outliers() -> None:
    steps = np.linspace(-1, 1, 40)
    x, y = (axis.ravel() for axis in np.meshgrid(steps, steps))
    assert belonging(np.stack([x, y, 0.1 * np.sin(3 * x)], axis=1)).all()
